import { expect, test, vi } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { createAccess } from '../../../src/observe/dashboard-server/access.ts';
import { ask, fromPage, openWorld } from './world.ts';

const TOKEN = 'correct-horse-battery';
const guarded = () => openWorld({ DASHBOARD_TOKEN: new Secret(TOKEN) });

const login = (port: number, token: string, headers = fromPage(port)) =>
  ask(port, '/login', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: `token=${encodeURIComponent(token)}`,
  });

test('without a token configured the dashboard is open', async () => {
  const { port } = await openWorld();
  expect((await ask(port, '/')).status).toBe(200);
  expect((await ask(port, '/login')).status).toBe(404);
});

test('with one, nothing but life, the way in and its looks is shown', async () => {
  const { port } = await guarded();
  for (const path of ['/', '/app.js', '/health', '/api/state', '/api/history', '/events', '/no']) {
    const { status, headers, body } = await ask(port, path);
    expect(status, path).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer');
    expect(body).not.toContain(TOKEN);
  }
  const ack = { method: 'POST', headers: { ...fromPage(port), 'x-pmcp-dashboard': '1' } };
  expect((await ask(port, '/api/alerts/x/ack', ack)).status).toBe(401);
  for (const path of ['/livez', '/login', '/style.css', '/icon.svg']) {
    expect((await ask(port, path)).status, path).toBe(200);
  }
  const page = await ask(port, '/', { headers: { accept: 'text/html' } });
  expect(page).toMatchObject({ status: 303, headers: { location: '/login' } });
});

test('a program shows the token as a bearer', async () => {
  const { port } = await guarded();
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect((await ask(port, '/health', bearer(TOKEN))).status).toBe(200);
  expect((await ask(port, '/health', bearer(`${TOKEN}x`))).status).toBe(401);
  expect((await ask(port, '/health', bearer(''))).status).toBe(401);
});

test('a person logs in, and the cookie is no other one', async () => {
  const { port } = await guarded();
  const wrong = await login(port, 'wrong');
  expect(wrong.status).toBe(401);
  expect(wrong.headers['set-cookie']).toBeUndefined();
  expect(wrong.body).toContain('This is not the token.');

  const right = await login(port, TOKEN);
  expect(right).toMatchObject({ status: 303, headers: { location: '/' } });
  const [header = ''] = right.headers['set-cookie'] ?? [];
  expect(header).toMatch(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
  expect(header).not.toContain(TOKEN);
  const cookie = header.split(';', 1)[0] ?? '';
  const withCookie = async (value: string) =>
    (await ask(port, '/api/state', { headers: { cookie: value } })).status;
  expect(await withCookie(`other=1; ${cookie}`)).toBe(200);
  const longer = cookie.replace(/=(\d)/, '=9$1');
  expect(await withCookie(longer)).toBe(401);
  expect(await withCookie(cookie.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A')))).toBe(401);
  expect(await withCookie('pmcp_session=')).toBe(401);
});

test('nobody else’s page logs in, and no flood is read', async () => {
  const { port } = await guarded();
  expect((await login(port, TOKEN, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await login(port, TOKEN, {})).status).toBe(403);
  expect((await login(port, 'x'.repeat(5_000))).status).toBe(401);
});

test('guessing is slowed down, a session ends, and another token ends it too', async () => {
  let nowMs = 1_000_000;
  const access = createAccess(TOKEN, () => nowMs);
  const post = access.routes.get('POST /login');
  const tryToken = async (token: string) => {
    const request = Object.assign([Buffer.from(`token=${token}`)], {
      headers: { ...fromPage(1), host: '127.0.0.1:1' },
    });
    const page = await post?.(request as never);
    return page as { status: number; headers?: Record<string, string> };
  };
  const admits = (by: typeof access, cookie: string) =>
    by.admit({ headers: { cookie }, url: '/' } as never) === undefined;

  const cookie = (await tryToken(TOKEN)).headers?.['Set-Cookie']?.split(';', 1)[0] ?? '';
  expect(admits(access, cookie)).toBe(true);
  expect(
    admits(
      createAccess('another-token-of-ours', () => nowMs),
      cookie,
    ),
  ).toBe(false);
  nowMs += 12 * 3_600_000;
  expect(admits(access, cookie)).toBe(false);

  for (let index = 0; index < 10; index++) expect((await tryToken('no')).status).toBe(401);
  expect(await tryToken(TOKEN)).toMatchObject({ status: 429, headers: { 'Retry-After': '60' } });
  nowMs += 60_001;
  await vi.waitFor(async () => expect((await tryToken(TOKEN)).status).toBe(303));
});
