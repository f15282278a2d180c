import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort, type Running, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

interface Report {
  verdict: string;
  checks: { name: string; phase: number; result: string; detail: string; durationMs: number }[];
}

/** A project with a fresh report that covers nine lines of ten. */
function project(): string {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'src', 'config'), { recursive: true });
  mkdirSync(join(root, 'coverage'));
  writeFileSync(
    join(root, 'src', 'config', 'a.ts'),
    `export const MAX_DAILY_LOSS = 100;\n${'export const a = 1;\n'.repeat(9)}`,
  );
  const lines = Array.from({ length: 10 }, (_, i) => `DA:${i + 1},${i === 9 ? 0 : 1}`);
  writeFileSync(
    join(root, 'coverage', 'lcov.info'),
    `TN:\nSF:src/config/a.ts\n${lines.join('\n')}\nLF:10\nLH:9\nend_of_record\n`,
  );
  return root;
}

async function settings(): Promise<Record<string, string>> {
  return {
    ENVIRONMENT: 'staging',
    EXCHANGE_PORT: String(await freePort()),
    DASHBOARD_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    MCP_HTTP_PORT: String(await freePort()),
    MONITOR_INTERVAL_SECONDS: '1',
    MCP_PROJECT_DIRS: project(),
  };
}

/** systemctl of a host with this unit, and nothing else of systemd. */
function systemctl(answer: string): string {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\n${answer}\n`);
  chmodSync(join(bin, 'systemctl'), 0o755);
  return `${bin}:${process.env['PATH']}`;
}

const validate = async (
  env: Record<string, string>,
  dataDir: string,
  ...args: string[]
): Promise<Report & { code: number | null; result(name: string): string }> => {
  const exit = await runPmcp(['validate-health', '--json', ...args], { env, dataDir });
  const report: Report = JSON.parse(exit.stdout);
  const result = (name: string) => {
    const found = report.checks.find((one) => one.name === name);
    return `${found?.result}: ${found?.detail}`;
  };
  return { ...report, code: exit.code, result };
};

/** The pid of the process of this run that was started with this subcommand. */
function pidOf(dataDir: string, subcommand: string): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return words.includes(subcommand) && env.includes(`DATA_DIR=${dataDir}`);
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`no ${subcommand} runs`);
  return Number(found);
}

describe('a running installation', () => {
  let run: Running;
  let env: Record<string, string>;

  beforeAll(async () => {
    env = await settings();
    run = startPmcp(['up', '--speed', '20', '--scenario', 'volatile'], { env });
    await run.waitFor(/mcp ready/, 60_000);
  }, 90_000);
  afterAll(async () => {
    await run?.stop();
  });

  const status = async () => {
    const answer = await fetch(`http://127.0.0.1:${env['DASHBOARD_PORT']}/health`);
    return JSON.parse(await answer.text());
  };
  /** Real ms until main_bot is this. */
  const until = async (wanted: string, timeout: number) => {
    const startedMs = performance.now();
    await vi.waitFor(async () => expect((await status()).components.main_bot.status).toBe(wanted), {
      timeout,
      interval: 50,
    });
    return performance.now() - startedMs;
  };

  test('the canary counts what it asks, and what was asked before', async () => {
    const exit = await runPmcp(['canary', '--rounds', '3', '--json'], {
      env,
      dataDir: run.dataDir,
    });
    expect(exit.code).toBe(0);
    expect(JSON.parse(exit.stdout)).toMatchObject({
      schema: 'pmcp.canary',
      requests: { count: 9, errors: 0 },
      firstError: null,
      toolCalls: { count: expect.any(Number), errors: 0 },
      orders: { count: expect.any(Number), errors: expect.any(Number) },
      bot: { pid: expect.any(Number) },
      health: { status: expect.any(String) },
    });
    const drawn = await runPmcp(['canary', '--rounds', '1'], { env, dataDir: run.dataDir });
    expect(drawn.stdout).toContain('0 of 3 failed');
  });

  test('every check is made, from real answers', { timeout: 60_000 }, async () => {
    await vi.waitFor(
      async () => expect((await status()).performance.trading_latency_ms.p99).not.toBeNull(),
      { timeout: 30_000, interval: 500 },
    );
    const PATH = systemctl(
      'echo LoadState=loaded; echo CPUQuotaPerSecUSec=150ms; echo MemoryMax=1073741824',
    );
    const report = await validate({ ...env, PATH }, run.dataDir, '--staging', '--post-deploy');
    expect(
      report.checks.filter(({ result }) => result === 'unknown').map((one) => JSON.stringify(one)),
    ).toEqual([]);
    expect(new Set(report.checks.map(({ phase }) => phase))).toEqual(new Set([2, 5, 6]));
    expect(report.result('dashboard answers')).toMatch(/^passed: HTTP 200/);
    expect(report.result('environment is the one meant')).toBe('passed: staging');
    expect(report.result('component main_bot')).toMatch(/^(?:passed|failed)/);
    expect(report.result('component alert_system')).toMatch(/^off/);
    expect(report.result('metrics keep their contract')).toMatch(/^passed: \d+ series/);
    for (const name of ['codebase-search', 'testing', 'monitoring']) {
      expect(report.result(`MCP server ${name} answers`)).toMatch(/^passed: \d+ tools/);
    }
    expect(report.result('risk parameters are written in their place only')).toMatch(/^passed/);
    expect(report.result('test coverage reaches its target')).toBe('passed: 90.0 % of 85.0 %');
    expect(report.result('trading latency below 100 ms')).toMatch(/p50 [\d.]+ ms, p99/);
    expect(report.result('bot is alive and its status flows')).toMatch(/^passed: pid \d+, paper/);
    expect(report.result('systemd limits the mcp unit')).toBe(
      'passed: CPUQuota 15 %, MemoryMax 1024M',
    );
    expect(report.result('mcp stays within 15 % CPU and 1 GB')).toMatch(/most of 3 samples/);
    expect(report.result('bot and monitoring run this release')).toMatch(/^passed/);
    const failures = report.checks.filter(({ result }) => result === 'failed');
    expect([report.verdict, report.code]).toEqual(
      failures.length === 0 ? ['healthy', 0] : ['unhealthy', 1],
    );
  });

  test('for people: a line a check, and the verdict; another environment is not this one', async () => {
    const args = ['validate-health', '--production'];
    const { code, stdout } = await runPmcp(args, { env, dataDir: run.dataDir });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^passed {3}dashboard answers +\d+ ms {2}HTTP 200/m);
    expect(stdout).toMatch(/^failed {3}environment is the one meant .*it says staging/m);
    expect(stdout).toMatch(/^failed {3}component alert_system .*nobody would be told/m);
    expect(stdout).toMatch(/^skipped {2}systemd limits the mcp unit/m);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^production is unhealthy: \d+ passed, /);
  });

  // One check interval is 1 s, in which the bot counts as frozen after 1.5 s of silence.
  test('a stopped bot is critical within two intervals, and lives again', async () => {
    await until('healthy', 20_000);
    const pid = pidOf(run.dataDir, 'bot');
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await until('critical', 10_000)).toBeLessThan(3000);
      const report = await validate(env, run.dataDir, '--staging');
      expect(report.code).toBe(1);
      expect(report.result('bot is alive and its status flows')).toMatch(/^failed/);
      expect(report.result('component main_bot')).toContain('failed: critical: the bot hangs');
      expect(report.result('component trade_executor')).toMatch(/^unknown/);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('healthy', 20_000);
  }, 90_000);

  test('a killed bot is critical at once, and its restart is counted', async () => {
    await until('healthy', 20_000);
    process.kill(pidOf(run.dataDir, 'bot'), 'SIGKILL');
    expect(await until('critical', 10_000)).toBeLessThan(2000);
    await until('healthy', 30_000);
    expect((await status()).components.main_bot.restarts).toBe(1);
  }, 90_000);
});

