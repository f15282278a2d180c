import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type Clock, parseClock, realClock } from '../../src/clock.ts';
import type { MarketInfo } from '../../src/core/market.ts';
import { createHttpClient } from '../../src/venue/http.ts';
import { createMarketData, type MarketData } from '../../src/venue/market-data.ts';
import { createTokenBook } from '../../src/venue/token-book.ts';
import { startHttpServer, type TestHttp } from './http-server.ts';
import { startWsServer, type TestServer, until } from './ws-server.ts';

const YES = '111';
const NO = '222';
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const market: MarketInfo = {
  conditionId: '0xc0',
  tokenIds: [YES, NO],
  outcomes: ['Yes', 'No'],
  title: 'Rain?',
  slug: 'rain',
  eventSlug: 'weather',
  tickMicro: 10_000,
  minOrderSizeMicro: 5_000_000,
  negRisk: false,
  feeRate: 0,
  feeExponent: 1,
  acceptingOrders: true,
  closed: false,
  fetchedAtMs: 0,
};

const level = (price: string, size: string) => ({ price, size });
/** As the wire has it: best level last. */
const wireBook = (tokenId: string, bid = '0.50', ask = '0.52') => ({
  event_type: 'book',
  asset_id: tokenId,
  timestamp: '1',
  bids: [level('0.10', '7'), level(bid, '100')],
  asks: [level('0.90', '9'), level(ask, '50.5')],
});

interface Bench {
  data: MarketData;
  socket: TestServer;
  http: TestHttp;
  told: MarketInfo[];
  read: { market: MarketInfo | undefined; book: unknown; reads: number };
}

async function bench(options: { wsBooks?: boolean; clock?: Clock } = {}): Promise<Bench> {
  const read: Bench['read'] = { market, book: wireBook(YES), reads: 0 };
  const http = await startHttpServer(() => ({ status: read.book ? 200 : 404, body: read.book }));
  closers.push(() => http.close());
  const socket = await startWsServer();
  closers.push(() => socket.close());
  const clob = createHttpClient(`${http.url}/clob`, 500);
  closers.push(() => clob.close());
  const told: MarketInfo[] = [];
  const data = createMarketData({
    socketUrl: socket.url,
    clob,
    clock: options.clock ?? realClock,
    reader: {
      async byToken() {
        read.reads += 1;
        return read.market && { ...read.market, fetchedAtMs: Date.now() };
      },
    },
    onMarket: (changed) => void told.push(changed),
    random: () => 0.05,
  });
  closers.push(() => data.close());
  if (options.wsBooks !== false) {
    await data.gather(YES, 2_000);
    await until('the subscription', () => socket.received[0]);
    socket.broadcast(wireBook(YES));
    await until('the live book', () => data.book(YES));
  }
  return { data, socket, http, told, read };
}

const change = (price: string, size: string, side: string, tokenId = YES) => ({
  event_type: 'price_change',
  market: '0xc0',
  price_changes: [{ asset_id: tokenId, price, size, side }],
});

