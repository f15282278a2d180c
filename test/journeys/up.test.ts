import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { processesOf } from './paper-world.ts';
import { freePort, type RunOptions, startPmcp, temporaryDirectory } from './run.ts';

/** `up` with the real exchange and mcp process, and a bot that only talks. */
const FAKE = resolve(import.meta.dirname, '../fakes/pmcp.ts');

async function up(args: readonly string[], env: Record<string, string> = {}) {
  const ports = {
    EXCHANGE_PORT: String(await freePort()),
    DASHBOARD_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    MCP_HTTP_PORT: String(await freePort()),
    // The test machine is busy: this is no test of the budget.
    MONITORING_MAX_CPU_PERCENT: '100',
    MONITORING_MAX_MEMORY_MB: '1000',
  };
  const options: RunOptions = { program: process.execPath, env: { ...ports, ...env } };
  const run = startPmcp([FAKE, 'up', ...args], options);
  const bots = () =>
    readFileSync(join(run.dataDir, 'fake-bots'), 'utf8').trim().split('\n').map(Number);
  return { ...run, ports, bots };
}

const health = (port: string) =>
  new Promise<string>((done, failed) => {
    get(`http://127.0.0.1:${port}/health`, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => done(JSON.parse(body).status));
    }).on('error', failed);
  });

test('in a pipe: starts all, tells events, restarts a dead bot, stops on SIGINT', async () => {
  const run = await up(['--speed', '10', '--seed', '3'], { FAKE_EVENT_MS: '100' });
  await run.waitFor(/mcp ready/, 60_000);
  await run.waitFor(/copy {6}BUY Yes for 6\.84/);
  const wallets = JSON.parse(readFileSync(join(run.dataDir, 'paper-wallets.json'), 'utf8'));
  expect(wallets.target_wallets.length).toBeGreaterThan(0);
  expect(wallets.target_wallets[0].address).toMatch(/^0x[0-9a-f]{40}$/i);
  await vi.waitFor(
    async () => expect(await health(run.ports.DASHBOARD_PORT)).toBe('healthy'),
    40_000,
  );
  process.kill(run.bots()[0] ?? 0, 'SIGKILL');
  await run.waitFor(/bot was killed by SIGKILL, restart in 1 s/);
  await vi.waitFor(() => expect(run.bots()).toHaveLength(2), 15_000);
  await run.waitFor(/summary {3}7 copied, 5 skipped/, 20_000);
  const before = performance.now();
  const exit = await run.stop('SIGINT');
  expect(performance.now() - before).toBeLessThan(3000);
  expect(exit.code).toBe(130);
  expect(exit.stdout).toMatch(/stopped; journal and logs are in .*\n$/);
  expect(processesOf(run.dataDir)).toEqual([]);
  expect(exit.stdout).not.toContain('\u001b');
}, 120_000);

test('killed by SIGKILL it leaves no process behind', async () => {
  const run = await up([]);
  await run.waitFor(/mcp ready/, 60_000);
  expect(processesOf(run.dataDir).length).toBe(4);
  // Only the process itself: its children are in sessions of their own.
  process.kill(run.pid, 'SIGKILL');
  await vi.waitFor(() => expect(processesOf(run.dataDir)).toEqual([]), 10_000);
}, 90_000);

test('ends by itself after --duration, speaks JSON, can be interrupted early', async () => {
  const run = await up(['--duration', '2', '--json'], { FAKE_EVENT_MS: '100' });
  const exit = await run.exited;
  expect(exit.code).toBe(0);
  const documents = exit.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(documents.find((one) => one.schema === 'pmcp.up.event')).toMatchObject({ version: 1 });
  expect(documents.at(-1)).toMatchObject({ schema: 'pmcp.up.status', status: { mode: 'paper' } });
  const early = await up([]);
  await early.waitFor(/exchange ready/, 60_000);
  const stopped = await early.stop('SIGINT');
  expect(stopped.code).toBe(130);
  expect(processesOf(early.dataDir)).toEqual([]);
}, 120_000);

