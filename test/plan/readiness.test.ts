import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { phase8 } from '../../src/plan/phases/phase-8.ts';
import { healthScript } from '../../src/plan/scripts.ts';
import type { Site, TestOutcome } from '../../src/plan/site.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { coverageSaid } from './installation.ts';
import { putInto } from './project.ts';
import type { Said } from './release.ts';

const passed: TestOutcome = {
  ...{ runner: 'vitest', outcome: 'passed', reason: undefined, passed: 40, skipped: 0 },
  ...{ failures: [], commit: null, tail: '' },
};

/** Of a project with one test file for each part, whose pmcp says this of its coverage. */
function site(coverage: Said, outcomes: Partial<Record<string, Partial<TestOutcome>>> = {}): Site {
  const project = temporaryDirectory();
  const put = putInto(project);
  for (const part of ['observe', 'mcp/integrator', 'mcp/search', 'mcp/testing']) {
    put(`test/${part}/one.test.ts`, '');
  }
  put('said.txt', coverage.text);
  put(
    'pmcp.cjs',
    `process.stdout.write(require('node:fs').readFileSync(__dirname + '/said.txt', 'utf8'));
process.exitCode = ${coverage.code};\n`,
  );
  const made: Partial<Site> = {
    project,
    self: { command: process.execPath, args: [join(project, 'pmcp.cjs')] },
    env: {},
    quick: true,
    signal: new AbortController().signal,
    progress: () => {},
    once: (_key, make) => make(),
    runTests: async ({ name }) => ({ ...passed, ...outcomes[name] }),
  };
  return made as Site;
}

const made = (name: string, of: Site) => phase8.find(({ id }) => id === `phase-8/${name}`)?.run(of);

test('a quick run takes the tests of the four parts, and says so', async () => {
  expect(await made('unit-tests', site(coverageSaid(0.9)))).toMatchObject({
    ...{ result: 'PASS', figure: 160 },
    detail: 'quick: monitoring, integrator, codebase-search, testing only; 160 passed',
  });
  const failures = ['a test: no'];
  const broken = site(coverageSaid(0.9), { testing: { outcome: 'failed', failures } });
  expect(await made('unit-tests', broken)).toMatchObject({
    result: 'FAIL',
    detail: 'a test: no; 40 passed, 1 failed (vitest, not in git)',
  });
});

test.each([
  [coverageSaid(0.851), 'PASS', '85.1 %, from lcov.info'],
  [coverageSaid(0.85), 'FAIL', '85.0 %, from lcov.info'],
  [
    { code: 4, text: '{"status":"unknown","coverage":0.93,"message":"stale: a.ts changed since"}' },
    'INCONCLUSIVE',
    '93.0 %, stale: a.ts changed since',
  ],
  [
    { code: 4, text: '{"status":"unknown","coverage":null,"message":"no coverage report"}' },
    'INCONCLUSIVE',
    'not known: no coverage report',
  ],
  [{ code: 2, text: 'pmcp: no such command' }, 'INCONCLUSIVE', 'not known: pmcp: no such command'],
])('coverage %j: %s', async (said, result, detail) => {
  expect(await made('coverage', site(said))).toMatchObject({ result, detail });
});

test('coverage of tests that did not pass tells nothing', async () => {
  const all: Partial<TestOutcome> = { outcome: 'failed', failures: ['one: no'] };
  const finding = await made('coverage', { ...site(coverageSaid(0.9), { all }), quick: false });
  expect(finding).toMatchObject({
    result: 'INCONCLUSIVE',
    detail: 'the tests did not pass; 90.0 %, from lcov.info',
  });
});

test.each([
  ['not without --rehearse-rollback on staging', 1],
  [undefined, 2],
])('health is looked at again after a rollback (lacking: %s)', async (why, times) => {
  const root = temporaryDirectory();
  putInto(root)(
    'scripts/mcp/validate_health.sh',
    `echo "$@" >>${root}/seen\necho '{ "verdict": "healthy", "checks": [{ "name": "a", "result": "passed" }] }'\n`,
  );
  const memory = new Map<string, Promise<unknown>>();
  const once: Site['once'] = (key, make) => {
    const one = memory.get(key) ?? make();
    memory.set(key, one);
    return one as ReturnType<typeof make>;
  };
  const of = {
    ...site(coverageSaid(0.9)),
    root,
    once,
    target: 'staging',
    lacks: () => why,
  } as Site;
  for (const what of ['works', 'verdict', 'after'] as const) {
    expect(await healthScript(of, what)).toMatchObject({ result: 'PASS' });
  }
  const seen = readFileSync(join(root, 'seen'), 'utf8').trim().split('\n');
  expect(seen).toEqual(Array(times).fill('--staging --json'));
});
