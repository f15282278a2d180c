import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import {
  buyAtAsk,
  type Credentials,
  call,
  control,
  getJson,
  liquidMarket,
  login,
  openSocket,
  orderBody,
  sleep,
  startPaper,
  waitFor,
} from './harness.ts';

let exchange: Exchange;
let market: ExchangeMarket;
let account: Credentials;

beforeAll(async () => {
  exchange = await startPaper();
  market = await liquidMarket(exchange);
  account = await login(exchange);
});
afterEach(() => control(exchange, 'DELETE', '/faults'));
afterAll(() => exchange.close());

const arm = async (fault: object) => {
  const answer = await control(exchange, 'POST', '/faults', fault);
  expect(answer.status).toBe(201);
};
const post = (fields: object = buyAtAsk(exchange, market, 2)) => {
  const { body, orderId } = orderBody(account, market, fields);
  return { orderId, answer: call(exchange, account, 'POST', '/order', body) };
};
const subscribed = async () => {
  const feed = await openSocket(exchange, '/rtds');
  feed.send({ action: 'subscribe', subscriptions: [{ topic: 'activity', type: '*' }] });
  return feed;
};
const own = (feed: Awaited<ReturnType<typeof subscribed>>, type: string) =>
  feed
    .events()
    .filter((event) => event['type'] === type)
    .map((event) => event['payload'] as Record<string, unknown>)
    .filter((payload) => payload['proxyWallet'] === account.address.toLowerCase());

describe('refusals', () => {
  it.each([
    ['restarting', 425],
    ['forbidden', 403],
    ['cancel_only', 503],
    ['disabled', 503],
    ['post_only', 503],
  ])('%s is %i, once', async (kind, status) => {
    await arm({ kind });
    expect((await post().answer).status).toBe(status);
    expect((await post().answer).status).toBe(200);
  });

  it('post_only tells its code and how long, and lets post-only orders pass', async () => {
    await arm({ kind: 'post_only', seconds: 30 });
    expect((await post().answer).body).toMatchObject({
      error: 'post-only mode: only post-only orders and cancels are allowed',
      code: 'post_only_mode',
      retry_after_seconds: expect.any(Number),
    });
    const resting = { makerAmount: 100_000, takerAmount: 10_000_000, orderType: 'GTC' };
    expect((await post({ ...resting, postOnly: true }).answer).status).toBe(200);
    expect(await call(exchange, account, 'DELETE', '/cancel-all')).toMatchObject({ status: 200 });
  });

  it('disabled stops cancels too, cancel_only does not', async () => {
    await arm({ kind: 'disabled' });
    expect((await call(exchange, account, 'DELETE', '/cancel-all')).status).toBe(503);
    await arm({ kind: 'cancel_only' });
    expect((await call(exchange, account, 'DELETE', '/cancel-all')).status).toBe(200);
  });

  it('rate_limited says when to come again, wherever it matches', async () => {
    await arm({ kind: 'rate_limited', match: 'GET /clob/book', count: 2 });
    const path = `/clob/book?token_id=${market.tokenIds[0]}`;
    const first = await getJson(exchange, path);
    expect(first.status).toBe(429);
    expect(first.headers.get('retry-after')).toBe('1');
    expect((await getJson(exchange, '/clob/time')).status).toBe(200);
    expect((await getJson(exchange, path)).status).toBe(429);
    expect((await getJson(exchange, path)).status).toBe(200);
  });

  it('strikes with a probability', async () => {
    await arm({ kind: 'rate_limited', match: '/clob/time', probability: 0.5, seconds: 60 });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, () => getJson(exchange, '/clob/time').then((a) => a.status)),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });
});

