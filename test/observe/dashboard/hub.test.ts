import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHub, type Hub } from '../../../src/observe/dashboard-server/hub.ts';

let server: Server;
let hub: Hub;
let made = 0;
let size = 10;

const start = async (options: Partial<Parameters<typeof createHub>[0]> = {}) => {
  made = 0;
  hub = createHub({
    message: () => {
      made += 1;
      return Buffer.from(`${made} ${'x'.repeat(size)}`);
    },
    refreshMs: () => 60_000,
    pauseMs: 100,
    ...options,
  });
  server = createServer(async (request, response) => {
    const answer = await hub.open(request);
    if ('stream' in answer) answer.stream(request, response);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
};

interface Reader {
  response: IncomingMessage;
  events: string[];
  ended: Promise<void>;
}

const read = (port: number) =>
  new Promise<Reader>((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      const events: string[] = [];
      // Counted, not kept: some messages are large.
      let open = '';
      const ended = new Promise<void>((done) => response.once('close', done));
      response.setEncoding('utf8').on('data', (text: string) => {
        const parts = text.split('\n\n');
        for (const [index, part] of parts.entries()) {
          open = (open + part).slice(0, 100);
          if (index === parts.length - 1) continue;
          events.push(open);
          open = '';
        }
      });
      response.on('error', () => {});
      resolve({ response, events, ended });
    }).on('error', reject);
  });

beforeEach(() => {
  size = 10;
});

afterEach(async () => {
  hub.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test('a reader gets the state at once, and then every refresh', async () => {
  const port = await start({ refreshMs: () => 50 });
  const reader = await read(port);
  expect(reader.response.headers['content-type']).toBe('text/event-stream');
  await vi.waitFor(() => expect(reader.events.length).toBeGreaterThan(3));
  expect(reader.events[0]).toMatch(/^retry: 2000\ndata: 1 x+$/);
  expect(reader.events[1]).toMatch(/^data: 2 x+$/);
});

test('200 readers share one message, and leave no one behind', async () => {
  const port = await start();
  const readers = await Promise.all(Array.from({ length: 200 }, () => read(port)));
  expect(hub.readers()).toBe(200);
  await vi.waitFor(() => expect(readers.every(({ events }) => events.length === 1)).toBe(true));
  made = 0;
  hub.tell(true);
  await vi.waitFor(() => expect(readers.every(({ events }) => events.length === 2)).toBe(true));
  expect(made).toBe(1);
  for (const { response } of readers) response.destroy();
  await vi.waitFor(() => expect(hub.readers()).toBe(0));
});

test('news in a burst are told once; urgent news do not wait for the others', async () => {
  const port = await start({ pauseMs: 5_000 });
  const { events } = await read(port);
  hub.tell(true);
  await vi.waitFor(() => expect(events).toHaveLength(2));
  const toldTick = performance.now();
  for (let index = 0; index < 20; index++) hub.tell(false);
  hub.tell(true);
  hub.tell(false);
  await vi.waitFor(() => expect(events).toHaveLength(3));
  expect(performance.now() - toldTick).toBeLessThan(2_000);
  await new Promise((done) => setTimeout(done, 200));
  expect(events).toHaveLength(3);
});

test('without readers nothing is made', async () => {
  const port = await start({ refreshMs: () => 20 });
  hub.tell(true);
  const reader = await read(port);
  reader.response.destroy();
  await vi.waitFor(() => expect(hub.readers()).toBe(0));
  const before = made;
  hub.tell(true);
  await new Promise((done) => setTimeout(done, 100));
  expect(made).toBe(before);
});

test('a reader who takes nothing misses messages, then is cut; others go on', async () => {
  size = 2_000_000;
  const port = await start({ pauseMs: 0, stallMs: 1_000 });
  const stalled = connect(port, '127.0.0.1');
  stalled.on('error', () => {});
  stalled.pause();
  stalled.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await vi.waitFor(() => expect(hub.readers()).toBe(1));
  const lively = await read(port);
  const heldBefore = process.memoryUsage().rss;
  const telling = setInterval(() => hub.tell(true), 100);
  await vi.waitFor(() => expect(hub.readers()).toBe(1), 5_000);
  clearInterval(telling);
  const told = lively.events.length;
  expect(told).toBeGreaterThan(2);
  // What he missed was not kept for him.
  expect(process.memoryUsage().rss - heldBefore).toBeLessThan(200_000_000);
  hub.tell(true);
  await vi.waitFor(() => expect(lively.events.length).toBeGreaterThan(told));
  stalled.destroy();
});

test('more readers than allowed are turned away, and told when to come again', async () => {
  const port = await start({ maxReaders: 1 });
  await read(port);
  const { response } = await read(port);
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('10');
});

test('closing ends every stream', async () => {
  const port = await start();
  const reader = await read(port);
  hub.close();
  await reader.ended;
  expect(hub.readers()).toBe(0);
});
