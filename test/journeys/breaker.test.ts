import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBreakerVerbs } from '../../src/bot/breaker-verbs.ts';
import { callControl } from '../../src/host/control-client.ts';
import { createControlServer } from '../../src/host/control-server.ts';
import { openBreakerStore } from '../../src/state/breaker-store.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { runPmcp, startPmcp, temporaryDirectory } from './run.ts';

describe('the commands, with no bot running', () => {
  const pmcp = async (dataDir: string, ...args: string[]) => {
    const exit = await runPmcp(args, { dataDir });
    return { ...exit, json: args.includes('--json') ? JSON.parse(exit.stdout) : undefined };
  };

  it('halt, trip, reset and resume, each told in the history', async () => {
    const dataDir = temporaryDirectory();
    const first = await pmcp(dataDir, 'breaker', 'status');
    expect(first.stdout).toContain('trading     armed');
    expect(first.stdout).toContain('where no bot is running');
    const halted = await pmcp(dataDir, 'halt', 'spreads', 'look', 'wrong', '--json');
    expect(halted.json).toMatchObject({
      schema: 'pmcp.halt',
      version: 1,
      via: 'store',
      changed: ['trading'],
      latches: { trading: { kind: 'halted', reason: 'spreads look wrong' } },
    });
    expect((await pmcp(dataDir, 'halt', 'again')).stdout).toContain('was already halted by');
    expect((await pmcp(dataDir, 'breaker', 'trip', 'odd')).stdout).toContain('beneath: tripped');
    expect((await pmcp(dataDir, 'resume')).stdout).toContain('trading is tripped: operator (odd)');
    expect((await pmcp(dataDir, 'resume', 'x')).stdout).toContain('was not halted');
    const status = await pmcp(dataDir, 'breaker', 'status');
    expect(status.stdout).toContain('until `pmcp breaker reset`');
    expect((await pmcp(dataDir, 'breaker', 'reset', 'fine')).stdout).toContain('trading is armed');
    expect((await pmcp(dataDir, 'breaker', 'reset')).stdout).toContain('nothing changed');
    const history = await pmcp(dataDir, 'breaker', 'history', '--json');
    expect(history.json.entries.map((entry: { event: string }) => entry.event)).toEqual([
      'reset',
      'resume',
      'trip',
      'halt',
    ]);
    expect((await pmcp(dataDir, 'breaker', 'history')).stdout).toContain('halt: armed -> halted');
  });

  it('say clearly what is wrong, with the right exit code', async () => {
    const dataDir = temporaryDirectory();
    expect(await pmcp(dataDir, 'halt')).toMatchObject({ code: 2 });
    expect(await pmcp(dataDir, 'breaker', 'trip', '--latch', 'x', 'y')).toMatchObject({ code: 2 });
    expect((await pmcp(dataDir, 'breaker', 'history')).stdout).toContain('nothing has happened');
    writeFileSync(join(dataDir, 'breaker.json'), 'damaged');
    expect((await pmcp(dataDir, 'breaker', 'status')).stdout).toContain('not JSON');
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    expect(await pmcp(join(file, 'x'), 'halt', 'y')).toMatchObject({ code: 4 });
  });
});

describe('the commands, with a bot running', () => {
  it('ask the bot', async () => {
    const dataDir = temporaryDirectory();
    const paths = pathsOf(dataDir);
    let nowMs = 1_700_000_000_000;
    const store = openBreakerStore({ path: paths.breaker, nowMs, whenMissing: 'create' });
    const verbs = createBreakerVerbs({ store, now: () => nowMs });
    const server = await createControlServer(paths.controlSocket, verbs);
    const pmcp = async (...args: string[]) => (await runPmcp(args, { dataDir })).stdout;
    store.seeEquity(5_000_000, nowMs);
    store.seeEquity(3_500_000, nowMs);
    expect(await pmcp('halt', 'look')).toBe('halted by the running bot\n');
    expect(await pmcp('resume')).toContain('resumed trading by the running bot');
    store.apply('trading', { type: 'trip', cause: 'failure_rate', untilMs: nowMs + 1 }, nowMs);
    expect(await pmcp('breaker', 'status')).toContain('until 2023-11-14T22:13:20Z');
    nowMs += 1;
    store.apply('trading', { type: 'tick' }, nowMs);
    const status = await pmcp('breaker', 'status');
    expect(status).toContain('probing after failure_rate');
    expect(status).toContain("day's loss  1.5 USDC");
    expect(status).not.toContain('no bot');
    expect(await pmcp('breaker', 'reset')).toContain('trading is armed (by the running bot)');
    await server.close();
    expect(await pmcp('breaker', 'status')).toContain('no bot is running');
  });
});

