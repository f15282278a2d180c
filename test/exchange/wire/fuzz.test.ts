import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  call,
  getJson,
  liquidMarket,
  login,
  openSocket,
  orderBody,
  startPaper,
} from './harness.ts';

/** Nothing that a client can send may bring the exchange down or make it answer 500. */
const PATHS = [
  ...['/clob/book', '/clob/books', '/clob/order', '/clob/orders', '/clob/data/orders'],
  ...['/clob/data/trades', '/clob/auth/api-key', '/clob/cancel-all', '/clob/v1/heartbeats'],
  ...['/data/trades', '/data/activity', '/data/positions', '/data/value', '/data/closed-positions'],
  ...['/gamma/markets', '/gamma/markets/keyset', '/gamma/markets/slug/', '/relayer/submit'],
  ...['/relayer/deployed', '/rpc', '/control/faults', '/control/resolve', '/control/ledger', '/'],
];
const RUNS = 1500;

const word = fc.oneof(
  fc.constantFrom('user', 'limit', 'offset', 'token_id', 'wallet', 'kind', 'method', 'params'),
  fc.string({ maxLength: 20 }),
);
const value = fc.oneof(
  fc.constantFrom('-1', '1e9', 'NaN', `0x${'0'.repeat(40)}`, '99999999999999999999', '%', '\u0000'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const body = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.string({ maxLength: 200 }),
  fc
    .record({
      jsonrpc: fc.constant('2.0'),
      id: fc.jsonValue(),
      method: word,
      params: fc.jsonValue(),
    })
    .map((call) => JSON.stringify(call)),
);

it('answers every malformed request, and never with 500', async () => {
  const exchange = await startPaper();
  try {
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'PUT'),
      path: fc.constantFrom(...PATHS),
      tail: fc.oneof(fc.constant(''), value),
      query: fc.array(fc.tuple(word, value), { maxLength: 4 }),
      body,
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, tail, query, body: text }) => {
        const search = new URLSearchParams(query).toString();
        const response = await fetch(
          `${exchange.url}${path}${encodeURIComponent(tail)}?${search}`,
          { method, ...(method !== 'GET' && { body: text }) },
        );
        await response.arrayBuffer();
        expect(response.status).not.toBe(500);
      }),
      { numRuns: RUNS },
    );
    expect((await getJson(exchange, '/clob/time')).status).toBe(200);
  } finally {
    await exchange.close();
  }
}, 120_000);

it('answers malformed orders of a real account with 400', async () => {
  const exchange = await startPaper();
  try {
    const account = await login(exchange);
    const market = await liquidMarket(exchange);
    const fields = Object.keys(orderBody(account, market, {}).body.order);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue(), async (field, junk) => {
        const { body: sent } = orderBody(account, market, {}, { [field]: junk });
        const answer = await call(exchange, account, 'POST', '/order', sent);
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual({ error: expect.any(String) });
      }),
      { numRuns: 500 },
    );
  } finally {
    await exchange.close();
  }
}, 120_000);

it('answers malformed calls of a real account without a crash', async () => {
  const exchange = await startPaper();
  try {
    const account = await login(exchange);
    const target = fc.constantFrom(
      ...(['/order', '/orders', '/cancel-all', '/cancel-market-orders'] as const).map(
        (path) => ['DELETE', path] as const,
      ),
      ['POST', '/orders'] as const,
      ['POST', '/v1/heartbeats'] as const,
    );
    await fc.assert(
      fc.asyncProperty(target, fc.jsonValue(), async ([method, path], junk) => {
        expect((await call(exchange, account, method, path, junk)).status).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
  } finally {
    await exchange.close();
  }
}, 120_000);

it('answers malformed contract calls and transactions without a crash', async () => {
  const exchange = await startPaper();
  try {
    const selector = fc.constantFrom('dd62ed3e', '70a08231', '00fdd58e', '4e1273f4', '59659e90');
    const words = fc.array(
      fc.oneof(
        fc.constantFrom('0', '20', '40', '60', '1', 'ff').map((hex) => hex.padStart(64, '0')),
        fc.constant('f'.repeat(64)),
      ),
      { maxLength: 8 },
    );
    const data = fc.tuple(selector, words).map(([head, tail]) => `0x${head}${tail.join('')}`);
    const raw = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const request = fc.oneof(
      data.map((hex) => ({ method: 'eth_call', params: [{ data: hex }] })),
      raw.map((hex) => ({ method: 'eth_sendRawTransaction', params: [`0x02${hex}`] })),
      fc.jsonValue().map((junk) => ({ method: 'eth_getTransactionCount', params: [junk] })),
    );
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const response = await fetch(`${exchange.url}/rpc`, {
          method: 'POST',
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...sent }),
        });
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 1 });
      }),
      { numRuns: 600 },
    );
  } finally {
    await exchange.close();
  }
}, 120_000);

it('survives frames and bytes that mean nothing', async () => {
  const exchange = await startPaper();
  try {
    for (const path of ['/ws/market', '/ws/user', '/rtds']) {
      let feed = await openSocket(exchange, path);
      for (const text of fc.sample(
        fc.oneof(
          body,
          fc.record({ action: word, subscriptions: fc.jsonValue() }).map((f) => JSON.stringify(f)),
          fc.record({ assets_ids: fc.jsonValue(), operation: word }).map((f) => JSON.stringify(f)),
          fc.record({ auth: fc.jsonValue(), type: word }).map((f) => JSON.stringify(f)),
        ),
        700,
      )) {
        if (feed.socket.readyState !== feed.socket.OPEN) feed = await openSocket(exchange, path);
        feed.send(text);
      }
      feed.close();
    }
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), 200)) {
      const socket = connect(exchange.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(bytes);
    }
    expect((await getJson(exchange, '/clob/time')).status).toBe(200);
    expect(exchange.engine.audit().problems).toEqual([]);
  } finally {
    await exchange.close();
  }
}, 120_000);
