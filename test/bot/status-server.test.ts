import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import type { HaltRequest } from '../../src/core/status.ts';
import { parseStatusLine } from '../../src/core/status-parse.ts';
import { fakeDecision, fakeHello, fakeStatus } from '../fakes/status.ts';

let directory: string;
let socketPath: string;
let server: StatusServer;
let halts: HaltRequest[];
const opened: Socket[] = [];

async function serve(options: { limitBytes?: number; maxReaders?: number } = {}) {
  server = await createStatusServer({
    socketPath,
    hello: fakeHello,
    now: () => 1_700_000_000_000,
    onHalt: (request) => {
      if (request.reason === 'disk full') throw new Error('cannot be written');
      halts.push(request);
    },
    ...options,
  });
  return server;
}

interface Reader {
  socket: Socket;
  lines: string[];
  messages(): ReturnType<typeof parseStatusLine>[];
  types(): string[];
  ended: Promise<void>;
}

function read(): Reader {
  const socket = createConnection(socketPath);
  opened.push(socket);
  const lines: string[] = [];
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  socket.on('error', () => {});
  const messages = () => lines.map(parseStatusLine);
  return {
    socket,
    lines,
    messages,
    types: () => messages().map((m) => ('type' in m ? m.type : m.problem)),
    ended: new Promise((resolve) => socket.on('close', () => resolve())),
  };
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-status-'));
  socketPath = join(directory, 'run', 'status.sock');
  halts = [];
});

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await server?.close();
  rmSync(directory, { recursive: true });
});

test('a new reader gets greeting and newest status at once, then what follows', async () => {
  await serve();
  server.publish(fakeStatus({ openOrders: 1 }));
  server.publish(fakeStatus({ openOrders: 2 }));
  const reader = read();
  await vi.waitFor(() => expect(reader.lines).toHaveLength(2));
  server.event(fakeDecision());
  server.publish(fakeStatus({ openOrders: 3 }));
  await vi.waitFor(() => expect(reader.lines).toHaveLength(4));
  expect(reader.messages()).toMatchObject([
    { type: 'hello', pid: process.pid },
    { type: 'status', seq: 2, status: { openOrders: 2 } },
    { type: 'event', seq: 3, event: { kind: 'decision' } },
    { type: 'status', seq: 4, status: { openOrders: 3 } },
  ]);
});

test('only the owner can reach the socket, and closing removes it', async () => {
  await serve();
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o700);
  const reader = read();
  await vi.waitFor(() => expect(server.readers()).toBe(1));
  await server.close();
  await reader.ended;
  expect(() => statSync(socketPath)).toThrow('ENOENT');
});

test('a status is serialised once, however many read it, and not when nobody does', async () => {
  await serve();
  let serialised = 0;
  const counted = Object.assign(fakeStatus(), {
    toJSON: () => {
      serialised += 1;
      return fakeStatus();
    },
  });
  server.publish(counted);
  expect(serialised).toBe(0);
  const readers = Array.from({ length: 100 }, read);
  await vi.waitFor(() => expect(server.readers()).toBe(100));
  await vi.waitFor(() => expect(readers.every((r) => r.lines.length === 2)).toBe(true));
  expect(serialised).toBe(1);
  server.publish(counted);
  await vi.waitFor(() => expect(readers.every((r) => r.lines.length === 3)).toBe(true));
  expect(serialised).toBe(2);
});

test('events go out together, in order, and before the status that follows them', async () => {
  await serve();
  const reader = read();
  await vi.waitFor(() => expect(server.readers()).toBe(1));
  const chunks: string[] = [];
  reader.socket.on('data', (chunk: string) => chunks.push(chunk));
  const events = 100;
  for (let i = 0; i < events; i += 1) server.event(fakeDecision());
  await vi.waitFor(() => expect(reader.lines).toHaveLength(1 + events));
  expect(chunks.length).toBeLessThan(20);
  server.event(fakeDecision());
  server.publish(fakeStatus());
  await vi.waitFor(() => expect(reader.lines).toHaveLength(3 + events));
  const seqs = reader.messages().flatMap((message) => ('seq' in message ? [message.seq] : []));
  expect(seqs).toEqual(Array.from({ length: events + 2 }, (_, i) => i + 1));
  expect(reader.types().at(-1)).toBe('status');
});