describe('the latches of the mcp process, with no bot running', () => {
  it('are tripped and reset there, and in its file when it does not run', async () => {
    const dataDir = temporaryDirectory();
    const env = { DASHBOARD_ENABLED: 'false', METRICS_ENABLED: 'false', MCP_HTTP_PORT: '0' };
    const pmcp = (...args: string[]) => runPmcp(args, { dataDir });
    expect(JSON.parse((await pmcp('breaker', 'status', '--json')).stdout).mcp).toBeNull();
    const mcp = startPmcp(['mcp', '--json'], { dataDir, env });
    await mcp.waitFor(/"mcpPort":/);
    const tripped = await pmcp('breaker', 'trip', '--latch', 'mcp', 'too slow', '--json');
    expect(JSON.parse(tripped.stdout)).toMatchObject({
      ...{ via: 'store', changed: ['mcp'] },
      mcp: { via: 'mcp', changed: ['mcp'], latches: { mcp: { kind: 'tripped' } } },
    });
    const { mcpControlSocket: socketPath, mcpBreaker } = pathsOf(dataDir);
    const ask = (verb: string, args: object) => callControl({ socketPath, verb, args });
    await expect(ask('breaker.reset', { by: 'ann' })).rejects.toThrow('trading latch');
    expect((await pmcp('breaker', 'status')).stdout).toMatch(
      /^mcp process: mcp tripped: operator/m,
    );
    const reset = await pmcp('breaker', 'reset', '--latch', 'mcp', 'fine');
    expect(reset.stdout).toContain('mcp process: mcp is armed (by itself, running)');
    expect((await pmcp('breaker', 'reset', '--latch', 'mcp')).stdout).toMatch(/^nothing changed/);
    await mcp.stop();

    writeFileSync(mcpBreaker, 'damaged');
    expect((await pmcp('breaker', 'status')).stdout).toMatch(/^mcp process: search halted/m);
    const mended = await pmcp('breaker', 'reset', '--latch', 'search');
    expect(mended.stdout).toContain('mcp process: search is armed (as saved: it is not running)');
    expect((await pmcp('breaker', 'status')).stdout).toMatch(/^mcp process: mcp halted/m);
  });
});

describe('pmcp config', () => {
  it('checks, shows without secrets, and documents', async () => {
    const cwd = temporaryDirectory();
    const key = 'ab'.repeat(32);
    const rest = 'RPC_URL=https://node.example/v2/abcdef\nCOPY_RATIO=0.2 # less';
    const settings = `PRIVATE_KEY=${key}\n${rest}`;
    writeFileSync(join(cwd, '.env'), settings, { mode: 0o600 });
    const run = (...args: string[]) => runPmcp(['config', ...args], { cwd });
    expect(await run('check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('(.env)'),
    });
    const shown = await run('show');
    expect(shown.stdout).toMatch(/PRIVATE_KEY +\[redacted\] {2}\.env:1/);
    expect(shown.stdout).toMatch(/FUNDER_ADDRESS +unset/);
    expect(shown.stdout).toContain('https://node.example/[redacted]');
    expect(shown.stdout).toMatch(/COPY_RATIO +0.2 {2}\.env:3/);
    const json = await run('show', '--changed', '--json');
    expect(JSON.parse(json.stdout).values).toMatchObject({
      PRIVATE_KEY: { value: '[redacted]', origin: '.env:1' },
      COPY_RATIO: { value: 0.2, origin: '.env:3' },
    });
    for (const { stdout, stderr } of [shown, json])
      expect(stdout + stderr).not.toMatch(/abab|abcdef/);
    expect((await run('docs')).stdout).toContain('# Configuration');
    expect((await run('docs', '--env-example')).stdout).toContain('#MAX_DAILY_LOSS=100');
  });

  it('names every problem at once and exits with 2', async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, 'sub'));
    writeFileSync(join(cwd, '.env'), 'MAX_DAILY_LOS=5\nMETRICS_PORT=x\nPRIVATE_KEY=secretsecret\n');
    const { code, stdout, stderr } = await runPmcp(['config', 'check', '--json'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.problems).toHaveLength(4);
    expect(stderr).toContain('Did you mean MAX_DAILY_LOSS?');
    expect(stdout + stderr).not.toContain('secretsecret');
    const none = await runPmcp(['config', 'show', '--changed'], { cwd: join(cwd, 'sub') });
    expect(none.stdout).toMatch(/^DATA_DIR/);
  });
});