describe('a watched token', () => {
  test('is known after gather, best level first and in integers', async () => {
    const { data, http } = await bench({ wsBooks: false });
    expect(data.book(YES)).toBeUndefined();
    await data.gather(YES, 2_000);
    expect(data.market(YES)).toMatchObject({ title: 'Rain?' });
    expect(data.market(NO)).toBe(data.market(YES));
    expect(data.book(YES)).toMatchObject({
      tokenId: YES,
      bids: [
        { priceMicro: 500_000, sizeMicro: 100_000_000 },
        { priceMicro: 100_000, sizeMicro: 7_000_000 },
      ],
      asks: [
        { priceMicro: 520_000, sizeMicro: 50_500_000 },
        { priceMicro: 900_000, sizeMicro: 9_000_000 },
      ],
    });
    expect(http.requests).toContain(`GET /clob/book?token_id=${YES}`);
    await data.gather(YES, 2_000); // known: at once
  });

  test('follows the changes of its levels', async () => {
    const { data, socket } = await bench();
    socket.broadcast(change('0.51', '3', 'BUY'));
    await until('a new best bid', () => data.book(YES)?.bids[0]?.priceMicro === 510_000);
    socket.broadcast([change('0.51', '0', 'BUY'), change('0.52', '0', 'SELL')]);
    socket.broadcast(change('0.53', '8', 'sell'));
    socket.broadcast(change('0.99', '8', 'SELL', NO)); // nobody watches it
    await until('the new best ask', () => data.book(YES)?.asks[0]?.priceMicro === 530_000);
    expect(data.book(YES)?.bids[0]?.priceMicro).toBe(500_000);
    expect(data.book(NO)).toBeUndefined();
  });

  test('is subscribed on the open socket, and unsubscribed when unwatched', async () => {
    const { data, socket } = await bench();
    data.watch(NO);
    data.unwatch(YES);
    data.unwatch('333'); // never watched
    await until('both messages', () => socket.received.length === 3);
    expect(socket.received.map((text) => JSON.parse(text))).toEqual([
      { assets_ids: [YES], type: 'market', custom_feature_enabled: true },
      { assets_ids: [NO], operation: 'subscribe', custom_feature_enabled: true },
      { assets_ids: [YES], operation: 'unsubscribe', custom_feature_enabled: true },
    ]);
    expect(data.book(YES)).toBeUndefined();
    expect(data.market(YES)).toBeDefined(); // its other side is watched
    data.unwatch(NO);
    expect(data.market(NO)).toBeUndefined();
  });

  test('that the venue does not know stays unknown, and gather ends on time', async () => {
    const { data, read } = await bench({ wsBooks: false });
    read.market = undefined;
    read.book = undefined;
    const started = performance.now();
    await data.gather(YES, 120);
    expect(performance.now() - started).toBeGreaterThan(100);
    expect(data.market(YES)).toBeUndefined();
    expect(data.book(YES)).toBeUndefined();
  });

  test('waits end when the venue is closed', async () => {
    const { data, read } = await bench({ wsBooks: false });
    read.market = undefined;
    const waiting = data.gather(YES, 60_000);
    data.close();
    await waiting;
  });

  test('is read again until it is known', async () => {
    const { data, read } = await bench({ wsBooks: false });
    read.market = undefined;
    data.watch(YES);
    await until('a read in vain', () => read.reads >= 1);
    read.market = market;
    await until('the market', () => data.market(YES), 3_000);
  });

  test('findMarket reads without watching', async () => {
    const { data, socket, read } = await bench({ wsBooks: false });
    expect(await data.findMarket(NO)).toMatchObject({ conditionId: '0xc0' });
    expect(data.market(NO)).toBeUndefined();
    expect(socket.sockets).toEqual([]);
    read.market = undefined;
    expect(await data.findMarket(NO)).toBeUndefined();
  });
});

describe('the age of a book', () => {
  test('stays young while a quiet socket answers PINGs, and grows when it does not', async () => {
    const clock = parseClock(`1700000000000@${Date.now()}*200`);
    const { data, socket } = await bench({ clock });
    const age = () => clock.now() - (data.book(YES)?.updatedAtMs ?? 0);
    await new Promise((done) => setTimeout(done, 500)); // 100 s of this clock
    expect(age()).toBeLessThan(60_000);
    socket.pong = false;
    await until('an old book', () => age() > 60_000);
  });

  test('grows when the socket is gone, and a new snapshot ends that', async () => {
    const { data, socket, http, read } = await bench();
    read.book = undefined;
    socket.open()[0]?.terminate();
    await until('the new subscription', () => socket.received[1]);
    expect(http.requests.filter((line) => line.includes('/book')).length).toBeGreaterThan(1);
    const before = data.book(YES)?.updatedAtMs ?? 0;
    socket.broadcast('PONG');
    socket.broadcast(change('0.51', '3', 'BUY')); // belongs to a snapshot we have not got
    await new Promise((done) => setTimeout(done, 60));
    expect(data.book(YES)?.updatedAtMs).toBe(before);
    expect(data.book(YES)?.bids[0]?.priceMicro).toBe(500_000);
    socket.broadcast(wireBook(YES, '0.49'));
    await until('the new book', () => data.book(YES)?.bids[0]?.priceMicro === 490_000);
    expect(data.book(YES)?.updatedAtMs).toBeGreaterThan(before);
  });
});