test('taken ports are named all at once, before anything starts', async () => {
  const holder = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
  const { port } = holder.address() as { port: number };
  const one = await (await up([], { DASHBOARD_PORT: String(port) })).exited;
  expect(one.code).toBe(3);
  expect(one.stderr).toContain(`port ${port} of the dashboard (DASHBOARD_PORT) is in use`);
  expect(one.stderr).toContain('or set DASHBOARD_PORT');
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const taken = (other.address() as { port: number }).port;
  const both = await up([], { DASHBOARD_PORT: String(port), METRICS_PORT: String(taken) });
  const two = await both.exited;
  expect(two.stderr).toContain('nothing was started, for these reasons');
  expect(two.stderr).toContain(`port ${port} of the dashboard`);
  expect(two.stderr).toContain(`port ${taken} of metrics`);
  expect(() => readFileSync(join(both.dataDir, 'paper-clock.json'))).toThrow('ENOENT');
  for (const server of [holder, other]) await new Promise((done) => server.close(done));
}, 60_000);

test.each([
  [['--speed', '0'], {}, 2, '--speed: 0 is not a factor'],
  [['--scenario', 'nonsense'], {}, 1, 'nonsense'],
  [[], { TRADING_MODE: 'shadow' }, 3, 'TRADING_MODE is shadow'],
])(
  'up %j is refused with one clear error',
  async (args, env: Record<string, string>, code, text) => {
    const run = await up(args, env);
    const exit = await run.exited;
    expect(exit.stderr).toContain(text);
    expect(exit.code).toBe(code);
    expect(processesOf(run.dataDir)).toEqual([]);
  },
  60_000,
);

test('status answers from the running bot, and says when there is none', async () => {
  const dataDir = temporaryDirectory();
  const none = await startPmcp(['status'], { dataDir }).exited;
  expect(none).toMatchObject({ code: 4, stdout: '' });
  expect(none.stderr).toContain('no bot runs on this data directory');
  const bot = startPmcp([FAKE, 'bot'], { dataDir, program: process.execPath });
  await vi.waitFor(async () => {
    const exit = await startPmcp(['status'], { dataDir }).exited;
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expect(exit.stdout).toContain('breaker    armed · entries open');
  }, 15_000);
  const json = await startPmcp(['status', '--json'], { dataDir }).exited;
  expect(JSON.parse(json.stdout)).toMatchObject({
    schema: 'pmcp.status_report',
    version: 1,
    status: { followedWallets: 5 },
  });
  for (const flags of [['--watch'], ['--watch', '--json']]) {
    const watch = startPmcp(['status', ...flags], { dataDir });
    await watch.waitFor(/followedWallets|5 wallets/);
    expect((await watch.stop('SIGINT')).code).toBe(130);
  }
  process.kill(bot.pid, 'SIGSTOP');
  const hanging = await startPmcp(['status'], { dataDir }).exited;
  process.kill(bot.pid, 'SIGCONT');
  expect(hanging.code).toBe(4);
  expect(hanging.stderr).toContain('stopped or hangs');
}, 60_000);

test('on a terminal: one screen of its size, and the old one back at the end', async () => {
  const dataDir = temporaryDirectory();
  const node = process.execPath;
  const up80x24 = `${FAKE} up --duration 5 --data-dir ${dataDir}`;
  const command = `stty cols 80 rows 24; exec ${node} ${up80x24}`;
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const keys = ['EXCHANGE_PORT', 'DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT'];
  const env = Object.fromEntries(keys.map((key, i) => [key, String(ports[i])]));
  const run = startPmcp(['-qefc', command, '/dev/null'], { program: 'script', dataDir, env });
  await run.waitFor(/DECISIONS/, 60_000);
  process.kill(Number(readFileSync(join(dataDir, 'fake-bots'), 'utf8').trim()), 'SIGKILL');
  await run.waitFor(/bot was killed by SIGKILL, restart in 1 s/);
  const { stdout } = await run.exited;
  const rows = [...stdout.matchAll(/\[(\d+);1H/g)].map((match) => Number(match[1]));
  expect(Math.max(...rows)).toBe(24);
  expect(stdout).toContain('all well');
  const end = stdout.slice(stdout.lastIndexOf('[?1049l'));
  expect(end).toContain('summary   7 copied, 5 skipped');
  expect(end).toContain('stopped; journal and logs are in');
  expect(processesOf(dataDir)).toEqual([]);
}, 90_000);
