import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callTool } from '../../../src/mcp/call-tool.ts';
import { createRoots } from '../../../src/mcp/search/roots.ts';
import { createCoverageCheck } from '../../../src/mcp/testing/coverage-tools.ts';
import { createTestRuns } from '../../../src/mcp/testing/runs.ts';
import { createTestingServer } from '../../../src/mcp/testing/server.ts';

let root: string;
const put = (path: string, text: string) => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pmcp-runs-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function serve(timeMs = 30_000) {
  const project = {
    root,
    roots: await createRoots([root]),
    node: process.execPath,
    timeMs,
    memoryBytes: 1e9,
    nowMs: () => Date.now(),
  };
  const runs = createTestRuns({
    root,
    node: process.execPath,
    limits: project,
    nowMs: project.nowMs,
  });
  const coverage = createCoverageCheck(project, 0.8, () => undefined);
  const server = createTestingServer({ version: '1', project, runs, coverage });
  const progress: string[] = [];
  return {
    server,
    runs,
    progress,
    async call(name: string, input: object = {}, signal = new AbortController().signal) {
      const context = {
        signal,
        progress: (_: number, __: unknown, message: string) => void progress.push(message),
        log: () => undefined,
      };
      const environment = {
        gate: () => undefined,
        record: () => undefined,
        redact: (text: string) => text,
      };
      const answer = await callTool(server, name, input, context, environment);
      if (!answer) throw new Error(`no tool ${name}`);
      return answer;
    },
  };
}

function nodeProject() {
  put('package.json', JSON.stringify({ scripts: { test: 'node --test' } }));
  put('sum.js', 'exports.sum = (a, b) => a + b;\nexports.never = () => 1;\n');
  put(
    'sum.test.js',
    "const test = require('node:test');\nconst assert = require('node:assert');\n" +
      "const { sum } = require('./sum.js');\ntest('adds', () => assert.equal(sum(1, 2), 3));\n" +
      "test('breaks', () => assert.equal(sum(1, 2), 4));\ntest.skip('later', () => {});\n",
  );
  put(
    'slow.test.js',
    "require('node:test')('slow', () => new Promise((end) => setTimeout(end, 60000)));\n",
  );
}

test('node --test: results, progress, failures with their source, and the run as a resource', async () => {
  nodeProject();
  const { call, progress, runs, server } = await serve();
  const changes: string[] = [];
  server.onChange((change) => changes.push(change.kind === 'resource' ? change.uri : change.kind));
  const run = await call('run_tests', { files: ['sum.test.js'] });
  expect(run).toMatchObject({
    ok: true,
    structured: {
      runner: 'node-test',
      outcome: 'failed',
      counts: { passed: 1, failed: 1, skipped: 1 },
      commit: null,
    },
  });
  expect(progress.join('\n')).toMatch(/adds/);
  const failures = await call('get_failures');
  expect(failures).toMatchObject({
    structured: { total: 1, failures: [{ excerpt: expect.stringContaining('sum(1, 2), 4') }] },
  });
  expect(changes).toContain(`testing://run/${runs.list()[0]?.id}`);
  const only = await call('run_tests', { files: ['sum.test.js'], filter: 'adds' });
  expect(only).toMatchObject({
    structured: { outcome: 'passed', counts: { passed: 1, failed: 0 } },
  });
});

test('vitest: this project’s own runner, with coverage', async () => {
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  put('package.json', JSON.stringify({ devDependencies: { vitest: '*' }, type: 'module' }));
  put('src/sum.js', 'export const sum = (a, b) => a + b;\n');
  put(
    'src/sum.test.js',
    "import { expect, test } from 'vitest';\nimport { sum } from './sum.js';\n" +
      "test('adds', () => expect(sum(1, 2)).toBe(3));\n",
  );
  const { call } = await serve();
  expect(await call('list_tests')).toMatchObject({
    structured: { runner: 'vitest', total: 1, tests: [expect.stringContaining('adds')] },
  });
  expect(await call('run_tests', { coverage: true })).toMatchObject({
    structured: { outcome: 'passed', counts: { passed: 1 } },
  });
  expect(await call('get_test_coverage')).toMatchObject({
    structured: { lines: { fraction: 1 }, current: true },
  });
});

