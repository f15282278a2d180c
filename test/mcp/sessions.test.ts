import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, expect, test } from 'vitest';
import {
  createSessionHost,
  type SessionHost,
  type SessionLimits,
} from '../../src/mcp/adapter/legacy-sessions.ts';

let http: HttpServer | undefined;
let host: SessionHost | undefined;
let closed = 0;
let release: () => void = () => undefined;

afterEach(async () => {
  await host?.close();
  http?.closeAllConnections();
  http?.close();
  closed = 0;
});

/** A session host whose `tools/list` is answered when `release` is called. */
async function start(limits: SessionLimits): Promise<string> {
  const open = async () => {
    const server = new Server({ name: 'demo', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { tools: [] };
    });
    server.onclose = () => {
      closed += 1;
    };
    return server;
  };
  const sessions = createSessionHost(open, limits);
  host = sessions;
  http = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const text = Buffer.concat(chunks).toString();
    await sessions.handle(request, response, text === '' ? undefined : JSON.parse(text));
  });
  await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
}

const post = (url: string, body: object, session?: string) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify(body),
  });

async function initialize(url: string): Promise<Response> {
  const clientInfo = { name: 't', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  return post(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params });
}

const idOf = (response: Response) => response.headers.get('mcp-session-id') ?? '';
const list = { jsonrpc: '2.0', id: 7, method: 'tools/list' };

test('an idle session ends, one with a call under way does not', async () => {
  const url = await start({ idleMs: 250, unusedMs: 250, sweepMs: 10, most: 10 });
  const busy = idOf(await initialize(url));
  const call = await post(url, list, busy);
  const idle = idOf(await initialize(url));
  await expect.poll(() => closed).toBe(1);
  expect(host?.count()).toBe(1);
  expect((await post(url, list, idle)).status).toBe(404);
  release();
  expect(await call.text()).toContain('"tools":[]');
  await expect.poll(() => closed).toBe(2);
});

test('one that never asks for anything ends sooner, and gives way first', async () => {
  const url = await start({ idleMs: 60_000, unusedMs: 250, sweepMs: 10, most: 2 });
  const used = idOf(await initialize(url));
  const call = await post(url, list, used);
  release();
  await call.text();
  await initialize(url);
  await initialize(url);
  const again = await post(url, list, used);
  expect(again.status).toBe(200);
  release();
  await again.text();
  await expect.poll(() => host?.count()).toBe(1);
  expect(closed).toBe(2);
});

test('beyond the most, the longest idle session gives way, and a busy one does not', async () => {
  const url = await start({ idleMs: 60_000, unusedMs: 60_000, sweepMs: 60_000, most: 2 });
  const first = idOf(await initialize(url));
  const second = idOf(await initialize(url));
  const third = idOf(await initialize(url));
  expect((await post(url, list, first)).status).toBe(404);
  const calls = [second, third].map((id) => post(url, list, id));
  await Promise.all(calls);
  const refused = await initialize(url);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain('all 2 sessions are busy');
});

test('a second request of an id that is under way is refused, later it is not', async () => {
  const url = await start({ idleMs: 60_000, unusedMs: 60_000, sweepMs: 60_000, most: 2 });
  const session = idOf(await initialize(url));
  const call = await post(url, list, session);
  const again = await post(url, list, session);
  expect(again.status).toBe(400);
  expect(await again.text()).toContain('a request with the id 7 is under way');
  const batch = await post(
    url,
    [list, list].map((one) => ({ ...one, id: 8 })),
    session,
  );
  expect(batch.status).toBe(400);
  release();
  await call.text();
  const later = await post(url, list, session);
  expect(later.status).toBe(200);
  release();
  await later.text();
});
