import { expect, test } from 'vitest';
import { z } from 'zod';
import { createHealth } from '../../src/observe/health.ts';
import { fakeLatency, fakeStatus } from '../fakes/status.ts';
import { facts, view } from './facts.ts';

const component = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'critical', 'disabled', 'unknown']),
  message: z.string().min(1),
  since: z.iso.datetime(),
  memory_mb: z.number().optional(),
  cpu_percent: z.number().optional(),
});

/** The contract: exactly these keys. */
const contract = z.strictObject({
  schema: z.literal('pmcp.health'),
  version: z.literal(1),
  status: z.enum(['healthy', 'degraded', 'critical']),
  timestamp: z.iso.datetime(),
  environment: z.string(),
  components: z.strictObject({
    main_bot: component,
    wallet_monitor: component,
    trade_executor: component,
    circuit_breaker: component,
    alert_system: component,
    codebase_search: component,
    testing: component,
    monitoring: component,
  }),
  performance: z.strictObject({
    cpu_percent: z.number().nullable(),
    memory_mb: z.number().nullable(),
    trading_latency_ms: z.strictObject({ p50: z.number().nullable(), p99: z.number().nullable() }),
  }),
  resource_limits: z.strictObject({
    cpu_percent: z.number().nullable(),
    memory_mb: z.number(),
    within_limits: z.boolean(),
  }),
});

function health() {
  let nowMs = 1_700_000_000_000;
  const made = createHealth('staging', () => {
    nowMs += 1000;
    return nowMs;
  });
  return {
    ...made,
    statuses: () =>
      Object.fromEntries(
        Object.entries(made.document().components).map(([name, { status }]) => [name, status]),
      ),
  };
}

const dead = view({
  connected: false,
  status: undefined,
  ageMs: undefined,
  lastProblem: 'no bot runs',
});

test('the document of a healthy bot keeps the contract', () => {
  const checked = health();
  checked.check(facts());
  const document = contract.parse(JSON.parse(JSON.stringify(checked.document())));
  expect(document.status).toBe('healthy');
  expect(document.environment).toBe('staging');
  expect(checked.statuses()).toEqual({
    main_bot: 'healthy',
    wallet_monitor: 'healthy',
    trade_executor: 'healthy',
    circuit_breaker: 'healthy',
    alert_system: 'disabled',
    codebase_search: 'healthy',
    testing: 'disabled',
    monitoring: 'healthy',
  });
  expect(document.components.main_bot).toMatchObject({ memory_mb: 90, cpu_percent: 2.3 });
  expect(document.components.codebase_search.message).toBe('searches');
  expect(document.components.testing.message).toContain('MCP_TESTING_ENABLED');
  expect(document.performance).toEqual({
    cpu_percent: 2.3,
    memory_mb: 90,
    trading_latency_ms: { p50: 0.4, p99: 1.2 },
  });
  expect(document.resource_limits).toEqual({
    cpu_percent: 0.2,
    memory_mb: 80,
    within_limits: true,
  });
});

test('before the first check nothing is healthy', () => {
  const document = contract.parse(health().document());
  expect(document.status).not.toBe('healthy');
  expect(new Set(Object.values(document.components).map((c) => c.status))).toEqual(
    new Set(['unknown']),
  );
  expect(document.performance.trading_latency_ms).toEqual({ p50: null, p99: null });
});

test('a bot that is not there is looked for, then critical; what depends on it is unknown', () => {
  const checked = health();
  checked.check(facts({ view: { ...dead, connects: 0 }, watchingMs: 100 }));
  expect(checked.statuses()['main_bot']).toBe('unknown');
  expect(checked.document().status).toBe('degraded');
  expect(checked.watch(facts({ view: { ...dead, connects: 0 }, watchingMs: 2100 }))).toBe(true);
  contract.parse(checked.document());
  expect(checked.document()).toMatchObject({
    status: 'critical',
    components: {
      main_bot: { status: 'critical', message: expect.stringContaining('no bot runs') },
      wallet_monitor: { status: 'unknown' },
      trade_executor: { status: 'unknown' },
      circuit_breaker: { status: 'unknown' },
      monitoring: { status: 'healthy' },
    },
  });
});

