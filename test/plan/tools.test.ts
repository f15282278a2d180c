import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { excerpt, runProgram } from '../../src/plan/program.ts';
import type { Site, TestOutcome } from '../../src/plan/site.ts';
import { outcomeFinding, suiteFinding } from '../../src/plan/tests.ts';
import { toolFinding } from '../../src/plan/tools.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { type Put, putInto } from './project.ts';

let project: string;
let put: Put;
let seen: string[];
beforeEach(() => {
  project = temporaryDirectory();
  put = putInto(project);
  seen = [];
});
afterEach(() => vi.unstubAllEnvs());

function site(more: Partial<Site> = {}): Site {
  return {
    project,
    env: process.env,
    signal: new AbortController().signal,
    progress: (text: string) => void seen.push(text),
    once: (_key: string, make: () => Promise<unknown>) => make(),
    ...more,
  } as unknown as Site;
}

/** A program of this name on PATH. */
function program(name: string, script: string): void {
  put(`bin/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(join(project, 'bin', name), 0o755);
  vi.stubEnv('PATH', `${join(project, 'bin')}:/usr/bin:/bin`);
}

test('a Python project is asked by its own tools, each for what it is asked', async () => {
  put('pyproject.toml', '');
  put('core/a.py', '');
  program('ruff', 'case "$*" in *F821*) echo "a.py:1:1: F821 undefined name"; exit 1;; esac');
  program('mypy', 'echo "$@"; exit 0');
  const finding = (kind: Parameters<typeof toolFinding>[1]) => toolFinding(site(), kind);
  expect(await finding('undefined names')).toMatchObject({
    result: 'FAIL',
    figure: 1,
    command: 'ruff check --select F821 .',
    detail: expect.stringContaining('F821 undefined name'),
  });
  expect(await finding('imports')).toMatchObject({ result: 'PASS', threshold: 0 });
  expect(await finding('lint')).toMatchObject({ command: 'ruff check .' });
  expect(await finding('format')).toMatchObject({ command: 'ruff format --check .' });
  expect(await finding('types')).toMatchObject({ command: 'mypy core --ignore-missing-imports' });
});

test('a tool that is not there, or says nothing, is no pass', async () => {
  put('requirements.txt', '');
  vi.stubEnv('PATH', '/nonexistent');
  expect(await toolFinding(site(), 'lint')).toMatchObject({ result: 'INCONCLUSIVE' });
  program('ruff', 'exit 2');
  expect(await toolFinding(site(), 'lint')).toMatchObject({
    result: 'FAIL',
    detail: expect.stringContaining('exit code 2'),
  });
});

test('a project with no tool of a kind is told so', async () => {
  for (const kind of ['lint', 'format', 'types'] as const) {
    expect(await toolFinding(site(), kind)).toMatchObject({
      result: 'INCONCLUSIVE',
      detail: expect.stringContaining(`no tool for ${kind}`),
    });
  }
  put('package.json', '{ "devDependencies": { "eslint": "9" } }');
  expect((await toolFinding(site(), 'lint')).command).toBe('eslint.js .');
});

test('programs: output, time, interruption, and one that cannot be started', async () => {
  const talk = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
  expect(await runProgram(site(), talk, { talks: true, shown: 'talk' })).toEqual({
    ...{ command: 'talk', code: 3, stdout: 'out\n', stderr: 'err\n', problem: undefined },
  });
  expect(seen).toEqual(['err']);
  const late = await runProgram(site(), ['sleep', '60'], { timeoutMs: 50 });
  expect(late).toMatchObject({ code: null, problem: 'not finished within 0.05 s' });
  const abort = new AbortController();
  const waiting = runProgram(site({ signal: abort.signal }), ['sleep', '60']);
  abort.abort();
  expect(await waiting).toMatchObject({ code: null, problem: 'interrupted' });
  const none = await runProgram(site(), ['/nonexistent/program']);
  expect(none).toMatchObject({ code: null, problem: expect.stringContaining('ENOENT') });
});

test('of long output the end is kept', () => {
  const stdout = Array.from({ length: 50 }, (_, at) => `${at} ${'x'.repeat(500)}`).join('\n');
  const lines = excerpt({ stdout, stderr: 'last' }).split('\n');
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe('last');
  expect(lines[0]).toHaveLength(300);
});

const run: TestOutcome = {
  runner: 'vitest',
  outcome: 'passed',
  reason: undefined,
  passed: 40,
  skipped: 2,
  failures: [],
  commit: 'c0ffee',
  tail: '',
};

test('test runs: too few, broken, stopped, and good', () => {
  expect(outcomeFinding({ ...run }, 'a', 33)).toMatchObject({
    result: 'PASS',
    detail: '40 passed, 0 failed, 2 skipped (vitest, commit c0ffee)',
  });
  expect(outcomeFinding({ ...run, passed: 32 }, 'a', 33).detail).toContain(
    'the plan has 33 or more',
  );
  const stopped = { ...run, outcome: 'stopped', reason: 'too much memory' } as const;
  expect(outcomeFinding(stopped, 'a', 1)).toMatchObject({ result: 'INCONCLUSIVE' });
  const broken = { ...run, outcome: 'broken', reason: 'no test ran', passed: 0 } as const;
  expect(outcomeFinding(broken, 'a'.repeat(500), 1)).toMatchObject({
    result: 'FAIL',
    command: expect.stringMatching(/…$/),
  });
});

test('a part without tests is a failure that names where they were looked for', async () => {
  expect(await suiteFinding(site(), 'monitoring', 33)).toMatchObject({
    result: 'FAIL',
    detail: expect.stringContaining('tests/test_monitoring.py'),
  });
});
