import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as errors from '../../src/errors.ts';
import { renderFailure } from '../../src/screen/failure.ts';

let stdout = '';
let stderr = '';

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.stubEnv('FORCE_COLOR', '');
  vi.stubEnv('NO_COLOR', '1');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const quiet = { json: false, verbose: false };

test.each([
  [errors.FailedError, 1],
  [errors.UsageError, 2],
  [errors.ConfigError, 2],
  [errors.RefusedError, 3],
  [errors.InconclusiveError, 4],
  [errors.InterruptedError, 130],
])('%o decides the exit code', (Failure, exitCode) => {
  expect(renderFailure(new Failure('no'), quiet)).toBe(exitCode);
  expect(stderr).toBe('pmcp: no\n');
  expect(stdout).toBe('');
});

test('shows every problem with its hint, then the hint of the whole', () => {
  const problems = [{ message: 'A: wrong', hint: 'use 1' }, { message: 'B: wrong' }];
  const error = new errors.ConfigError('2 problems', { problems, hint: 'See the manual.' });
  renderFailure(error, quiet);
  expect(stderr).toBe(
    'pmcp: 2 problems\n  - A: wrong\n    use 1\n  - B: wrong\n      See the manual.\n',
  );
});

test('an unknown failure is a bug, with its stack only when asked for', () => {
  expect(renderFailure(new TypeError('x of undefined'), quiet)).toBe(1);
  expect(stderr).toMatch(/x of undefined\n {6}This is a bug in pmcp/);
  expect(stderr).not.toContain('failure.test.ts');
  renderFailure(new TypeError('x of undefined'), { json: false, verbose: true });
  expect(stderr).toContain('failure.test.ts');
});

test('something thrown that is no error is shown as text', () => {
  expect(renderFailure('plain', { json: true, verbose: true })).toBe(1);
  expect(stderr).toContain('pmcp: plain');
  expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'Error', message: 'plain' } });
});

test('with --json it is one document on stdout as well', () => {
  renderFailure(new errors.RefusedError('held', { hint: 'wait' }), { json: true, verbose: false });
  expect(JSON.parse(stdout)).toEqual({
    schema: 'pmcp.error',
    version: 1,
    error: { name: 'RefusedError', message: 'held', hint: 'wait', problems: [], exitCode: 3 },
  });
});
