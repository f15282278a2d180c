import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { McpMeasures } from '../../../src/core/mcp-trip-rules.ts';
import {
  createMcpRiskIntegrator,
  type IntegratorParts,
} from '../../../src/mcp/integrator/integrator.ts';
import { createMcpLatches } from '../../../src/mcp/integrator/latches.ts';
import { createLazyIntegrator } from '../../../src/mcp/integrator/singleton.ts';
import { createStandaloneIntegrator } from '../../../src/mcp/integrator/standalone.ts';
import { createRoots } from '../../../src/mcp/search/roots.ts';
import { createCoverageCheck } from '../../../src/mcp/testing/coverage-tools.ts';
import { openBreakerStore } from '../../../src/state/breaker-store.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
let home: string;
let now = NOON;
const nowMs = () => now;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pmcp-integrator-'));
  now = NOON;
  mkdirSync(join(home, 'config'));
  writeFileSync(join(home, 'config', 'limits.ts'), 'export const MAX_DAILY_LOSS = 100;\n');
});
afterEach(() => rmSync(home, { recursive: true }));

function openLatches() {
  const path = join(home, 'breaker.json');
  return createMcpLatches(
    openBreakerStore({ path, nowMs: now, whenMissing: 'create', owner: 'mcp' }),
    nowMs,
  );
}

async function create(more: Partial<IntegratorParts> = {}) {
  const roots = await createRoots([home]);
  const limits = { timeMs: 1, memoryBytes: 1 };
  const project = {
    root: home,
    roots,
    node: process.execPath,
    nowMs: () => Date.now(),
    ...limits,
  };
  const latches = more.latches ?? openLatches();
  const integrator = createMcpRiskIntegrator({
    roots,
    coverage: createCoverageCheck(project, 0.85, () => undefined),
    coverageTarget: 0.85,
    latches,
    marketHours: { enabled: false, start: 9, end: 16 },
    probes: {},
    measure: () => ({ cpuPercent: 1, memoryMb: 50, measures: {} }),
    limits: { cpuPercent: 15, memoryMb: 1000 },
    nowMs,
    ...more,
  });
  return { integrator, latches };
}

test('the plan’s order of calls: initialize, enable, trip, reset, statistics', async () => {
  const { integrator } = await create();
  await expect(integrator.enable()).rejects.toThrow(/not initialized/);
  await integrator.initialize({}, {});
  await integrator.enable();
  await integrator.tripMcpCircuitBreaker('Test trip');
  await integrator.tripMcpCircuitBreaker('again');
  expect(integrator.mcpCircuitBreakerActive).toBe(true);
  expect(integrator.getStatistics()).toMatchObject({
    enabled: true,
    mcpCircuitBreakerActive: true,
    mcpCircuitBreakerTrips: 1,
  });
  expect(await integrator.scanRiskParameters()).toMatchObject({ status: 'disabled' });
  await integrator.resetMcpCircuitBreaker();
  expect(integrator.mcpCircuitBreakerActive).toBe(false);
  await integrator.disable();
  expect(integrator.getStatistics()).toMatchObject({ enabled: false });
});

test('a scan counts uses, flags foreign writes, and waits in market hours', async () => {
  const { integrator } = await create();
  expect(await integrator.scanRiskParameters()).toMatchObject({
    status: 'completed',
    scannedParams: { MAX_DAILY_LOSS: { usageCount: 1 } },
  });
  writeFileSync(join(home, 'rogue.ts'), 'limits.maxDailyLoss = 1e9;\n');
  expect(await integrator.scanRiskParameters()).toMatchObject({
    status: 'flagged',
    flagged: [{ path: 'rogue.ts' }],
  });
  const { integrator: held } = await create({ marketHours: { enabled: true, start: 9, end: 16 } });
  expect(await held.scanRiskParameters()).toMatchObject({
    status: 'held',
    message: expect.stringContaining('2026-06-01T16:00'),
  });
});

test('coverage below 0.8 of the target trips, also after a restart; none is unknown', async () => {
  const { integrator } = await create();
  expect(await integrator.verifyTestCoverage()).toMatchObject({
    status: 'unknown',
    meetsThreshold: false,
  });
  writeFileSync(join(home, 'lcov.info'), 'SF:config/limits.ts\nDA:1,1\nDA:2,0\nend_of_record\n');
  expect(await integrator.verifyTestCoverage()).toMatchObject({
    status: 'failed',
    coverage: 0.5,
    threshold: 0.85,
  });
  expect(integrator.mcpCircuitBreakerActive).toBe(true);
  const { integrator: restarted } = await create();
  expect(restarted.mcpCircuitBreakerActive).toBe(true);
});

