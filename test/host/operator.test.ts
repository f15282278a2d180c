import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { operatorName } from '../../src/host/operator.ts';

const me = userInfo().username;

it('names the user, and the person behind sudo', () => {
  expect(operatorName({})).toBe(me);
  expect(operatorName({ SUDO_USER: me })).toBe(me);
  expect(operatorName({ SUDO_USER: 'ann' })).toBe(`ann (as ${me})`);
  const nameless = () => {
    throw new Error('no such user');
  };
  expect(operatorName({}, nameless)).toBe(`uid ${process.getuid?.()}`);
});