test('a bot that dies or hangs is critical without waiting for a round', () => {
  for (const gone of [dead, view({ ageMs: 5001 })]) {
    const checked = health();
    checked.check(facts());
    expect(checked.watch(facts())).toBe(false);
    expect(checked.watch(facts({ view: gone }))).toBe(true);
    expect(checked.watch(facts({ view: gone }))).toBe(false);
    expect(checked.document().status).toBe('critical');
    expect(checked.statuses()['wallet_monitor']).toBe('unknown');
  }
});

test('a bot that returns takes two checks to be believed', () => {
  const checked = health();
  checked.check(facts({ view: dead }));
  expect(checked.watch(facts())).toBe(true);
  expect(checked.document().status).toBe('critical');
  checked.check(facts());
  expect(checked.document().status).toBe('healthy');
});

test('connected without a status is unknown', () => {
  const checked = health();
  checked.check(facts({ view: view({ status: undefined, ageMs: undefined }) }));
  expect(checked.statuses()['main_bot']).toBe('unknown');
});

test("the bot's own word counts; a degradation needs three checks, a tripped breaker none", () => {
  const bad = { status: 'degraded', message: 'cooling down' } as const;
  const status = fakeStatus();
  status.components = { ...status.components, wallet_monitor: bad, circuit_breaker: bad };
  const checked = health();
  checked.check(facts());
  expect(checked.watch(facts({ view: view({ status }) }))).toBe(true);
  expect(checked.statuses()).toMatchObject({
    wallet_monitor: 'healthy',
    circuit_breaker: 'degraded',
  });
  checked.check(facts({ view: view({ status }) }));
  checked.check(facts({ view: view({ status }) }));
  expect(checked.statuses()['wallet_monitor']).toBe('degraded');
});

test('what the bot itself calls critical is believed at once', () => {
  const status = fakeStatus();
  status.components = {
    ...status.components,
    trade_executor: { status: 'critical', message: 'journal cannot be written' },
  };
  const checked = health();
  checked.check(facts());
  checked.check(facts({ view: view({ status }) }));
  expect(checked.statuses()['trade_executor']).toBe('critical');
});

test('no latency is no zero', () => {
  const checked = health();
  const none = fakeLatency({ count: 0, p50Ms: 0, p99Ms: 0 });
  const status = fakeStatus({ latency: { feed: none, internal: none, ack: none } });
  checked.check(facts({ view: view({ status }) }));
  expect(checked.document().performance.trading_latency_ms).toEqual({ p50: null, p99: null });
});

test('monitoring above its own budget is degraded, above its limits outside them', () => {
  const checked = health();
  const heavy = facts({ own: { cpuPercent: 16, memoryMb: 300, addedMemoryMb: 250 } });
  checked.check(facts());
  checked.check(heavy);
  checked.check(heavy);
  expect(checked.document()).toMatchObject({ status: 'healthy' });
  expect(checked.document().resource_limits.within_limits).toBe(true);
  checked.check(heavy);
  const { components, resource_limits } = checked.document();
  expect(resource_limits.within_limits).toBe(false);
  expect(components.monitoring.status).toBe('degraded');
  expect(components.monitoring.message).toContain('MONITORING_MAX_MEMORY_MB 100');
  expect(components.monitoring.message).toContain('MONITORING_MAX_CPU_PERCENT 1');
});

test('configured alerts that nobody sends are not healthy', () => {
  const checked = health();
  checked.check(facts({ alertsConfigured: true }));
  expect(checked.document().components.alert_system).toMatchObject({ status: 'degraded' });
});

test('monitoring that is switched off says so', () => {
  const checked = health();
  checked.check(facts({ enabled: { search: false, testing: false, monitoring: false } }));
  expect(checked.document().components.monitoring).toMatchObject({ status: 'disabled' });
  expect(checked.document().components.codebase_search.message).toContain('switched off');
});
