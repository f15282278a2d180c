import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { takerFee } from '../../src/core/fees.ts';
import type { MarketInfo } from '../../src/core/market.ts';
import { sharesFor } from '../../src/core/money.ts';
import type { OrderDraft, VenueOrder, VenueTrade } from '../../src/core/order.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import { type Exchange, startExchange } from '../../src/exchange/server.ts';
import type { QuarantinedRow, Venue, VenueHandlers } from '../../src/venue/port.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { until } from './ws-server.ts';

/** Everything a venue told, and a wait for more. */
function recorder() {
  const seen = {
    rows: [] as TargetRow[],
    pages: [] as TargetRow[][],
    quarantined: [] as QuarantinedRow[],
    trades: [] as VenueTrade[],
    orders: [] as VenueOrder[],
    markets: [] as MarketInfo[],
  };
  const handlers: VenueHandlers = {
    onRow: (row) => void seen.rows.push(row),
    onPage: (rows) => void seen.pages.push([...rows]),
    onQuarantine: (row) => void seen.quarantined.push(row),
    onTrade: (trade) => void seen.trades.push(trade),
    onOrder: (order) => void seen.orders.push(order),
    onMarket: (market) => void seen.markets.push(market),
  };
  return { seen, handlers };
}

const dataDir = mkdtempSync(join(tmpdir(), 'pmcp-venue-'));
const { seen, handlers } = recorder();
let exchange: Exchange;
let venue: Venue;

