import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CircuitBreaker as Source } from '../../src/index.ts';
import { temporaryDirectory } from '../journeys/run.ts';

const root = resolve(import.meta.dirname, '../..');
const { CircuitBreaker: Built } = createRequire(import.meta.url)(root) as {
  CircuitBreaker: typeof Source;
};

describe.each([
  ['its source', Source],
  ['the package', Built],
])('CircuitBreaker out of %s', (_, CircuitBreaker) => {
  let stateFile = '';
  let nowMs = 0;
  let warnings: string[] = [];
  beforeEach(() => {
    stateFile = join(temporaryDirectory(), 'test_cb_state.json');
    nowMs = Date.UTC(2026, 0, 5, 12);
    warnings = [];
  });
  const create = (options: object = {}) =>
    new CircuitBreaker({
      maxDailyLoss: 100,
      walletAddress: 'test_address',
      stateFile,
      cooldownSeconds: 3600,
      onWarning: (message) => warnings.push(message),
      now: () => nowMs,
      ...options,
    });

  it.each([
    [0.85, true, 'armed'],
    [0.75, false, 'armed'],
    [0.5, false, 'tripped'],
  ])('coverage %d of 0.85: %s, then %s', async (coverage, expected, kind) => {
    const breaker = create();
    expect(await breaker.checkMcpTestCoverage(coverage, 0.85)).toBe(expected);
    expect(breaker.state('mcp').kind).toBe(kind);
    expect(breaker.permits('mcp')).toBe(kind === 'armed');
    expect(breaker.permits('enter')).toBe(true);
  });

  it.each([
    [1, 50, true, 'armed', 0],
    [3, 50, true, 'armed', 1],
    [1, 150, true, 'armed', 1],
    [1, 250, false, 'tripped', 0],
    [8, 50, false, 'tripped', 0],
  ])('cpu %d %%, memory %d MB of 200: %s, then %s', async (cpu, memory, expected, kind, warned) => {
    const breaker = create();
    expect(await breaker.checkMcpResourceUsage(cpu, memory, 200)).toBe(expected);
    expect(breaker.state('mcp').kind).toBe(kind);
    expect(warnings).toHaveLength(warned);
    expect(breaker.permits('enter')).toBe(true);
  });

  it('answers as the plan prints, one after the other on one state file', async () => {
    const first = create();
    const coverage = [0.85, 0.75, 0.5].map((value) => first.checkMcpTestCoverage(value, 0.85));
    expect(await Promise.all(coverage)).toEqual([true, false, false]);
    const second = create();
    const usage: [number, number][] = [
      [1, 50],
      [3, 50],
      [1, 250],
      [8, 50],
    ];
    const checks = usage.map(([cpu, memory]) => second.checkMcpResourceUsage(cpu, memory, 200));
    expect(await Promise.all(checks)).toEqual([true, true, false, false]);
    expect(second.state('mcp')).toMatchObject({ cause: 'mcp_coverage' });
  });

  it('trips once, is reset by name, and is the same after a restart', () => {
    const breaker = create();
    const once = breaker.trip('Test trip', 'mcp');
    nowMs += 5000;
    expect(breaker.trip('Test trip', 'mcp')).toEqual(once);
    expect(create().state('mcp')).toEqual(once);
    expect(breaker.reset('ann', 'mcp')).toEqual({ kind: 'armed' });
    expect(create().state('mcp')).toEqual({ kind: 'armed' });
  });

  it('recovers by itself at 80 %, from the same cause only', async () => {
    const breaker = create();
    await breaker.checkMcpResourceUsage(1, 250);
    nowMs += 60_000;
    await breaker.checkMcpTestCoverage(1, 0.85);
    expect(breaker.state('mcp').kind).toBe('tripped');
    await breaker.checkMcpResourceUsage(1, 170);
    expect(breaker.state('mcp')).toMatchObject({ kind: 'tripped', attempts: 1 });
    nowMs += 60_000;
    await breaker.checkMcpResourceUsage(1, 160);
    expect(breaker.state('mcp').kind).toBe('armed');
  });

  it('trips on the loss of the day, and probes on the next', async () => {
    const breaker = create();
    expect(await breaker.checkDailyLoss(1000)).toBe(true);
    expect(await breaker.checkDailyLoss(900.01)).toBe(true);
    expect(await breaker.checkDailyLoss(900)).toBe(false);
    expect(breaker.permits('enter')).toBe(false);
    expect(breaker.permits('exit')).toBe(true);
    nowMs += 12 * 3_600_000;
    expect(breaker.state().kind).toBe('probing');
  });

  it('starts halted on a damaged state, and says so', () => {
    writeFileSync(stateFile, 'damaged');
    const breaker = create();
    expect(breaker.state().kind).toBe('halted');
    expect(breaker.permits('enter')).toBe(false);
    expect(breaker.notice).toContain('not JSON');
  });

  it('refuses what makes no sense', async () => {
    expect(() => create({ maxDailyLoss: 0 })).toThrow('maxDailyLoss: 0 is not a number above 0');
    expect(() => create({ cooldownSeconds: Number.NaN })).toThrow('cooldownSeconds: NaN');
    expect(() => create({ stateFile: '' })).toThrow('stateFile:  is not a text');
    const breaker = create();
    expect(() => create({ walletAddress: 'other' })).toThrow('belongs to test_address');
    await expect(breaker.checkMcpTestCoverage(85, 0.85)).rejects.toThrow(
      'coverage: 85 is not a fr',
    );
    await expect(breaker.checkMcpResourceUsage(Number.NaN, 1)).rejects.toThrow('cpuPercent: NaN');
    await expect(breaker.checkMcpResourceUsage(1, 1, 0)).rejects.toThrow('limitMb: 0');
    await expect(breaker.checkDailyLoss(-1)).rejects.toThrow('equityUsdc: -1');
    expect(() => breaker.trip('')).toThrow('reason:  is not a text');
  });
});

it('is imported by ES modules too, and warns through the process by default', () => {
  const stateFile = join(temporaryDirectory(), 'state.json');
  const code = `
    import { CircuitBreaker } from 'pmcp';
    const breaker = new CircuitBreaker({ maxDailyLoss: 100, walletAddress: 'w',
      stateFile: ${JSON.stringify(stateFile)} });
    console.log(await breaker.checkMcpResourceUsage(3, 50, 200));`;
  const args = ['--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('true\n');
  expect(stderr).toContain('PmcpWarning: MCP CPU 3 % is high');
});
