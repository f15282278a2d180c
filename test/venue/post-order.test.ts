import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildHmacSignature } from '@polymarket/client';
import { afterEach, expect, test, vi } from 'vitest';
import { createAuthenticator } from '../../src/venue/credentials.ts';
import { createHttpClient } from '../../src/venue/http.ts';
import { createOrderPoster } from '../../src/venue/post-order.ts';

const ID = `0x${'ab'.repeat(32)}`;
const ORDER = { orderId: ID, payload: '{"order":{"side":"BUY"}}' };
const credentials = { key: 'k', secret: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=', passphrase: 'p' };
const authenticate = createAuthenticator('0xSigner', credentials, () => 1_764_000_000_500);
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function poster(
  handler: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  timeoutMs = 2_000,
) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    handler(request, response, body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const http = createHttpClient(`http://127.0.0.1:${port}/clob`, timeoutMs);
  closers.push(() => http.close());
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return createOrderPoster(http, authenticate);
}

test('sends exactly the journaled bytes, authenticated as the official client does', async () => {
  let seen: { url?: string; headers: IncomingMessage['headers']; body: string } | undefined;
  const post = await poster((request, response, body) => {
    seen = { url: request.url, headers: request.headers, body };
    response.end(JSON.stringify({ success: true, status: 'live', orderID: ID, errorMsg: '' }));
  });
  expect(await post(ORDER)).toMatchObject({ kind: 'accepted', status: 'live' });
  expect(seen?.url).toBe('/clob/order');
  expect(seen?.body).toBe(ORDER.payload);
  expect(seen?.headers).toMatchObject({
    poly_address: '0xSigner',
    poly_api_key: 'k',
    poly_passphrase: 'p',
    poly_timestamp: '1764000000',
    poly_signature: await buildHmacSignature(
      credentials.secret,
      1_764_000_000,
      'POST',
      '/order',
      ORDER.payload,
    ),
  });
});

test('an HMAC of a request without a body covers none', async () => {
  const mac = createHmac('sha256', Buffer.from(credentials.secret, 'base64'))
    .update('1764000000GET/data/orders')
    .digest('base64url');
  const { POLY_SIGNATURE = '' } = authenticate('GET', '/data/orders');
  expect(POLY_SIGNATURE.replace(/=+$/, '')).toBe(mac);
});

test('an answer that does not come in time is unknown', async () => {
  const post = await poster(() => {}, 150);
  const started = performance.now();
  expect((await post(ORDER)).kind).toBe('unknown');
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('a headers-only answer that never ends is unknown too', async () => {
  const post = await poster((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{');
  }, 150);
  expect((await post(ORDER)).kind).toBe('unknown');
});

test('a connection lost after sending is unknown', async () => {
  const post = await poster((request) => request.socket.destroy());
  expect((await post(ORDER)).kind).toBe('unknown');
});

test('a refused connection proves that nothing was sent', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  const http = createHttpClient(`http://127.0.0.1:${port}`, 500);
  closers.push(() => http.close());
  const onSent = vi.fn();
  const outcome = await createOrderPoster(http, authenticate)(ORDER, onSent);
  expect(outcome).toMatchObject({ kind: 'rejected', code: 'unreachable' });
  expect(onSent).not.toHaveBeenCalled();
});

test('that it was sent is told once, also when no answer ever comes', async () => {
  const post = await poster(() => {}, 150);
  const onSent = vi.fn();
  for (const times of [1, 2]) {
    expect((await post(ORDER, onSent)).kind).toBe('unknown');
    expect(onSent).toHaveBeenCalledTimes(times);
  }
});

test('Retry-After comes through', async () => {
  const post = await poster((_, response) => {
    response.writeHead(429, { 'retry-after': '3' });
    response.end();
  });
  expect(await post(ORDER)).toMatchObject({ code: 'rate_limited', retryAfterMs: 3_000 });
});

test('one connection serves posts with seconds of silence between them', async () => {
  const ports = new Set<number | undefined>();
  const post = await poster((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  await post(ORDER);
  await new Promise((done) => setTimeout(done, 1_200));
  await post(ORDER);
  expect(ports.size).toBe(1);
});
