import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Vitals } from '../../src/host/vitals.ts';
import { createHealth } from '../../src/observe/health.ts';
import type { Sampled } from '../../src/observe/sampler.ts';
import { fakeLatency, fakeStatus } from '../fakes/status.ts';
import { facts, sampled, view } from './facts.ts';

const component = z
  .object({
    status: z.enum(['healthy', 'degraded', 'critical', 'disabled', 'unknown']),
    message: z.string().min(1),
    since: z.iso.datetime(),
    memory_mb: z.number().optional(),
    cpu_percent: z.number().optional(),
  })
  .catchall(z.number());

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
  const heavy = facts({
    own: { cpuPercent: 16, memoryMb: 300 },
    spent: { cpuPercent: 16, addedMemoryMb: 250 },
  });
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

test('alerting is what it says of itself, and its change is seen between rounds', () => {
  const checked = health();
  checked.check(facts());
  expect(checked.document().components.alert_system).toMatchObject({ status: 'disabled' });
  const refused = { status: 'critical', certain: true, message: 'Telegram refuses' } as const;
  expect(checked.watch(facts({ alerts: refused }))).toBe(true);
  expect(checked.document().components.alert_system).toMatchObject({ status: 'critical' });
});

test('monitoring that is switched off says so', () => {
  const checked = health();
  checked.check(facts({ enabled: { search: false, testing: false, monitoring: false } }));
  expect(checked.document().components.monitoring).toMatchObject({ status: 'disabled' });
  expect(checked.document().components.codebase_search.message).toContain('switched off');
});

test('while monitoring sheds work it says what, at once', () => {
  const checked = health();
  const over = { cpuPercent: 2, addedMemoryMb: 10 };
  checked.check(facts());
  checked.check(facts({ spent: over, shed: 'checks run 2 times less often' }));
  const message = () => checked.document().components.monitoring.message;
  expect(checked.statuses()['monitoring']).toBe('degraded');
  expect(message()).toBe(
    'CPU 2.0 % above MONITORING_MAX_CPU_PERCENT 1: checks run 2 times less often',
  );
  checked.check(facts({ shed: 'checks run 2 times less often' }));
  expect(message()).toContain('it was over its budget');
});

describe('the machine that a component stands on', () => {
  const main = (disk: Sampled['disk'], bot = sampled().bot) => {
    const checked = health();
    for (let i = 0; i < 3; i += 1) checked.check(facts({ sampled: sampled({}, { disk, bot }) }));
    return checked.document().components.main_bot;
  };
  const monitoring = (own: Partial<Vitals>) => {
    const checked = health();
    for (let i = 0; i < 3; i += 1) checked.check(facts({ sampled: sampled(own) }));
    return checked.document().components.monitoring;
  };

  test.each([
    ['plenty', 100e9, 50e9, 'healthy'],
    ['little of a small disk', 5e9, 400e6, 'degraded'],
    ['little of a large one', 1000e9, 15e9, 'degraded'],
    ['hardly anything', 100e9, 40e6, 'critical'],
    ['a disk without a size', 0, 600e6, 'healthy'],
  ])('disk: %s', (_, totalBytes, freeBytes, status) => {
    const component = main({ totalBytes, freeBytes });
    expect(component.status).toBe(status);
    if (status !== 'healthy') expect(component.message).toContain('entries stop when it is full');
  });

  test('what cannot be read is no trouble', () => {
    expect(main(null, { cpuPercent: null, fds: null, fdLimit: null }).status).toBe('healthy');
  });

  test('too many open files, of the bot and of monitoring', () => {
    const disk = sampled().disk;
    expect(main(disk, { cpuPercent: 1, fds: 900, fdLimit: 1024 })).toMatchObject({
      status: 'degraded',
      open_fds: 900,
    });
    expect(main(disk, { cpuPercent: 1, fds: 819, fdLimit: 1024 }).status).toBe('healthy');
    expect(monitoring({ fds: 1000 }).message).toContain('1000 of 1024 files are open');
  });

  test('an event loop that is held up', () => {
    const status = fakeStatus();
    status.vitals.loopDelayP99Ms = 1500;
    const checked = health();
    for (let i = 0; i < 3; i += 1) checked.check(facts({ view: view({ status }) }));
    expect(checked.document().components.main_bot).toMatchObject({
      status: 'degraded',
      loop_delay_ms: 1500,
      message: expect.stringContaining('1500 ms late'),
    });
  });

  test('full memory degrades; a busy CPU is a remark', () => {
    expect(monitoring({ hostMemoryPercent: 96 })).toMatchObject({ status: 'degraded' });
    const busy = monitoring({ hostCpuPercent: 97 });
    expect(busy).toMatchObject({ status: 'healthy', host_cpu_percent: 97 });
    expect(busy.message).toContain('the host is busy: CPU 97 %');
    expect(monitoring({ hostCpuPercent: null })).not.toHaveProperty('host_cpu_percent');
  });

  test('a dead bot stays dead, whatever the disk', () => {
    const checked = health();
    const disk = { totalBytes: 100e9, freeBytes: 1e6 };
    checked.check(facts({ view: dead, sampled: sampled({}, { disk }) }));
    expect(checked.document().components.main_bot.message).not.toContain('disk');
  });
});