describe('orders', () => {
  it('lost_answer: accepted, and never told', async () => {
    await arm({ kind: 'lost_answer' });
    const { answer, orderId } = post();
    await expect(answer).rejects.toThrow();
    const found = await call(exchange, account, 'GET', `/data/order/${orderId}`);
    expect(found).toMatchObject({ status: 200, body: { status: 'MATCHED' } });
  });

  it('slow_answer: late by ms', async () => {
    await arm({ kind: 'slow_answer', ms: 300, match: 'POST /clob/order' });
    const before = performance.now();
    expect((await post().answer).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(280);
  });

  it('failed_settlement: matched, then FAILED, and the money is back', async () => {
    const before = exchange.engine.cashOf(account.address.toLowerCase());
    await arm({ kind: 'failed_settlement' });
    const { answer, orderId } = post();
    const { body } = await answer;
    expect(body).toMatchObject({ status: 'matched', tradeIDs: [expect.any(String)] });
    await waitFor(() => {
      const trades = exchange.engine.tradesOf(account.apiKey);
      const mine = trades.filter((trade) => trade.takerOrderId === orderId);
      return mine.length > 0 && mine.every((trade) => trade.status === 'FAILED');
    });
    await waitFor(
      () => exchange.engine.cashOf(account.address.toLowerCase()).freeMicro >= before.freeMicro,
    );
    expect(exchange.engine.audit().problems).toEqual([]);
  });

  it('unmatched: answered so, and not placed', async () => {
    await arm({ kind: 'unmatched' });
    const { answer, orderId } = post();
    expect((await answer).body).toMatchObject({ status: 'unmatched', orderID: orderId });
    expect(exchange.engine.order(orderId)).toBeUndefined();
  });

  it('delayed: answered so, matched later', async () => {
    await arm({ kind: 'delayed', ms: 300 });
    const { answer, orderId } = post();
    const { body } = await answer;
    expect(body).toMatchObject({ status: 'delayed' });
    await waitFor(() => exchange.engine.order(orderId)?.status !== 'DELAYED');
  });
});

describe('feeds', () => {
  it('duplicated_rows come twice, late_rows late, malformed_rows broken', async () => {
    const feed = await subscribed();
    try {
      await arm({ kind: 'duplicated_rows', seconds: 60, match: 'rtds' });
      await post().answer;
      await waitFor(() => own(feed, 'orders_matched').length >= 2);
      expect(own(feed, 'trades')).toEqual(own(feed, 'orders_matched'));
      await control(exchange, 'DELETE', '/faults');

      const seen = own(feed, 'trades').length;
      await arm({ kind: 'late_rows', seconds: 60, match: 'rtds', ms: 1500 });
      await post().answer;
      await sleep(1000);
      expect(own(feed, 'trades').length).toBe(seen);
      await waitFor(() => own(feed, 'trades').length > seen);
      await control(exchange, 'DELETE', '/faults');

      await arm({ kind: 'malformed_rows', seconds: 60, match: 'rtds' });
      const before = feed.events().length;
      await post().answer;
      await waitFor(() => feed.events().length > before);
      const broken = feed.events().slice(before);
      expect(JSON.stringify(broken)).toMatch(
        /a lot|-1|HOLD|0xnothing|"asset":""|yesterday|null|1e\+300/,
      );
    } finally {
      feed.close();
    }
  });

  it('stall: the socket stays open and silent', async () => {
    const feed = await subscribed();
    try {
      await arm({ kind: 'stall', seconds: 60, match: 'rtds' });
      await sleep(50);
      const before = feed.events().length;
      await post().answer;
      await sleep(1200);
      expect(feed.events().length).toBe(before);
      feed.send('PING');
      await waitFor(() => feed.texts.at(-1) === 'PONG');
      await control(exchange, 'DELETE', '/faults');
      await post().answer;
      await waitFor(() => feed.events().length > before);
    } finally {
      feed.close();
    }
  });

  it('disconnect closes what matches, and keeps it away while it lasts', async () => {
    const feed = await subscribed();
    const books = await openSocket(exchange, '/ws/market');
    try {
      await arm({ kind: 'disconnect', match: 'rtds' });
      await waitFor(() => feed.closedCode() === 1001);
      expect(books.closedCode()).toBeUndefined();
      const again = await openSocket(exchange, '/rtds');
      await arm({ kind: 'disconnect', seconds: 60 });
      await waitFor(() => again.closedCode() === 1001 && books.closedCode() === 1001);
      await expect(openSocket(exchange, '/rtds')).rejects.toThrow(/503/);
    } finally {
      feed.close();
      books.close();
    }
  });

  it('the Data API shows duplicates, broken rows, and hides young ones', async () => {
    await post().answer;
    await waitFor(() => exchange.engine.activityOf(account.address.toLowerCase())[0] !== undefined);
    const path = `/data/activity?user=${account.address}&limit=1`;
    await arm({ kind: 'duplicated_rows', match: 'data' });
    expect((await getJson(exchange, path)).body).toHaveLength(2);
    const [sound] = (await getJson(exchange, path)).body as object[];
    await arm({ kind: 'malformed_rows', match: 'data' });
    const [broken] = (await getJson(exchange, path)).body as object[];
    expect(broken).not.toEqual(sound);
    await arm({ kind: 'late_rows', match: 'data', seconds: 60, ms: 3_600_000 });
    expect((await getJson(exchange, path)).body).toEqual([]);
  });
});

describe('arming', () => {
  it('lists kinds and what is armed, and forgets what has struck', async () => {
    await arm({ kind: 'restarting' });
    expect((await control(exchange, 'GET', '/faults')).body).toMatchObject({
      faults: [{ kind: 'restarting', count: 1, probability: 1, struck: 0 }],
      kinds: { lost_answer: expect.any(String) },
    });
    await post().answer;
    expect((await control(exchange, 'GET', '/faults')).body).toMatchObject({ faults: [] });
  });

  it('ends by exchange time', async () => {
    await arm({ kind: 'restarting', seconds: 0.05 });
    await sleep(100);
    expect((await post().answer).status).toBe(200);
  });

  it.each([
    [{}, /fault kind: undefined is not restarting/],
    [{ kind: 'earthquake' }, /fault kind: "earthquake" is not restarting, rate_limited/],
    [{ kind: 'toString' }, /fault kind/],
    [{ kind: 'stall', count: 0 }, /fault count: 0 is not a number from 1/],
    [{ kind: 'stall', count: 1.5 }, /fault count: 1.5 is not an integer/],
    [{ kind: 'stall', probability: 2 }, /fault probability: 2 is not a number from 0 to 1/],
    [{ kind: 'stall', match: 5 }, /fault match: 5 is not a string/],
    [{ kind: 'stall', often: 5 }, /fault often: 5 is not one of kind, count/],
  ])('refuses %j', async (fault, error) => {
    expect(await control(exchange, 'POST', '/faults', fault)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    });
  });
});