describe('a book that contradicts itself', () => {
  test.each<[string, unknown]>([
    ['is crossed', change('0.60', '5', 'BUY')],
    ['has a bad price', change('1.20', '5', 'BUY')],
    ['has a bad size', change('0.40', '-5', 'BUY')],
    ['has a side nobody knows', change('0.40', '5', 'HOLD')],
    [
      'has a change that is none',
      { event_type: 'price_change', price_changes: [{ asset_id: YES }] },
    ],
    ['has a bad level in a snapshot', { ...wireBook(YES), bids: [level('x', '1')] }],
    ['has no levels in a snapshot', { ...wireBook(YES), asks: undefined }],
    ['has a level that is none', { ...wireBook(YES), asks: [7] }],
  ])('%s: it is unknown until it is read again', async (_, event) => {
    const { data, socket, read } = await bench();
    read.book = undefined;
    socket.broadcast(event);
    await until('no book', () => data.book(YES) === undefined);
    read.book = wireBook(YES, '0.48');
    await until('the read book', () => data.book(YES)?.bids[0]?.priceMicro === 480_000, 3_000);
    // And the socket's changes count again.
    socket.broadcast(change('0.49', '3', 'BUY'));
    await until('a change', () => data.book(YES)?.bids[0]?.priceMicro === 490_000);
  });
});

describe('a market', () => {
  test('whose tick changes is told, and known at once', async () => {
    const { data, socket, told } = await bench();
    const event = { event_type: 'tick_size_change', asset_id: YES, new_tick_size: '0.001' };
    socket.broadcast(event);
    await until('the tick', () => data.market(NO)?.tickMicro === 1_000);
    expect(told.map(({ tickMicro }) => tickMicro)).toEqual([1_000]);
    socket.broadcast({ ...event, asset_id: '333' }); // not ours
  });

  test('whose tick cannot be read is read by REST', async () => {
    const { data, socket, read } = await bench();
    read.market = { ...market, tickMicro: 100 };
    socket.broadcast({ event_type: 'tick_size_change', asset_id: YES, new_tick_size: 'fine' });
    await until('the tick', () => data.market(YES)?.tickMicro === 100);
  });

  test('that is resolved is told with its winner', async () => {
    const { data, socket, told } = await bench();
    const event = { event_type: 'market_resolved', assets_ids: [YES, NO], winning_asset_id: NO };
    socket.broadcast({ ...event, assets_ids: ['333'] }); // not ours
    socket.broadcast(event);
    await until('the winner', () => data.market(YES)?.resolution === 1);
    expect(told[0]).toMatchObject({ closed: true, acceptingOrders: false, resolution: 1 });
  });

  test('that is resolved without a winner is read by REST', async () => {
    const { data, socket, read } = await bench();
    read.market = { ...market, closed: true, resolution: 'split' };
    socket.broadcast({ event_type: 'market_resolved', assets_ids: [YES, NO] });
    await until('the split', () => data.market(YES)?.resolution === 'split');
  });
});

test('frames that mean nothing change nothing', async () => {
  const { data, socket } = await bench();
  const before = JSON.stringify(data.book(YES)?.bids);
  for (const frame of fc.sample(fc.oneof(fc.string(), fc.json()), 500)) socket.broadcast(frame);
  socket.broadcast({ event_type: 'last_trade_price', asset_id: YES, price: '0.5' });
  socket.broadcast({ event_type: 'book', asset_id: '333' });
  socket.broadcast(change('0.11', '1', 'BUY'));
  await until('the last frame', () => data.book(YES)?.bids[1]?.priceMicro === 110_000);
  expect(before).toContain('500000');
});

test('a book is what its changes add up to', () => {
  const changes = fc.array(
    fc.record({
      cents: fc.integer({ min: 1, max: 49 }),
      size: fc.integer({ min: 0, max: 3 }),
      buy: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(changes, (list) => {
      const book = createTokenBook(YES);
      book.snapshot({ bids: [], asks: [] }, 1);
      const truth = { BUY: new Map<number, number>(), SELL: new Map<number, number>() };
      for (const { cents, size, buy } of list) {
        const side = buy ? 'BUY' : 'SELL';
        const price = buy ? cents : 100 - cents;
        book.change({ price: String(price / 100), size: String(size), side }, 2);
        if (size === 0) truth[side].delete(price * 10_000);
        else truth[side].set(price * 10_000, size * 1_000_000);
      }
      const sorted = (side: 'BUY' | 'SELL', sign: number) =>
        [...truth[side]]
          .sort(([a], [b]) => (a - b) * sign)
          .map(([priceMicro, sizeMicro]) => ({ priceMicro, sizeMicro }));
      expect(book.book(2)?.bids).toEqual(sorted('BUY', -1));
      expect(book.book(2)?.asks).toEqual(sorted('SELL', 1));
    }),
  );
});
