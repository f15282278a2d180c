import { chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { give, otherOwnerOf } from '../../src/host/owner.ts';
import { temporaryDirectory } from '../journeys/run.ts';

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)('what root makes among another’s files becomes his', () => {
  const home = join(temporaryDirectory(), 'his');
  mkdirSync(home);
  expect(otherOwnerOf(home)).toBeUndefined();
  chownSync(home, 65_534, 65_534);
  const file = join(home, 'file');
  writeFileSync(file, '');
  give(otherOwnerOf(home), file);
  expect(statSync(file)).toMatchObject({ uid: 65_534, gid: 65_534 });
});

test.skipIf(!isRoot)('a link that he put there gives him nothing of root’s', () => {
  const home = temporaryDirectory();
  const mine = join(home, 'mine');
  writeFileSync(mine, '');
  symlinkSync(mine, join(home, 'link'));
  give({ uid: 65_534, gid: 65_534 }, join(home, 'link'));
  expect(statSync(mine).uid).toBe(0);
});

test('one’s own directory, and one that is not there, are nobody else’s', () => {
  expect(otherOwnerOf(temporaryDirectory())).toBeUndefined();
  expect(otherOwnerOf('/nonexistent')).toBeUndefined();
});
