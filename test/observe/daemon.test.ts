import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import { type Config, schema } from '../../src/config/schema.ts';
import { type Daemon, startDaemon } from '../../src/observe/daemon.ts';
import { plain, serve } from '../../src/observe/http.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';

let directory: string;
let socketPath: string;
let daemon: Daemon | undefined;
let bot: StatusServer | undefined;

const defaults = Object.fromEntries(
  Object.entries(schema).map(([key, { defaultValue }]) => [key, defaultValue]),
) as Config;

const start = async (overrides: Partial<Config> = {}) => {
  const config = {
    ...defaults,
    DASHBOARD_PORT: 0,
    METRICS_PORT: 0,
    MONITOR_INTERVAL_SECONDS: 1,
    // The test runner itself is no small process.
    MONITORING_MAX_CPU_PERCENT: 100,
    MONITORING_MAX_MEMORY_MB: 10_000,
    ...overrides,
  };
  daemon = await startDaemon({ config, socketPath, release: '0.1.0', bareRssBytes: 0 });
  const fine = { ok: true, message: 'fine' };
  daemon.monitor.servers({ search: fine, testing: fine });
  return daemon;
};

const startBot = async () => {
  bot = await createStatusServer({ socketPath, hello: fakeHello, now: Date.now, onHalt: () => {} });
  return bot;
};

interface Answer {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

const ask = (
  port: number | undefined,
  path: string,
  init: { method?: string; host?: string } = {},
) =>
  new Promise<Answer>((resolve, reject) => {
    const headers = init.host === undefined ? {} : { host: init.host };
    httpRequest({ host: '127.0.0.1', port, path, method: init.method ?? 'GET', headers }, (got) => {
      let body = '';
      got.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      got.on('end', () => resolve({ status: got.statusCode ?? 0, body, headers: got.headers }));
    })
      .on('error', reject)
      .end();
  });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-daemon-'));
  socketPath = join(directory, 'status.sock');
});

afterEach(async () => {
  await daemon?.close();
  await bot?.close();
  rmSync(directory, { recursive: true });
  daemon = bot = undefined;
});

test('serves while the bot is absent, sees it come, live, and die', async () => {
  const { dashboardPort, metricsPort } = await start();
  const status = async () => JSON.parse((await ask(dashboardPort, '/health')).body).status;
  expect(await status()).toBe('degraded');
  await vi.waitFor(async () => expect(await status()).toBe('critical'), 5000);
  expect(await ask(dashboardPort, '/readyz')).toMatchObject({ status: 503, body: 'critical\n' });
  expect(await ask(dashboardPort, '/livez')).toMatchObject({ status: 200 });

  const server = await startBot();
  const publish = setInterval(() => server.publish(fakeStatus()), 200);
  await vi.waitFor(async () => expect(await status()).toBe('healthy'), 10_000);
  expect(await ask(dashboardPort, '/readyz')).toMatchObject({ status: 200, body: 'healthy\n' });
  const metrics = await ask(metricsPort, '/metrics');
  expect(metrics.headers['content-type']).toContain('version=0.0.4');
  expect(metrics.body).toContain('pmcp_exposure_usdc 42.7');
  expect(metrics.body).toContain('pmcp_component_health{component="main_bot"} 1');

  server.event({
    kind: 'breaker',
    latch: 'mcp',
    from: 'armed',
    to: 'tripped',
    cause: 'x',
    by: 'y',
  });
  clearInterval(publish);
  const silentMs = performance.now();
  await vi.waitFor(async () => expect(await status()).toBe('critical'), 5000);
  expect(performance.now() - silentMs).toBeLessThan(2000 + 1000);
  await server.close();
  const page = await ask(dashboardPort, '/plain');
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.body).toContain('<h1>pmcp is critical</h1>');
}, 40_000);

test('answers what it serves, and refuses the rest', async () => {
  const { dashboardPort, metricsPort } = await start();
  expect(await ask(dashboardPort, '/nope')).toMatchObject({
    status: 404,
    body: 'not found; served here: /plain, /health, /livez, /readyz\n',
  });
  expect((await ask(metricsPort, '/')).body).toContain('/metrics');
  const posted = await ask(dashboardPort, '/health', { method: 'POST' });
  expect(posted).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  const head = await ask(dashboardPort, '/health?x=1', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
});

test.each([
  ['localhost', 200],
  ['localhost:8080', 200],
  ['127.0.0.1:8080', 200],
  ['[::1]:8080', 200],
  ['LOCALHOST', 200],
  ['evil.example', 403],
  ['localhost.evil.example', 403],
  ['127.0.0.1.evil.example:8080', 403],
])('a request for host %s is answered %i', async (host, status) => {
  const { dashboardPort } = await start();
  expect(await ask(dashboardPort, '/livez', { host })).toMatchObject({ status });
});

test('a taken port is one clear error that names it, and nothing stays open', async () => {
  const { metricsPort } = await start();
  const taken = { host: '127.0.0.1', what: 'x', key: 'X', routes: new Map() };
  await expect(start({ METRICS_PORT: metricsPort ?? 0 })).rejects.toMatchObject({
    message: expect.stringContaining(
      `port ${metricsPort} of metrics (METRICS_PORT) is in use on 127.0.0.1 by another pmcp (`,
    ),
    hint: expect.stringContaining('set METRICS_PORT'),
    exitCode: 3,
  });
  await expect(serve({ ...taken, host: '192.0.2.1', port: 0 })).rejects.toThrow('cannot listen on');
});

test('what is switched off is not served', async () => {
  const off = { DASHBOARD_ENABLED: false, METRICS_ENABLED: false };
  expect(await start(off)).toMatchObject({ dashboardPort: undefined, metricsPort: undefined });
});

test('without monitoring nothing is called healthy', async () => {
  const { dashboardPort } = await start({ MONITORING_ENABLED: false });
  const body = JSON.parse((await ask(dashboardPort, '/health')).body);
  expect(body.status).toBe('degraded');
});

test('a route that fails is a 500, not a crash', async () => {
  const door = await serve({
    host: '127.0.0.1',
    port: 0,
    what: 'x',
    key: 'X',
    routes: new Map([
      ['/bad', () => Promise.reject(new Error('broken'))],
      ['/good', async () => plain(200, 'fine')],
    ]),
  });
  expect(await ask(door.port, '/bad')).toMatchObject({
    status: 500,
    body: 'internal error: broken\n',
  });
  expect(await ask(door.port, '/good')).toMatchObject({ status: 200, body: 'fine\n' });
  await door.close();
});
