import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../real/daemon.ts';
import { createFuzzClient, type FuzzClient } from './client.ts';

/** Many clients, and bad ones: others are served, and all that they took is given back. */

const PATH = '/mcp/monitoring';
const MEGABYTE = 1024 * 1024;
/** PMCP_SESSIONS=10000 asks for the whole of it, which takes a minute. */
const SESSIONS = Number(process.env['PMCP_SESSIONS'] ?? 2_000);
/** Calls that a greedy client has under way. */
const FLOOD = 32;

let daemon: Daemon;
let client: FuzzClient;
let port: number;

beforeAll(async () => {
  daemon = await startDaemon();
  const { origin, port: text } = new URL(daemon.url('monitoring'));
  port = Number(text);
  client = createFuzzClient(origin, 64);
});
afterAll(async () => {
  await client.close();
  await daemon.close();
});

const health = (session: string) =>
  client.call(PATH, session, 'tools/call', { name: 'get_system_health' });

function headers(length: number, more: string): string {
  const lines = [
    `POST ${PATH} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${length}`,
  ];
  return `${lines.join('\r\n')}\r\n${more}\r\n`;
}

function open(bytes: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  return socket;
}

test('64 clients at once are all answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const session = await client.initialize(PATH);
      for (let turn = 0; turn < 5; turn += 1) await health(session);
      return health(session);
    }),
  );
  expect(answers).toHaveLength(64);
  expect((await daemon.measure()).sessions).toBe(64);
});

test(`${SESSIONS} sessions opened and dropped leave no more than are kept`, async () => {
  const warm = async (times: number) => {
    let turn = 0;
    const worker = async () => {
      while (turn++ < times) await client.initialize(PATH);
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    return daemon.measure();
  };
  const before = await warm(1_500);
  const after = await warm(SESSIONS);
  expect(after.sessions).toBe(1_024);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(2 * MEGABYTE);
  expect(after.rss - before.rss).toBeLessThan(10 * MEGABYTE);
}, 300_000);

test('half-open connections are given up, and keep nobody out', async () => {
  const session = await client.initialize(PATH);
  const ends: Promise<void>[] = [];
  const sockets = Array.from({ length: 300 }, (_, index) => {
    const halves = ['', 'POST /mcp', headers(100, '').slice(0, -2), `${headers(100, '')}{"json`];
    const socket = open(halves[index % halves.length] ?? '');
    ends.push(new Promise((resolve) => socket.once('close', () => resolve())));
    return socket;
  });
  await Promise.race(ends);
  expect(await health(session)).toBeDefined();
  for (const socket of sockets) socket.destroy();
});

test('a body without end is cut off', async () => {
  const socket = open(headers(2 ** 40, ''));
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const part = Buffer.alloc(MEGABYTE, 32);
  const send = () => {
    while (socket.writable && socket.write(part));
  };
  socket.on('drain', send);
  send();
  await ended;
  expect(socket.bytesWritten).toBeLessThan(64 * MEGABYTE);
});

test('a slow reader and a flood of one client delay no other', async () => {
  const session = await client.initialize(PATH);
  const other = createFuzzClient(new URL(daemon.url('monitoring')).origin, 1);
  const mine = await other.initialize(PATH);
  const call = (id: number) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'list_trades', arguments: { limit: 60 } },
    });
  // Asks on and on over one connection, and reads none of the answers.
  const slow = open('');
  slow.pause();
  for (let id = 0; id < 500; id += 1) {
    const body = call(id);
    slow.write(headers(Buffer.byteLength(body), `Mcp-Session-Id: ${session}\r\n`) + body);
  }
  let flooding = true;
  let answered = 0;
  const flood = Array.from({ length: FLOOD }, async () => {
    for (; flooding; answered += 1) await health(session).catch(() => undefined);
  });
  for (let turn = 0; turn < 20; turn += 1) {
    const before = answered;
    await other.call(PATH, mine, 'tools/call', { name: 'get_system_health' });
    // Those asked before it may be answered first, and a few rounds more; never all of them.
    expect(answered - before).toBeLessThan(5 * FLOOD);
  }
  flooding = false;
  await Promise.all([...flood, other.close()]);
  slow.destroy();
});

test('calls that are cancelled by leaving end, and 10 MB bodies are refused whole', async () => {
  const before = await daemon.measure();
  const session = await client.initialize(PATH);
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'run_tests', arguments: {} },
  });
  for (let turn = 0; turn < 3; turn += 1) {
    const testing = await client.initialize('/mcp/testing');
    const at = headers(body.length, `Mcp-Session-Id: ${testing}\r\n`);
    const socket = open(at.replace(PATH, '/mcp/testing') + body);
    await sleep(150);
    socket.destroy();
    const problem = await client.judge({
      what: '10 MB',
      method: 'POST',
      path: PATH,
      headers: { 'content-type': 'application/json' },
      body: ' '.repeat(10 * MEGABYTE),
      wants: 'error',
    });
    expect(problem).toBeUndefined();
  }
  expect(await health(session)).toBeDefined();
  await expect
    .poll(async () => (await daemon.measure()).children, { timeout: 10_000, interval: 300 })
    .toBe(0);
  const after = await daemon.measure();
  expect(after.rss - before.rss).toBeLessThan(16 * MEGABYTE);
  expect(daemon.complaints()).toBe('');
});