test('a slow reader loses messages, is told how many, and gets the newest', async () => {
  await serve({ limitBytes: 64 * 1024 });
  const quick = read();
  const slow = read();
  slow.socket.pause();
  await vi.waitFor(() => expect(server.readers()).toBe(2));
  const total = 1000;
  for (let i = 1; i <= total; i++) {
    server.publish(fakeStatus({ openOrders: i }));
    if (i % 20 === 0) await vi.waitFor(() => expect(quick.lines.length).toBe(i + 1));
  }
  slow.socket.resume();
  await vi.waitFor(() => expect(slow.types().slice(-2)).toEqual(['dropped', 'status']));
  const messages = slow.messages();
  const statuses = messages.filter((m) => 'type' in m && m.type === 'status');
  const lost = messages.reduce(
    (n, m) => n + ('type' in m && m.type === 'dropped' ? m.count : 0),
    0,
  );
  expect(lost).toBeGreaterThan(0);
  // The newest is sent again behind the report, so it counts twice.
  expect(statuses.length - 1 + lost).toBe(total);
  expect(statuses.at(-1)).toMatchObject({ status: { openOrders: total } });
  expect(quick.types()).not.toContain('dropped');
});

test('a status longer than the queue still arrives', async () => {
  await serve({ limitBytes: 100 });
  const reader = read();
  await vi.waitFor(() => expect(reader.lines).toHaveLength(1));
  server.publish(fakeStatus());
  await vi.waitFor(() => expect(reader.types()).toEqual(['hello', 'status']));
});