test('a round is bounded, concurrent, and partial when servers are down', async () => {
  const { integrator } = await create({
    probes: {
      up: async () => 'fine',
      broken: async () => Promise.reject(new Error('boom')),
      hanging: () => new Promise(() => undefined),
      other: () => new Promise(() => undefined),
      off: undefined,
    },
  });
  const { servers, resourceUsage } = await integrator.monitorAll();
  expect(servers).toMatchObject({
    up: { status: 'ok' },
    broken: { status: 'error', message: 'boom' },
    hanging: { status: 'timeout' },
    other: { status: 'timeout' },
    off: { status: 'disabled' },
  });
  // One after the other, the two that hang would have taken twice the limit.
  const longest = Math.max(...Object.values(servers).map((one) => one.durationMs));
  expect(longest).toBeLessThan(3_500);
  expect(resourceUsage).toEqual({ totalCpuPercent: 1, totalMemoryMb: 50, withinLimits: true });
});

test('sustained load trips; it recovers by itself when the load is gone', async () => {
  let load: McpMeasures = { cpuPercent: 8 };
  const { integrator } = await create({
    measure: () => ({ cpuPercent: 8, memoryMb: 50, measures: load }),
  });
  const round = async (ms: number) => {
    now += ms;
    await integrator.monitorAll();
    return integrator.mcpCircuitBreakerActive;
  };
  expect([await round(1), await round(1)]).toEqual([false, false]);
  expect(await round(1)).toBe(true);
  load = { cpuPercent: 1 };
  expect(await round(30_000)).toBe(true);
  expect(await round(31_000)).toBe(false);
});

test('the gate names cause and time left; another server’s latch does not matter', async () => {
  const { latches } = await create();
  const fault = { server: 'testing', tool: 't', result: 'fault', durationMs: 1 } as const;
  for (let index = 0; index < 5; index++) latches.called(fault);
  expect(latches.gate('testing')).toMatchObject({
    code: 'breaker_tripped',
    message: expect.stringContaining('60 s'),
    retryAfterMs: 60_000,
  });
  expect(latches.gate('monitoring')).toBeUndefined();
  for (let index = 0; index < 9; index++) {
    latches.called({ ...fault, server: 'monitoring', result: 'error' });
  }
  expect(latches.gate('monitoring')).toBeUndefined();
});

test('the operator’s own latch stops all servers, and his reset clears ours', async () => {
  const { latches } = await create();
  latches.trip('mcp', 'mcp_memory', 'x', null);
  latches.seeOperator({ kind: 'tripped', cause: 'operator', atMs: now, untilMs: null });
  expect(latches.gate('monitoring')).toBeDefined();
  latches.seeOperator({ kind: 'armed' });
  expect(latches.gate('monitoring')).toBeUndefined();
});

test('the shared integrator is built by its first use, once', async () => {
  let builds = 0;
  const lazy = createLazyIntegrator(async () => {
    builds += 1;
    return (await create()).integrator;
  });
  expect(lazy.getStatistics()).toMatchObject({ enabled: false, initialized: false });
  expect(lazy.mcpCircuitBreakerActive).toBe(false);
  await Promise.all([lazy.initialize(), lazy.initialize()]);
  await lazy.enable();
  await lazy.monitorAll();
  await lazy.verifyTestCoverage();
  await lazy.scanRiskParameters();
  await lazy.tripMcpCircuitBreaker('x');
  expect(lazy.mcpCircuitBreakerActive).toBe(true);
  await lazy.resetMcpCircuitBreaker();
  await lazy.disable();
  expect(lazy.getStatistics()).toMatchObject({ enabled: false, initialized: true });
  expect(builds).toBe(1);
});

test('in a directory that nothing was ever written to, a trip is kept and can be reset', async () => {
  const env = { DATA_DIR: join(home, 'new', 'data'), MCP_PROJECT_DIRS: home };
  const config = await loadConfig({ flags: {}, env, directory: home });
  const integrator = await createStandaloneIntegrator(config);
  await integrator.tripMcpCircuitBreaker('test');
  expect(integrator.mcpCircuitBreakerActive).toBe(true);
  await integrator.resetMcpCircuitBreaker();
  expect(integrator.mcpCircuitBreakerActive).toBe(false);
});
