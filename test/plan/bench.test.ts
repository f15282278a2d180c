import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benchFinding, benchVerdict } from '../../src/plan/bench.ts';
import type { Site } from '../../src/plan/site.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { type Put, putInto } from './project.ts';
import { benchSaid, type Said } from './release.ts';

/** A pmcp whose bench says this. */
function site({ code, text }: Said, more: Partial<Site> = {}): [Site, Put] {
  const home = temporaryDirectory();
  const put = putInto(home);
  mkdirSync(join(home, 'data'));
  put('said.txt', text);
  put(
    'pmcp.cjs',
    `const { existsSync, readFileSync } = require('node:fs');
const longer = __dirname + '/said-' + process.argv[process.argv.indexOf('--duration') + 1] + '.txt';
console.log(readFileSync(existsSync(longer) ? longer : __dirname + '/said.txt', 'utf8'));
console.error(process.argv.slice(2).join(' '), process.env.DATA_DIR);
process.exitCode = ${code};\n`,
  );
  const memory = new Map<string, Promise<unknown>>();
  const made: Partial<Site> = {
    self: { command: process.execPath, args: [join(home, 'pmcp.cjs')] },
    dataDir: join(home, 'data'),
    scratch: join(home, 'scratch'),
    env: {},
    quick: false,
    selfStarted: false,
    signal: new AbortController().signal,
    progress: () => {},
    once: <Value>(key: string, make: () => Promise<Value>) => {
      memory.set(key, memory.get(key) ?? make());
      return memory.get(key) as Promise<Value>;
    },
    ...more,
  };
  return [made as Site, put];
}

const row = (name: string, estimate: number | null, status = 'PASS') => ({
  metric: 'Memory',
  ...{ without: '1 MB', with: '2 MB', maxAllowable: '+100 MB', status },
  judged: [{ name, interval: { estimate }, most: 100, status }],
});
const said = (...rows: object[]) =>
  JSON.stringify({ status: 'INCONCLUSIVE', message: 'Too noisy here.', rows });

test('a row is told by the interval that decides it, and its change by the first', async () => {
  const { rows } = JSON.parse(benchSaid('Trading latency').text);
  const [bad] = rows;
  const good = { name: 'p50, with / without', interval: { estimate: 0.97 }, most: 1.05 };
  bad.judged.unshift({ ...good, status: 'PASS' });
  const [one] = site({ code: 1, text: said(bad) });
  expect(await benchFinding(one, 300, 'Trading latency')).toMatchObject({
    ...{ result: 'FAIL', figure: 1.3, threshold: 1.05, unit: 'p50, with / without' },
    command: 'pmcp bench --with-mcp --duration 300 --json',
    performance: { metric: 'Trading latency', change: '-3.0 %', result: 'FAIL' },
  });
});

test.each([
  ['difference, MB', 54.2, '+54.2 MB'],
  ['difference, points', -0.25, '-0.25 points'],
  ['difference, MB', null, 'not known'],
])('its change: %s of %s', async (name, estimate, change) => {
  const [one] = site({ code: 0, text: said(row(name, estimate)) });
  const finding = await benchFinding(one, 300, 'Memory');
  expect(finding).toMatchObject({
    result: 'PASS',
    performance: { metric: 'Memory usage', change },
  });
  expect(finding.figure).toBe(estimate ?? undefined);
});

test.each([
  [{ code: 4, text: said() }, 'Too noisy here.'],
  [
    { code: 3, text: '{"error":{"message":"the host is loaded\\nsee above"}}' },
    'the host is loaded',
  ],
  [{ code: 2, text: 'pmcp: no such option' }, 'exit code 2'],
])('a bench that gave no such row cannot be told: %j', async (text, words) => {
  const [one] = site(text, { quick: true, selfStarted: true });
  const shortened = `${words} (quick: 40 s of the plan’s 300 s)`;
  const finding = await benchFinding(one, 300, 'CPU');
  expect(finding).toMatchObject({ result: 'INCONCLUSIVE', detail: shortened });
  // An installation of its own keeps its reports to itself, too.
  expect(finding.output).toContain(
    `bench --with-mcp --duration 40 --block 0.5 --json ${join(one.scratch, 'bench')}`,
  );
  expect(await benchVerdict(one, 300)).toMatchObject({ result: 'INCONCLUSIVE', detail: shortened });
});

test('where the plan’s length tells nothing, it takes as long as the bench says, once for both', async () => {
  const control = { result: { precise: false, neededSeconds: 530 } };
  const noisy = JSON.stringify({ ...JSON.parse(said()), control });
  const [one, put] = site({ code: 0, text: noisy });
  put('said-840.txt', benchSaid().text);
  expect(await benchFinding(one, 300, 'Memory')).toMatchObject({
    result: 'PASS',
    command: 'pmcp bench --with-mcp --duration 840 --json',
    detail: expect.stringContaining('(noisy machine: 840 s instead of the plan’s 300 s)'),
  });
  put('said-840.txt', 'gone');
  expect(await benchVerdict(one, 600)).toMatchObject({ result: 'PASS' });

  control.result.neededSeconds = 5000;
  const hopeless = JSON.stringify({ ...JSON.parse(said()), control });
  const [other] = site({ code: 4, text: hopeless });
  expect(await benchVerdict(other, 600)).toMatchObject({
    result: 'INCONCLUSIVE',
    detail: 'Too noisy here.',
    command: 'pmcp bench --with-mcp --duration 600 --json',
  });
});

test('all rows together: what is over its budget is named, and one quick run serves both phases', async () => {
  const [good, put] = site(benchSaid(), { quick: true });
  expect(await benchVerdict(good, 600)).toMatchObject({
    result: 'PASS',
    detail: 'Every interval lies within its budget. (quick: 40 s of the plan’s 600 s)',
  });
  put('said.txt', 'gone');
  expect((await benchFinding(good, 300, 'CPU')).result).toBe('PASS');
  const [bad] = site(benchSaid('CPU'));
  expect(await benchVerdict(bad, 600)).toMatchObject({
    result: 'FAIL',
    detail: 'over budget: CPU. Over it.',
    output: 'Trading latency: PASS\nMemory: PASS\nCPU: FAIL\nResponse time: PASS',
  });
});