test('a stopped reader costs neither time nor memory, and goes on when continued', async () => {
  await serve();
  const script = `let n=0;require('net').connect(process.argv[1]).on('data',d=>{
    for (const l of String(d).split('\\n')) if (l.includes('"type":"dropped"')) console.log(l)})`;
  const child = spawn(process.execPath, ['-e', script, socketPath], { stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  try {
    await vi.waitFor(() => expect(server.readers()).toBe(1), 10_000);
    child.kill('SIGSTOP');
    const status = fakeStatus();
    const before = process.memoryUsage().arrayBuffers;
    let longestMs = 0;
    for (let i = 0; i < 5000; i++) {
      const started = performance.now();
      server.publish(status);
      longestMs = Math.max(longestMs, performance.now() - started);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // 5,000 messages are some 10 MB; at most 256 KiB may wait in this process.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
    expect(longestMs).toBeLessThan(200);
    child.kill('SIGCONT');
    await vi.waitFor(() => expect(said).toContain('dropped'), 10_000);
  } finally {
    child.kill('SIGKILL');
  }
  await vi.waitFor(() => expect(server.readers()).toBe(0));
});

test('a reader may ask for a halt', async () => {
  await serve();
  const reader = read();
  reader.socket.write('{"verb":"halt","reason":"memory","by":"mcp"}\n');
  await vi.waitFor(() => expect(reader.lines).toHaveLength(2));
  expect(halts).toEqual([{ reason: 'memory', by: 'mcp' }]);
  expect(reader.messages()[1]).toEqual({ type: 'answer', ok: true, message: 'halted' });
});

test('a halt that could not be carried out is answered so', async () => {
  await serve();
  const reader = read();
  reader.socket.write('{"verb":"halt","reason":"disk full","by":"mcp"}\n');
  await vi.waitFor(() => expect(reader.lines).toHaveLength(2));
  const message = 'halt: cannot be written';
  expect(reader.messages()[1]).toEqual({ type: 'answer', ok: false, message });
});

test.each([
  ['no JSON', 'halt!', 'not a line of JSON'],
  ['a list', '[]', 'not a JSON object'],
  ['null', 'null', 'not a JSON object'],
  ['another verb', '{"verb":"resume","reason":"x","by":"y"}', 'verb "resume": only "halt"'],
  ['no verb', '{"reason":"x","by":"y"}', 'verb undefined: only "halt"'],
  ['an unknown key', '{"verb":"halt","reason":"x","by":"y","force":1}', '"force": unknown key'],
  ['no reason', '{"verb":"halt","by":"y"}', 'reason: must be a text'],
  ['a blank author', '{"verb":"halt","reason":"x","by":" "}', 'by: must be a text'],
  ['escape codes', '{"verb":"halt","reason":"\\u001b[2J","by":"y"}', 'reason: must not hold'],
])('%s is answered by one error line and halts nothing', async (_, line, expected) => {
  await serve();
  const reader = read();
  reader.socket.write(`${line}\n`);
  await vi.waitFor(() => expect(reader.lines).toHaveLength(2));
  expect(reader.messages()[1]).toMatchObject({ type: 'answer', ok: false });
  expect(reader.lines[1]).toContain(JSON.stringify(expected).slice(1, -1));
  expect(halts).toEqual([]);
  expect(server.readers()).toBe(1);
});

test.each([
  ['a line without end', 'x'.repeat(5000), 'at most 4096 bytes'],
  ['a line that is too long', `${'x'.repeat(5000)}\n`, 'at most 4096 bytes'],
  ['a flood of lines', 'x\n'.repeat(100), 'too many lines'],
])('%s ends the connection', async (_, sent, expected) => {
  await serve();
  const reader = read();
  reader.socket.write(sent);
  await reader.ended;
  expect(reader.lines.at(-1)).toContain(expected);
  expect(reader.lines.length).toBeLessThan(12);
  expect(server.readers()).toBe(0);
});

test('an abuser that does not read its answer is cut off all the same', async () => {
  await serve({ limitBytes: 32 * 1024 });
  const reader = read();
  await vi.waitFor(() => expect(server.readers()).toBe(1));
  reader.socket.pause();
  for (let i = 0; i < 500; i++) server.publish(fakeStatus());
  reader.socket.write('x'.repeat(5000));
  await vi.waitFor(() => expect(server.readers()).toBe(0), 5000);
});

test('one reader too many is told so and the others stay', async () => {
  await serve({ maxReaders: 1 });
  const first = read();
  await vi.waitFor(() => expect(first.lines).toHaveLength(1));
  const second = read();
  await second.ended;
  expect(second.messages()).toMatchObject([{ type: 'answer', ok: false }]);
  expect(server.readers()).toBe(1);
});

test('the socket of a dead process is replaced, that of a living one is not', async () => {
  const script = `require('fs').mkdirSync(process.argv[2],{recursive:true});
    require('net').createServer().listen(process.argv[1],()=>process.kill(process.pid,'SIGKILL'))`;
  const run = join(directory, 'run');
  const child = spawn(process.execPath, ['-e', script, socketPath, run]);
  await new Promise((resolve) => child.on('close', resolve));
  expect(statSync(socketPath).isSocket()).toBe(true);
  await serve();
  await expect(
    createStatusServer({ socketPath, hello: fakeHello, now: Date.now, onHalt: () => {} }),
  ).rejects.toThrow('another process listens there');
  const reader = read();
  await vi.waitFor(() => expect(reader.lines).toHaveLength(1));
});

test('a socket of somebody else and a plain file are left alone', async () => {
  await serve();
  const start = (path: string) =>
    createStatusServer({ socketPath: path, hello: fakeHello, now: Date.now, onHalt: () => {} });
  const file = join(directory, 'run', 'notes');
  writeFileSync(file, 'keep');
  await expect(start(file)).rejects.toThrow('is not a socket');
  expect(statSync(file).size).toBe(4);
  await expect(start(join(file, 'status.sock'))).rejects.toThrow('cannot listen there');
  await expect(start(join(directory, 'x'.repeat(120)))).rejects.toThrow('at most 107 bytes');
  const other = createServer().listen(join(directory, 'run', 'other'));
  await expect(start(join(directory, 'run', 'other'))).rejects.toThrow('another process');
  other.close();
});
