import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import type { BotEvent, HaltRequest } from '../../src/core/status.ts';
import {
  createStatusClient,
  readStatusOnce,
  type StatusClient,
} from '../../src/observe/status-client.ts';
import { fakeDecision, fakeHello, fakeStatus } from '../fakes/status.ts';

const backoffMs = { first: 10, longest: 40 };
let directory: string;
let socketPath: string;
let server: StatusServer | undefined;
let raw: Server | undefined;
let client: StatusClient | undefined;
const halts: HaltRequest[] = [];

const serve = async () => {
  server = await createStatusServer({
    socketPath,
    hello: fakeHello,
    now: () => 1_700_000_000_500,
    onHalt: (request) => {
      halts.push(request);
    },
  });
  return server;
};

/** A bot that sends exactly this. */
const serveRaw = (text: string) =>
  new Promise<void>((resolve) => {
    raw = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(text);
    }).listen(socketPath, resolve);
  });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-client-'));
  socketPath = join(directory, 'status.sock');
});

afterEach(async () => {
  client?.close();
  raw?.close();
  await server?.close();
  rmSync(directory, { recursive: true });
  client = raw = server = undefined;
});

test('follows the bot across restarts', async () => {
  const connections: boolean[] = [];
  const events: BotEvent[] = [];
  client = createStatusClient({
    socketPath,
    backoffMs,
    onConnection: (connected) => connections.push(connected),
    onEvent: (event) => events.push(event),
  });
  expect(client.view()).toMatchObject({ connected: false, status: undefined, ageMs: undefined });
  await vi.waitFor(() => expect(client?.view().lastProblem).toContain('no bot runs'));
  let bot = await serve();
  bot.publish(fakeStatus({ openOrders: 1 }));
  await vi.waitFor(() => expect(client?.view().status?.openOrders).toBe(1));
  bot.event(fakeDecision());
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(client.view()).toMatchObject({ connected: true, statusAtMs: 1_700_000_000_500 });
  expect(client.view().ageMs).toBeGreaterThanOrEqual(0);
  await bot.close();
  await vi.waitFor(() => expect(client?.view().connected).toBe(false));
  bot = await serve();
  bot.publish(fakeStatus({ openOrders: 2 }));
  await vi.waitFor(() => expect(client?.view().status?.openOrders).toBe(2));
  expect(client.view().connects).toBe(2);
  expect(connections).toEqual([true, false, true]);
});

test('asks for a halt and hears the answer', async () => {
  const answers: string[] = [];
  client = createStatusClient({ socketPath, backoffMs, onAnswer: (_, text) => answers.push(text) });
  expect(client.halt({ reason: 'memory', by: 'mcp' })).toBe(false);
  await serve();
  await vi.waitFor(() => expect(client?.view().connected).toBe(true));
  expect(client.halt({ reason: 'memory', by: 'mcp' })).toBe(true);
  await vi.waitFor(() => expect(answers).toEqual(['halted']));
  expect(halts).toEqual([{ reason: 'memory', by: 'mcp' }]);
});

const hello = JSON.stringify({ type: 'hello', ...fakeHello });
const status = (overrides: object) =>
  JSON.stringify({ type: 'status', seq: 1, atMs: 5, status: { ...fakeStatus(), ...overrides } });

test('counts what is no message and keeps the rest', async () => {
  const lines = [
    hello,
    'x',
    '{}',
    status({ cashMicro: 'much' }),
    status({}),
    '{"type":"dropped","count":4}',
  ];
  await serveRaw(`${lines.join('\n')}\n`);
  client = createStatusClient({ socketPath, backoffMs });
  await vi.waitFor(() => expect(client?.view().dropped).toBe(4));
  expect(client.view()).toMatchObject({ connected: true, malformed: 3 });
  expect(client.view().lastProblem).toBe('status.cashMicro: must be a number, got "much"');
  expect(client.view().status).toBeDefined();
});

test('a bot that speaks another version is not believed', async () => {
  await serveRaw(`${hello.replace('"version":1', '"version":2')}\n${status({})}\n`);
  client = createStatusClient({ socketPath, backoffMs });
  await vi.waitFor(() => expect(client?.view().malformed).toBe(1));
  expect(client.view()).toMatchObject({ connected: false, status: undefined });
  expect(client.view().lastProblem).toContain('version 1, the bot speaks 2');
});

test('a line without end is cut off', async () => {
  await serveRaw('x'.repeat(9 * 1024 * 1024));
  client = createStatusClient({ socketPath, backoffMs });
  await vi.waitFor(() => expect(client?.view().malformed).toBeGreaterThan(0), 5000);
  expect(client.view().lastProblem).toContain('a line of more than');
});

test('reads once', async () => {
  const bot = await serve();
  bot.publish(fakeStatus({ openOrders: 7 }));
  const read = await readStatusOnce(socketPath, 1000);
  expect(read).toMatchObject({ hello: { pid: process.pid }, status: { openOrders: 7 } });
});

test.each([
  ['nobody was ever there', undefined, 'no bot runs on this data directory'],
  ['the bot says nothing', '', 'no answer within 100 ms'],
  ['the bot has only greeted', `${hello}\n`, 'has published no status yet'],
  ['it is no bot', 'HTTP/1.1 400\n', 'not JSON'],
  ['it is full', '{"type":"answer","ok":false,"message":"128 readers"}\n', '128 readers'],
])('reading once says why not: %s', async (_, sent, expected) => {
  if (sent !== undefined) await serveRaw(sent);
  const read = await readStatusOnce(socketPath, 100);
  expect('problem' in read && read.problem).toContain(expected);
});

test('reading once tells a left-over socket from a closed connection', async () => {
  raw = createServer((socket) => socket.destroy()).listen(socketPath);
  const closed = await readStatusOnce(socketPath, 1000);
  expect('problem' in closed && closed.problem).toMatch('the bot closed the connection');
});
