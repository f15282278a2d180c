import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import { newMarket } from '../../../src/exchange/wire/shapes/market-event.ts';
import {
  buyAtAsk,
  type Credentials,
  call,
  getJson,
  liquidMarket,
  login,
  openSocket,
  orderBody,
  startPaper,
  waitFor,
} from './harness.ts';

/**
 * Our answers beside recorded ones of the venue: every field there must be here, with the same JSON
 * type. What a recording lacks or shows as null, is free.
 */
const folder = join(process.env['PMCP_TEST_DATA'] ?? '../shared/data', 'polymarket-payloads');

/** Fields of recordings that have no meaning on paper, or come from other software. */
const NOT_OURS: Readonly<Record<string, readonly string[]>> = {
  'http_balance_allowance_collateral.json': ['allowance'],
  'clob_market_closed_binary_accepting_true.json': ['game_start_time', 'rewards'],
  'gamma_market.json': [
    ...['competitive', 'events', 'eventStartTime', 'feeType', 'groupItemThreshold', 'liquidity'],
    ...['liquidityClob', 'liquidityNum', 'makerBaseFee', 'makerRebatesFeeShareBps'],
    ...['showGmpOutcome', 'showGmpSeries', 'takerBaseFee', 'volume1mo', 'volume1moClob'],
    ...['volume1wk', 'volume1wkClob', 'volume1yr', 'volume1yrClob', 'volume24hr'],
    ...['volume24hrClob', 'volumeClob'],
  ],
};

let exchange: Exchange;
let market: ExchangeMarket;
let account: Credentials;
/** Our answer for each recording. */
let ours: Record<string, unknown>;

const json = async (path: string) => (await getJson(exchange, path)).body;
const own = async (method: string, path: string, value?: unknown) =>
  (await call(exchange, account, method, path, value)).body;
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

beforeAll(async () => {
  exchange = await startPaper();
  market = await liquidMarket(exchange);
  account = await login(exchange);
  const books = await openSocket(exchange, '/ws/market');
  books.send({ assets_ids: market.tokenIds, type: 'market', custom_feature_enabled: true });
  const user = await openSocket(exchange, '/ws/user');
  const { apiKey, secret, passphrase } = account;
  user.send({ auth: { apiKey, secret, passphrase }, type: 'user' });
  ours = { ...(await orderAnswers()), ...(await marketAnswers()) };
  Object.assign(ours, await events(books, user));
  books.close();
  user.close();
});
afterAll(() => exchange.close());

const RESTING = { orderType: 'GTC', makerAmount: 100_000, takerAmount: 10_000_000 };

/** Places, cancels and fills orders of ours, and reads them back. */
async function orderAnswers(): Promise<Record<string, unknown>> {
  const place = async (fields: Parameters<typeof orderBody>[2]) => {
    const { body, orderId } = orderBody(account, market, fields);
    return { answer: await own('POST', '/order', body), orderId, body };
  };
  const live = await place(RESTING);
  const { orderId } = await place(RESTING);
  const canceled = await own('DELETE', '/order', { orderID: orderId });
  const bought = await place(buyAtAsk(exchange, market, 5));
  const wallet = account.address.toLowerCase();
  await waitFor(() => exchange.engine.positionsOf(wallet)[0]);
  await waitFor(() => exchange.engine.activityOf(wallet)[0]);
  await tradeAsMaker();
  const trades = await own('GET', '/data/trades');
  return {
    'http_cancel_response_ok.json': canceled,
    'http_cancel_response_failed.json': await own('DELETE', '/order', { orderID: orderId }),
    'http_open_order.json': await own('GET', `/data/order/${live.orderId}`),
    'http_open_orders_page.json': await own('GET', '/data/orders'),
    'http_order_response_ok.json': bought.answer,
    'http_signed_order.json': bought.body.order,
    'http_trade_report.json': first((trades as { data: unknown[] }).data),
    'http_trades_page.json': trades,
    'http_balance_allowance_collateral.json': await own(
      'GET',
      '/balance-allowance?asset_type=COLLATERAL',
    ),
    'data_api_trades_response.json': first(await json(`/data/trades?user=${wallet}`)),
    'data_api_positions_response.json': first(await json(`/data/positions?user=${wallet}`)),
  };
}

/** Reads a market before and after it is resolved. */
async function marketAnswers(): Promise<Record<string, unknown>> {
  const book = await json(`/clob/book?token_id=${market.tokenIds[0]}`);
  const gamma = await json(`/gamma/markets/${market.id}`);
  exchange.engine.resolve(market.conditionId, 0);
  const long = await json(`/clob/markets/${market.conditionId}`);
  return {
    'clob_book_response.json': book,
    'clob_market_closed_binary_accepting_true.json': long,
    'clob_market_closed_binary_accepting_false.json': long,
    'gamma_market.json': gamma,
    'gamma_market_closed_binary_accepting_false.json': await json(`/gamma/markets/${market.id}`),
  };
}

type Feed = Awaited<ReturnType<typeof openSocket>>;

