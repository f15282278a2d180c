import { get, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { SPANS } from '../../../src/observe/dashboard/state.ts';
import { assetRoutes } from '../../../src/observe/dashboard-server/assets.ts';
import { fakeDecision, fakeStatus } from '../../fakes/status.ts';
import { ask, fromPage, openWorld, WALLET } from './world.ts';

test.each([
  ['/', 'text/html'],
  ['/app.js', 'text/javascript'],
  ['/style.css', 'text/css'],
  ['/icon.svg', 'image/svg+xml'],
])('%s comes packed, and only when it changed', async (path, type) => {
  const { port } = await openWorld();
  const accepting = (encodings: string, etag = '') =>
    ask(port, path, { headers: { 'accept-encoding': encodings, 'if-none-match': etag } });
  const plain = await accepting('identity');
  expect(plain.headers['content-type']).toContain(type);
  const br = await accepting('gzip, deflate, br');
  expect(br.headers).toMatchObject({ 'content-encoding': 'br', vary: 'Accept-Encoding' });
  expect(brotliDecompressSync(br.bytes)).toEqual(plain.bytes);
  const gzip = await accepting('gzip;q=1.0, br;q=0');
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
  const etags = [plain, br, gzip].map(({ headers }) => headers.etag);
  expect(new Set(etags).size).toBe(3);
  const again = await accepting('br', br.headers.etag);
  expect(again).toMatchObject({ status: 304, body: '' });
  expect((await accepting('gzip', br.headers.etag)).status).toBe(200);
  const policy = String(plain.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
});

test('a page that was not built says what to do', async () => {
  const page = await assetRoutes('/').get('/')?.({ headers: {} } as IncomingMessage);
  expect(page).toMatchObject({ status: 503, body: expect.stringContaining('scripts/build.sh') });
});

test('the state tells all, and neither a secret nor a whole wallet', async () => {
  const secret = 'telegram-token-of-this-test';
  const world = await openWorld({ TELEGRAM_BOT_TOKEN: new Secret(secret) });
  const { port } = world;
  const state = async () => JSON.parse((await ask(port, '/api/state')).body);
  expect(await state()).toMatchObject({ bot: null, botProblem: expect.stringMatching(/\w/) });
  await world.startBot(() => fakeStatus({ entriesReason: `with ${secret}` }));
  await vi.waitFor(async () => {
    world.bot().event(fakeDecision({ detail: `api_key=${secret}` }));
    await new Promise((done) => setTimeout(done, 4_100));
    expect((await state()).decisions[0]).toMatchObject({ detail: 'api_key=[redacted]' });
  }, 15_000);
  world.dashboard.called({ server: 'monitoring', tool: 'get_health', ok: true, durationMs: 4 });
  world.dashboard.called({ server: 'monitoring', tool: 'get_health', ok: false, durationMs: 8 });
  await new Promise((done) => setTimeout(done, 4_100));
  const { body } = await ask(port, '/api/state');
  expect(body).not.toContain(secret);
  expect(body).not.toContain(WALLET);
  expect(JSON.parse(body)).toMatchObject({
    schema: 'pmcp.dashboard',
    version: 1,
    bot: { mode: 'paper', copied: 7, skipped: 5, entriesReason: 'with [redacted]' },
    exposure: {
      byMarket: [{ name: 'Will it rain in Ghent on 3 May?', costMicro: 42_700_000 }],
      byWallet: [{ name: '0x1212\u20261212', positions: 1, unrealisedMicro: 2_120_000 }],
    },
    tools: [{ server: 'monitoring', tool: 'get_health', calls: 2, errors: 1, meanMs: 6 }],
  });
}, 40_000);

test.each(SPANS)('the history of %s has one value of each figure a moment', async (span) => {
  const world = await openWorld();
  await world.startBot();
  const answer = await ask(world.port, `/api/history?span=${span}`);
  expect(answer.status).toBe(200);
  const { at, series, marks, comparison, mcpBusy, fromMs, toMs } = JSON.parse(answer.body);
  for (const column of Object.values(series)) expect(column).toHaveLength(at.length);
  expect(mcpBusy).toHaveLength(at.length);
  expect(Array.isArray(marks)).toBe(true);
  expect(Object.keys(comparison)).toEqual(['feed', 'internal', 'ack']);
  expect(toMs).toBeGreaterThan(fromMs);
  const packed = await ask(world.port, `/api/history?span=${span}`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  expect(gunzipSync(packed.bytes).toString()).toBe(answer.body);
});

test('another span, another site', async () => {
  const { port } = await openWorld();
  expect(await ask(port, '/api/history?span=1y')).toMatchObject({
    status: 400,
    body: `span must be one of ${SPANS.join(', ')}\n`,
  });
  expect((await ask(port, '/api/history')).status).toBe(200);
  for (const path of ['/api/state', '/api/history', '/events']) {
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await ask(port, path, foreign)).status, path).toBe(403);
  }
});

test('an alert is acknowledged by our own page, and by nothing else', async () => {
  const { port, alerts } = await openWorld();
  alerts.raise();
  const path = '/api/alerts/a%2F1/ack';
  const own: Record<string, string> = { ...fromPage(port), 'x-pmcp-dashboard': '1' };
  const post = async (headers: Record<string, string>, body = '', to = path) =>
    (await ask(port, to, { method: 'POST', headers, body })).status;
  const { 'x-pmcp-dashboard': _, ...bare } = own;
  expect(await post(bare)).toBe(403);
  expect(await post({ 'x-pmcp-dashboard': '1' })).toBe(403);
  expect(await post({ ...own, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await post({ ...own, origin: 'http://evil.example' })).toBe(403);
  expect(await post({ ...own, origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
  expect(await post({ ...own, origin: 'null' })).toBe(403);
  expect(await post({ ...own, host: 'evil.example' })).toBe(403);
  expect(await post(own, 'x'.repeat(2_000))).toBe(413);
  for (const body of ['{', '[', '1', 'null', '{"falsePositive":1}']) {
    expect(await post(own, body), body).toBe(400);
  }
  expect(alerts.all[0]?.acknowledged).toBeNull();
  expect(await post(own, '', '/api/alerts/none/ack')).toBe(404);
  expect(await post(own, '', '/api/alerts/%E0%A4%A/ack')).toBe(404);
  expect(await post(own, '', '/api/alerts/')).toBe(405);
  expect(await post({ ...own, 'sec-fetch-site': 'same-origin' }, '{"falsePositive":true}')).toBe(
    200,
  );
  expect(alerts.all[0]?.acknowledged).toMatchObject({ by: 'dashboard', falsePositive: true });
});

test('the stream tells a change at once', async () => {
  const world = await openWorld({ DASHBOARD_REFRESH_SECONDS: 3600 });
  const response = await new Promise<IncomingMessage>((resolve) => {
    get({ host: '127.0.0.1', port: world.port, path: '/events' }, resolve);
  });
  let text = '';
  response.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  response.on('error', () => {});
  await vi.waitFor(() => expect(text).toContain('pmcp.dashboard'));
  text = '';
  world.alerts.raise({ title: 'A new trouble' });
  await vi.waitFor(() => expect(text).toContain('A new trouble'));
  text = '';
  await world.startBot();
  await vi.waitFor(() => expect(text).toContain('"main_bot","status":"healthy"'), 5_000);
  text = '';
  const trip = { latch: 'mcp', from: 'armed', to: 'tripped', cause: 'mcp_cpu', by: 'rule' };
  world.bot().event({ kind: 'breaker', ...trip });
  await vi.waitFor(() => expect(text).toContain('data:'));
  response.destroy();
});

test('over the budget pages wait for their next refresh; who acknowledges is told at once', async () => {
  const world = await openWorld({ DASHBOARD_REFRESH_SECONDS: 10 });
  world.daemon.monitor.canAfford = () => false;
  const response = await new Promise<IncomingMessage>((resolve) => {
    get({ host: '127.0.0.1', port: world.port, path: '/events' }, resolve);
  });
  let text = '';
  response.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  response.on('error', () => {});
  await vi.waitFor(() => expect(text).toContain('"refreshMs":120000'));
  text = '';
  world.alerts.raise({ title: 'A new trouble' });
  await new Promise((done) => setTimeout(done, 1_500));
  expect(text).toBe('');
  const headers = { ...fromPage(world.port), 'x-pmcp-dashboard': '1' };
  await ask(world.port, '/api/alerts/a%2F1/ack', { method: 'POST', headers });
  await vi.waitFor(() => expect(text).toContain('A new trouble'));
  response.destroy();
});