test('where nothing runs nothing passes', async () => {
  const report = await validate(await settings(), temporaryDirectory(), '--staging');
  expect([report.verdict, report.code]).toEqual(['unhealthy', 1]);
  expect(report.checks.filter(({ result }) => result === 'passed')).toEqual([]);
  expect(report.result('dashboard answers')).toContain('nothing listens there');
  expect(report.result('bot is alive and its status flows')).toContain('no bot runs');
});

test('where nothing runs every request of the canary fails, and nothing is made up', async () => {
  const env = await settings();
  const dataDir = temporaryDirectory();
  const exit = await runPmcp(['canary', '--rounds', '2', '--json'], { env, dataDir });
  expect(JSON.parse(exit.stdout)).toMatchObject({
    requests: { count: 6, errors: 6 },
    toolCalls: null,
    orders: null,
    bot: null,
    health: null,
  });
  const drawn = await runPmcp(['canary', '--rounds', '1'], { env, dataDir });
  expect(drawn.stdout).toMatch(/bot +does not answer/);
});

test('what is switched off is told apart from what fails', async () => {
  const switches = [
    'MCP_CODEBASE_SEARCH_ENABLED',
    'MCP_TESTING_ENABLED',
    'MCP_MONITORING_ENABLED',
    'DASHBOARD_ENABLED',
    'METRICS_ENABLED',
  ].map((key) => [key, 'false'] as const);
  const env = { ...(await settings()), ...Object.fromEntries(switches) };
  const report = await validate(env, temporaryDirectory(), '--staging');
  expect(report.result('MCP server testing answers')).toBe(
    'off: switched off by MCP_TESTING_ENABLED',
  );
  expect(report.result('dashboard answers')).toBe('failed: switched off by DASHBOARD_ENABLED');
  expect(report.result('metrics keep their contract')).toContain('failed: switched off');
});

test.each([[[]], [['--staging', '--production']]])('%j is no question', async (args) => {
  expect(await runPmcp(['validate-health', ...args])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('either --staging or --production'),
  });
});