test('pytest: argv, progress lines and results, by a stand-in interpreter where pytest is absent', async () => {
  put('pytest.ini', '[pytest]\n');
  put(
    '.venv/bin/python',
    `#!/bin/sh
for word in "$@"; do case $word in --junitxml=*) out=\${word#--junitxml=} ;; esac; done
[ "$3" = "--collect-only" ] && echo "tests/test_a.py::test_one" && exit 0
echo "tests/test_a.py::test_one PASSED [50%]"; echo "tests/test_a.py::test_two FAILED [100%]"
cat > "$out" <<XML
<testsuites><testsuite name="pytest">
<testcase classname="tests.test_a" name="test_one" time="0.01"/>
<testcase classname="tests.test_a" name="test_two" time="0.02">
<failure message="assert 1 == 2">tests/test_a.py:2: AssertionError</failure>
</testcase></testsuite></testsuites>
XML
exit 1
`,
  );
  execFileSync('chmod', ['+x', join(root, '.venv/bin/python')]);
  put('tests/test_a.py', 'def test_two():\n    assert 1 == 2\n');
  const { call, progress } = await serve();
  expect(await call('list_tests')).toMatchObject({
    structured: { tests: ['tests/test_a.py::test_one'] },
  });
  expect(await call('run_tests')).toMatchObject({
    structured: { runner: 'pytest', outcome: 'failed', failures: ['tests.test_a > test_two'] },
  });
  expect(progress).toHaveLength(2);
  expect(await call('get_failures')).toMatchObject({
    structured: { failures: [{ excerpt: expect.stringContaining('>    2      assert 1 == 2') }] },
  });
});

test('one run at a time; a cancelled one is stopped and leaves no process', async () => {
  nodeProject();
  const { call } = await serve();
  const abort = new AbortController();
  const first = call('run_tests', { files: ['slow.test.js'] }, abort.signal);
  await expect
    .poll(async () => (await call('run_tests', { files: ['sum.test.js'] })).text)
    .toMatch(/^busy/);
  abort.abort();
  expect((await first).text).toMatch(/cancelled/);
  // spawnSync and a bracket, so that the search does not find itself.
  await expect.poll(() => spawnSync('pgrep', ['-f', '[s]low.test.js']).stdout.toString()).toBe('');
});

test('a run past its time is stopped with the reason', async () => {
  nodeProject();
  const { call } = await serve(1_500);
  expect(await call('run_tests', { files: ['slow.test.js'] })).toMatchObject({
    structured: { outcome: 'stopped', reason: expect.stringContaining('1.5 s') },
  });
});

test('no runner, no test, and files outside are clear errors', async () => {
  const { call } = await serve();
  expect((await call('run_tests')).text).toMatch(/no_runner/);
  put('package.json', '{"scripts":{"test":"node --test"}}');
  put('empty.test.js', 'throw new Error("broken file");\n');
  expect((await call('run_tests', { files: ['../x.js'] })).text).toMatch(/outside/);
  expect((await call('run_tests', { files: ['--inspect'] })).text).toMatch(/invalid_arguments/);
  expect((await call('get_failures')).text).toMatch(/no_run/);
});

test('tests related to what changed', async () => {
  nodeProject();
  const git = (...argv: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { cwd: root });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
  const { call } = await serve();
  expect((await call('run_tests', { relatedToChanges: true })).text).toMatch(/nothing_changed/);
  put('sum.js', 'exports.sum = (a, b) => a + b + 0;\n');
  expect(await call('run_tests', { relatedToChanges: true })).toMatchObject({
    structured: { counts: { passed: 1, failed: 1 } },
  });
});
