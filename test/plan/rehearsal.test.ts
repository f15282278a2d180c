import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStatusServer, type StatusServer } from '../../src/bot/status-server.ts';
import type { BotStatus } from '../../src/core/status.ts';
import { rehearse } from '../../src/plan/rehearsal.ts';
import type { Site } from '../../src/plan/site.ts';
import { fakeHello, fakeStatus } from '../fakes/status.ts';
import { temporaryDirectory } from '../journeys/run.ts';
import { putInto } from './project.ts';

let home: string;
let exchange: Server;
let bot: StatusServer;
let timer: NodeJS.Timeout;
/** What the exchange was asked to do wrong. */
let faults: string[];
/** A bot that loses an order once a fault is armed, and finds it when they are cleared. */
let losesOrders: boolean;
let findsOrders: boolean;

beforeEach(async () => {
  home = temporaryDirectory();
  [faults, losesOrders, findsOrders] = [[], true, true];
  let armed = false;
  exchange = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    armed = request.method === 'POST';
    faults.push(`${request.method} ${JSON.parse(body || '{}').kind ?? ''}`);
    response.writeHead(201).end('{}');
  });
  await new Promise<void>((done) => exchange.listen(0, '127.0.0.1', done));
  bot = await createStatusServer({
    socketPath: join(home, 'run', 'status.sock'),
    hello: { ...fakeHello, mode: 'paper', pid: process.pid },
    onHalt: () => {},
    now: () => Date.now(),
  });
  let copied = 0;
  let open = 0;
  timer = setInterval(() => {
    copied += 1;
    if (armed && losesOrders) open = 1;
    if (!armed && findsOrders) open = 0;
    const status: BotStatus = fakeStatus({ unknownOrders: open, decisions: { copy: copied } });
    bot.publish(status);
  }, 5);
});
afterEach(async () => {
  clearInterval(timer);
  exchange.close();
  await bot.close();
});

/** A pmcp whose rollback ends so. */
function site(code: number, text = 'rolled back'): Site {
  const put = putInto(home);
  const words = JSON.stringify(text);
  put('pmcp.cjs', `console.error(${words}); process.exitCode = ${code};\n`);
  const { port } = exchange.address() as AddressInfo;
  return {
    config: { EXCHANGE_HOST: '127.0.0.1', EXCHANGE_PORT: port },
    socketPath: join(home, 'run', 'status.sock'),
    self: { command: process.execPath, args: [join(home, 'pmcp.cjs')] },
    env: process.env,
    pace: 0.01,
    signal: new AbortController().signal,
    progress: () => {},
  } as unknown as Site;
}

test('an order without an answer is in flight, and found afterwards', async () => {
  const finding = await rehearse(site(0), 'immediate');
  expect(finding).toMatchObject({ result: 'PASS', threshold: 300, unit: 's' });
  expect(finding.detail).toContain('0 orders without an answer left');
  expect(faults).toEqual(['POST lost_answer', 'POST slow_answer', 'DELETE ']);
  expect(finding.command).toBe('pmcp rollback --immediate --host local --reason rehearsal --json');
});

test('an order that is lost for good is a failure', async () => {
  findsOrders = false;
  const finding = await rehearse(site(0), 'full');
  expect(finding).toMatchObject({
    result: 'FAIL',
    detail: expect.stringContaining('1 orders without an answer left'),
  });
});

test('where no order was in flight nothing is proved', async () => {
  losesOrders = false;
  expect(await rehearse(site(0), 'full')).toMatchObject({ result: 'INCONCLUSIVE' });
});

test.each([
  [3, 'SKIPPED'],
  [6, 'FAIL'],
])('a rollback that ends with %i is %s, in its own words', async (code, result) => {
  const words = 'pmcp: local: there is no backup';
  expect(await rehearse(site(code, words), 'full')).toMatchObject({ result, detail: words });
});

test('without a bot nothing is rolled back', async () => {
  await bot.close();
  const finding = await rehearse(site(0), 'full');
  expect(finding).toMatchObject({ result: 'INCONCLUSIVE' });
  expect(finding.command).toBeUndefined();
});

test('an exchange that has no side door leaves it untold', async () => {
  exchange.removeAllListeners('request');
  exchange.on('request', (_, response) => response.writeHead(404).end());
  const finding = await rehearse(site(0), 'full');
  expect(finding).toMatchObject({ result: 'INCONCLUSIVE', detail: expect.stringContaining('404') });
});