async function events(books: Feed, user: Feed): Promise<Record<string, unknown>> {
  const event = (feed: Feed, kind: string, change?: string) =>
    waitFor(() =>
      feed.events().find((e) => e['event_type'] === kind && (!change || e['type'] === change)),
    );
  const placement = await event(user, 'order', 'PLACEMENT');
  const update = await event(user, 'order', 'UPDATE');
  const cancellation = await event(user, 'order', 'CANCELLATION');
  const trade = await event(user, 'trade');
  const snapshot = await event(books, 'book');
  const last = await event(books, 'last_trade_price');
  return {
    'ws_book_snapshot.json': snapshot,
    'ws_market_book_msg.json': snapshot,
    'ws_market_price_change_msg.json': await event(books, 'price_change'),
    'ws_last_trade.json': last,
    'ws_market_last_trade_msg.json': last,
    'ws_market_best_bid_ask_msg.json': await event(books, 'best_bid_ask'),
    'ws_market_resolved_msg.json': await event(books, 'market_resolved'),
    'ws_market_new_market_msg.json': newMarket(market, '1'),
    'ws_user_order_msg.json': placement,
    'ws_user_order_placement.json': placement,
    'ws_user_order_update.json': update,
    'ws_user_order_matched.json': update,
    'ws_user_order_cancellation.json': cancellation,
    'ws_user_order_venue_cancel.json': cancellation,
    'ws_user_trade.json': trade,
    'ws_user_trade_msg.json': trade,
  };
}

/** Somebody sells into a bid of ours that is the best, inside the spread. */
async function tradeAsMaker(): Promise<void> {
  const seller = await login(exchange);
  const purchase = orderBody(seller, market, buyAtAsk(exchange, market, 8)).body;
  await call(exchange, seller, 'POST', '/order', purchase);
  const token = market.tokenIds[0];
  await waitFor(() => exchange.engine.sharesOf(seller.address.toLowerCase(), token).freeMicro > 0);
  for (let tries = 0; tries < 20; tries++) {
    const resting = exchange.engine.ordersOf(account.apiKey).filter((o) => o.orderType === 'GTC');
    if (resting.some((order) => order.matchedSizeMicro > 0)) return;
    await attempt(seller, token);
  }
  throw new Error('nobody sold to us');
}

async function attempt(seller: Credentials, token: string): Promise<void> {
  const { bid } = await waitFor(() => {
    const book = exchange.engine.book(token);
    const best = book?.bids.at(-1)?.priceMicro ?? 0;
    const gap = (book?.asks.at(-1)?.priceMicro ?? 0) - best;
    return gap >= 2 * market.tickMicro && { bid: best + market.tickMicro };
  }, 30_000);
  const cost = (bid * 10) | 0;
  const ours = { orderType: 'GTC', makerAmount: cost, takerAmount: 10_000_000 };
  await call(exchange, account, 'POST', '/order', orderBody(account, market, ours).body);
  const theirs = { side: 'SELL', makerAmount: 5_000_000, takerAmount: bid * 5 } as const;
  await call(exchange, seller, 'POST', '/order', orderBody(seller, market, theirs).body);
}

const COMPARED = [
  ...['clob_book_response', 'clob_market_closed_binary_accepting_true'],
  ...['clob_market_closed_binary_accepting_false', 'data_api_positions_response'],
  ...['data_api_trades_response', 'gamma_market', 'http_balance_allowance_collateral'],
  ...['http_cancel_response_ok', 'http_cancel_response_failed', 'http_open_order'],
  ...['http_open_orders_page', 'http_order_response_ok', 'http_signed_order'],
  ...['http_trade_report', 'http_trades_page', 'ws_book_snapshot', 'ws_market_book_msg'],
  ...['ws_market_price_change_msg', 'ws_last_trade', 'ws_market_last_trade_msg'],
  ...['ws_market_best_bid_ask_msg', 'ws_market_resolved_msg', 'ws_market_new_market_msg'],
  ...['ws_user_order_msg', 'ws_user_order_placement', 'ws_user_order_update'],
  ...['ws_user_order_matched', 'ws_user_order_cancellation', 'ws_user_order_venue_cancel'],
  ...['ws_user_trade', 'ws_user_trade_msg'],
].map((name) => `${name}.json`);

describe.skipIf(!existsSync(folder))('agrees with recordings of the venue', () => {
  it.each(COMPARED)('%s', (file) => {
    const theirs: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    expect(differences(first(theirs), ours[file], NOT_OURS[file] ?? [])).toEqual([]);
  });

  it('every field of ours that Gamma knows has Gamma’s type', () => {
    for (const file of ['gamma_market.json', 'gamma_market_closed_binary_accepting_false.json']) {
      const theirs: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const mine = ours[file];
      const unshared = Object.keys(theirs as object).filter((key) => !(key in (mine as object)));
      expect(differences(theirs, mine, [...unshared, 'events', 'feeType'])).toEqual([]);
    }
  });
});

/** Paths at which ours lacks a field of theirs, or has another type there. */
function differences(theirs: unknown, mine: unknown, free: readonly string[], path = ''): string[] {
  if (theirs === null) return [];
  if (kindOf(theirs) !== kindOf(mine)) {
    return [`${path}: ${kindOf(theirs)} there, ${kindOf(mine)} here`];
  }
  if (Array.isArray(theirs)) {
    const [sample] = theirs;
    const [own] = mine as unknown[];
    return sample === undefined || own === undefined
      ? []
      : differences(sample, own, [], `${path}[0]`);
  }
  if (typeof theirs !== 'object') return [];
  const here = mine as Record<string, unknown>;
  // Ids as keys carry no shape.
  if (path.endsWith('not_canceled')) return [];
  return Object.entries(theirs)
    .filter(([key]) => !free.includes(key))
    .flatMap(([key, value]) => differences(value, here[key], [], `${path}.${key}`));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