async function fault(body: object) {
  const reply = await fetch(`${exchange.url}/control/faults`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(reply.status).toBe(201);
}

beforeAll(async () => {
  exchange = await startExchange({
    host: '127.0.0.1',
    port: 0,
    clock: realClock,
    scenario: 'calm',
    seed: 7,
    balanceMicro: 1_000_000_000,
    settlement: { minedMs: 100, confirmedMs: 200 },
  });
  const config = await loadConfig({
    flags: {},
    env: {
      EXCHANGE_PORT: String(exchange.port),
      MONITOR_INTERVAL: '1',
      HTTP_TIMEOUT_SECONDS: '2',
      FEED_SILENCE_SECONDS: '30',
    },
    directory: dataDir,
  });
  venue = await createVenue({ config, clock: realClock, dataDir });
  await venue.start(handlers);
});

afterAll(async () => {
  await venue?.close();
  await exchange?.close();
  rmSync(dataDir, { recursive: true });
});

/** A token with something to buy and to sell, watched. */
async function liveToken(): Promise<string> {
  for (const market of exchange.engine.markets()) {
    const [tokenId] = market.tokenIds;
    const book = exchange.engine.book(tokenId);
    if (!market.acceptingOrders || !book?.asks.length || !book.bids.length) continue;
    await venue.gather(tokenId, 3_000);
    if (venue.book(tokenId)?.asks.length) return tokenId;
  }
  throw new Error('no market with a book');
}

function buy(tokenId: string, usdcMicro = 5_000_000): OrderDraft {
  const market = venue.market(tokenId);
  const ask = venue.book(tokenId)?.asks[0];
  if (!market || !ask) throw new Error('market or book unknown');
  const limit = Math.min(1_000_000 - market.tickMicro, ask.priceMicro + 2 * market.tickMicro);
  const shares = sharesFor(usdcMicro, limit, 'down');
  return {
    tokenId,
    side: 'BUY',
    makerAmountMicro: usdcMicro,
    takerAmountMicro: shares - (shares % 100),
    orderType: 'FAK',
    negRisk: market.negRisk,
  };
}

describe('on the real paper exchange', () => {
  test('the account is the deposit wallet of a key that is kept, and funded', async () => {
    expect(statSync(join(dataDir, 'paper.key')).mode & 0o777).toBe(0o600);
    expect(venue.account).toMatch(/^0x[0-9a-f]{40}$/);
    expect(venue.chainId).toBe(31337);
    expect(await venue.cash()).toBe(1_000_000_000);
    expect(await venue.openOrders()).toEqual([]);
    expect(await venue.positions()).toEqual([]);
  });

  test('gather brings market and book, best level first, as the engine has them', async () => {
    const tokenId = await liveToken();
    const market = venue.market(tokenId);
    const truth = exchange.engine.marketOf(tokenId);
    expect(market).toMatchObject({
      conditionId: truth?.conditionId,
      tokenIds: truth?.tokenIds,
      outcomes: truth?.outcomes,
      title: truth?.question,
      slug: truth?.slug,
      eventSlug: truth?.eventSlug,
      tickMicro: truth?.tickMicro,
      minOrderSizeMicro: truth?.minOrderSizeMicro,
      negRisk: truth?.negRisk,
      feeRate: truth?.feeRate,
      feeExponent: truth?.feeExponent,
      acceptingOrders: true,
      closed: false,
    });
    const book = await until('the same book on both sides', () => {
      const ours = venue.book(tokenId);
      const theirs = exchange.engine.book(tokenId);
      if (!ours || !theirs) return undefined;
      const same =
        JSON.stringify(ours.asks) === JSON.stringify(theirs.asks.toReversed()) &&
        JSON.stringify(ours.bids) === JSON.stringify(theirs.bids.toReversed());
      return same && ours;
    });
    expect(book.asks[0]?.priceMicro).toBeGreaterThan(book.bids[0]?.priceMicro ?? 0);
  });

  test('a buy fills, settles, and is told with its fee by every way of asking', async () => {
    const tokenId = await liveToken();
    const before = await venue.cash();
    const signed = venue.sign(buy(tokenId), Date.now());
    const outcome = await venue.post(signed);
    expect(outcome).toMatchObject({ kind: 'accepted', status: 'matched' });
    if (outcome.kind !== 'accepted') return;
    expect(outcome.filledUsdcMicro).toBeLessThanOrEqual(5_000_000);

    await until('CONFIRMED on the user socket', () =>
      seen.trades.some((t) => t.orderId === signed.orderId && t.status === 'CONFIRMED'),
    );
    const trades = await venue.fetchTrades(signed.orderId);
    const shares = trades.reduce((sum, trade) => sum + trade.sizeMicro, 0);
    expect(shares).toBe(outcome.filledSharesMicro);
    const market = venue.market(tokenId);
    for (const trade of trades) {
      const { sizeMicro, priceMicro } = trade;
      expect(trade).toMatchObject({ orderId: signed.orderId, tokenId, side: 'BUY' });
      expect(trade.status).toBe('CONFIRMED');
      expect(trade.feeMicro).toBe(
        takerFee(sizeMicro, priceMicro, market?.feeRate ?? 0, market?.feeExponent ?? 1),
      );
    }
    const fees = trades.reduce((sum, trade) => sum + trade.feeMicro, 0);
    expect(await venue.cash()).toBe(before - outcome.filledUsdcMicro - fees);
    expect(await venue.fetchOrder(signed.orderId)).toMatchObject({
      orderId: signed.orderId,
      matchedSizeMicro: outcome.filledSharesMicro,
      side: 'BUY',
      tokenId,
    });
    expect(await venue.tradesSince(Date.now() - 60_000)).toEqual(expect.arrayContaining(trades));
    expect(await venue.positions()).toEqual([
      expect.objectContaining({ tokenId, sizeMicro: shares, redeemable: false }),
    ]);
    expect((await venue.holdingsOf(venue.account)).get(tokenId)).toBe(shares);
  });

  test('the same bytes again are a duplicate: the order exists', async () => {
    const tokenId = await liveToken();
    const signed = venue.sign(buy(tokenId), Date.now());
    expect((await venue.post(signed)).kind).toBe('accepted');
    expect(await venue.post(signed)).toMatchObject({ kind: 'rejected', code: 'duplicate' });
  });

  test('orders that cannot be filled or paid are refused by name', async () => {
    const tokenId = await liveToken();
    const cheap = { ...buy(tokenId), makerAmountMicro: 1_000_000, takerAmountMicro: 100_000_000 };
    const post = (draft: OrderDraft) => venue.post(venue.sign(draft, Date.now()));
    expect(await post(cheap)).toMatchObject({ kind: 'rejected', code: 'fak_no_match' });
    expect(await post({ ...cheap, orderType: 'FOK' })).toMatchObject({ code: 'fok_not_filled' });
    expect(await post(buy(tokenId, 2_000_000_000))).toMatchObject({ code: 'insufficient_balance' });
    const sell: OrderDraft = {
      ...cheap,
      side: 'SELL',
      makerAmountMicro: 9_000_000_000,
      takerAmountMicro: 4_500_000_000,
    };
    expect(await post(sell)).toMatchObject({ code: 'insufficient_balance' });
    expect(await venue.fetchOrder(`0x${'00'.repeat(32)}`)).toBeUndefined();
  });

  test('a lost answer is unknown, and the hash finds the order', async () => {
    const tokenId = await liveToken();
    await fault({ kind: 'lost_answer', count: 1, match: 'order' });
    const signed = venue.sign(buy(tokenId), Date.now());
    expect((await venue.post(signed)).kind).toBe('unknown');
    expect(await venue.fetchOrder(signed.orderId)).toMatchObject({ orderId: signed.orderId });
    expect(await venue.post(signed)).toMatchObject({ code: 'duplicate' });
  });

  test('a resting order is listed, and cancelled', async () => {
    const tokenId = await liveToken();
    const resting: OrderDraft = {
      ...buy(tokenId),
      orderType: 'GTC',
      makerAmountMicro: 1_000_000,
      takerAmountMicro: 100_000_000,
    };
    const signed = venue.sign(resting, Date.now());
    expect(await venue.post(signed)).toMatchObject({ kind: 'accepted', status: 'live' });
    expect(await venue.openOrders()).toEqual([
      expect.objectContaining({ orderId: signed.orderId, status: 'LIVE', matchedSizeMicro: 0 }),
    ]);
    await venue.cancel(signed.orderId);
    expect(await venue.openOrders()).toEqual([]);
    await venue.cancel(signed.orderId); // gone already: as wanted
    await until('CANCELED on the user socket', () =>
      seen.orders.some((o) => o.orderId === signed.orderId && o.status === 'CANCELED'),
    );
  });

  test('a followed wallet is seen live and by the backstop; others are only counted', async () => {
    const active = await until('anybody’s trade', () => exchange.engine.activityOf(undefined)[0]);
    venue.follow(new Set([active.wallet]));
    await venue.backfill(active.wallet, 0);
    const page = seen.pages.at(-1) ?? [];
    const truth = exchange.engine.activityOf(active.wallet).filter((row) => row.type === 'TRADE');
    expect(page.length).toBeGreaterThan(0);
    expect(page.length).toBeLessThanOrEqual(truth.length);
    expect(page.every((row) => row.wallet === active.wallet && row.source === 'data_api')).toBe(
      true,
    );
    venue.follow(new Set(exchange.engine.leaders().map((leader) => leader.wallet)));
    const row = await until('a live row', () => seen.rows[0], 20_000);
    expect(row.source).toMatch(/^rtds_/);
    expect(row.receivedTick).toBeGreaterThan(0);
    const health = venue.feedHealth();
    expect(health.connected).toBe(true);
    expect(health.rows).toBeGreaterThanOrEqual(health.followedRows);
    expect(seen.quarantined).toEqual([]);
    await until('a whole round of polls', () => venue.feedHealth().lastPollAtMs);
  }, 40_000);

  test('what was missed on lost sockets is read: our fills, and the leaders’ trades', async () => {
    const told = seen.trades.length;
    const reads = seen.pages.length;
    await fault({ kind: 'disconnect', match: 'user', count: 1 });
    await until('our fills again', () => seen.trades.length > told);
    expect(seen.trades.slice(told).every(({ status }) => status === 'CONFIRMED')).toBe(true);
    await fault({ kind: 'disconnect', match: 'rtds', count: 1 });
    await until('the loss', () => venue.feedHealth().reconnects === 1);
    await until('the feed again', () => venue.feedHealth().connected);
    await until('a page', () => seen.pages.length > reads);
  }, 20_000);

  test('a resolved market is told, and redeemed through the relayer', async () => {
    const [position] = await venue.positions();
    if (!position) throw new Error('nothing held');
    const info = venue.market(position.tokenId);
    const outcome = info?.tokenIds[0] === position.tokenId ? 0 : 1;
    expect(exchange.engine.resolve(position.conditionId, outcome)).toBe(true);
    const told = await until('the resolution', () =>
      seen.markets.find(
        (market) => market.conditionId === position.conditionId && market.resolution === outcome,
      ),
    );
    expect(told).toMatchObject({ closed: true, acceptingOrders: false });
    const before = await venue.cash();
    const [redeemable] = await venue.positions();
    expect(redeemable?.redeemable).toBe(true);
    await venue.redeem(position.conditionId);
    await expect(venue.redeem(`0x${'00'.repeat(32)}`)).rejects.toThrow('redeeming 0x00');
    expect(await venue.cash()).toBe(before + (redeemable?.sizeMicro ?? 0));
    expect(await venue.positions()).toEqual([]);
    expect(exchange.engine.audit().problems).toEqual([]);
  }, 20_000);
});
