import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Evidence } from '../../src/plan/evidence.ts';
import { reportOf } from '../../src/plan/report/model.ts';
import type { PhaseNumber } from '../../src/plan/words.ts';
import { createFixture, type Fixture } from './installation.ts';

/** What cannot be told is neither a pass nor a failure, and says why. */
let at: Fixture;
beforeEach(async () => {
  at = await createFixture();
  for (const [key, value] of Object.entries(at.env)) vi.stubEnv(key, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await at.close();
});

async function untold(phase: PhaseNumber, more: object = {}): Promise<string[]> {
  const { meta, evidence } = await at.verify([phase], more);
  const report = reportOf(meta, evidence);
  const others = report.evidence.filter(({ result }) => result !== 'PASS');
  expect(others.map(({ result }) => result)).toEqual(others.map(() => 'INCONCLUSIVE'));
  expect(report.verdict).toBe(others.length > 0 ? 'INCONCLUSIVE' : 'READY');
  return others.map(({ id, detail }) => `${id}: ${detail}`);
}

test('phase 2: no order yet, a scan of nothing, no coverage report', async () => {
  at.latency(4, 0);
  at.monitoring((one) => {
    one.answers['scan_risk_parameters'] = { flagged: [], parameters: [], filesScanned: 0 };
    one.answers['verify_test_coverage'] = { status: 'unknown' };
  });
  expect(await untold(2)).toEqual([
    'phase-2/trading-latency-baseline: no order was placed since the bot started',
    'phase-2/risk-parameter-scan: no risk parameter in MCP_PROJECT_DIRS',
    'phase-2/coverage-verification: no fresh coverage report: run the tests with coverage',
  ]);
});

test('phase 2: answers that are none, and tools that are held back', async () => {
  at.monitoring((one) => {
    one.answers['scan_risk_parameters'] = { flagged: 'none' };
    one.refusals['verify_test_coverage'] = 'breaker_tripped: too much memory';
  });
  expect(await untold(2)).toEqual([
    'phase-2/risk-parameter-scan: its answer was not understood',
    'phase-2/coverage-verification: breaker_tripped: too much memory',
  ]);
  at.monitoring((one) => {
    one.refusals = { scan_risk_parameters: 'breaker_tripped: too much memory' };
    one.answers['verify_test_coverage'] = { status: 'passed', coverage: null, threshold: 0.85 };
  });
  expect(await untold(2)).toEqual([
    'phase-2/risk-parameter-scan: breaker_tripped: too much memory',
  ]);
});

test('phase 2: a tool that fails is a failure, and of few orders the p99 is none', async () => {
  at.latency(412, 20);
  at.monitoring((one) => {
    one.refusals['scan_risk_parameters'] = 'broken: no such folder';
  });
  const { evidence } = await at.verify([2]);
  const of = (name: string) => evidence.get(`phase-2/${name}`) as Evidence;
  expect(of('risk-parameter-scan')).toMatchObject({
    result: 'FAIL',
    detail: 'broken: no such folder',
  });
  expect(of('trading-latency-baseline')).toMatchObject({
    ...{ result: 'PASS', figure: 1 },
    detail: 'p50 1.00 ms, p99 412.00 ms of 20 orders (too few for a p99: p50 is judged)',
  });
});

test('phase 6: monitoring that does not tell its usage, whatever the kernel says', async () => {
  const quick = { quick: true };
  at.monitoring((one) => {
    one.answers['get_resource_usage'] = { processes: [], withinLimits: true };
  });
  const own = 'get_resource_usage: its own process is not among them; at most';
  expect(await untold(6, quick)).toEqual([
    expect.stringContaining(`cpu-below-15: ${own}`),
    expect.stringContaining(`memory-below-1g: ${own}`),
  ]);
  at.monitoring((one) => Reflect.deleteProperty(one.tools, 'monitoring'));
  expect((await untold(6, quick))[0]).toContain('HTTP 503 without an answer');
});

test('phase 6: tools that are held back under stress: then the dashboard tells', async () => {
  at.monitoring((one) => {
    one.refusals['get_resource_usage'] = 'breaker_tripped: host_stress';
  });
  at.health((one) => Object.assign(one.resource_limits, { memory_mb: 71.5, within_limits: false }));
  const { evidence } = await at.verify([6]);
  expect(evidence.get('phase-6/memory-below-1g')).toMatchObject({
    result: 'PASS',
    detail: expect.stringContaining('by its own word at most 71.5'),
    output: expect.stringContaining(
      'Memory: 71.5MB, Within limits: false (/health, for breaker_tripped: host_stress)',
    ),
  });
});

test('phase 6: monitoring that ends meanwhile, or is another user’s', async () => {
  at.onCrash = 'nothing';
  at.monitoring((one) => Object.assign(one, { endsOn: 'get_resource_usage' }));
  expect(await untold(6)).toEqual([
    expect.stringMatching(/cpu-below-15: the mcp process \(pid \d+\) ended meanwhile$/),
    expect.stringMatching(/memory-below-1g: the mcp process \(pid \d+\) ended meanwhile$/),
  ]);
  expect((await untold(6))[0]).toContain('the mcp process is not seen by this user');
});
