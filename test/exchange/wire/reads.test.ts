import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import { createEngine } from '../../../src/exchange/create-engine.ts';
import { describe as inWords } from '../../../src/exchange/describe.ts';
import type { EngineEvent, ExchangeMarket } from '../../../src/exchange/engine.ts';
import { type Exchange, openExchange } from '../../../src/exchange/server.ts';
import {
  buyAtAsk,
  type Credentials,
  call,
  getJson,
  liquidMarket,
  login,
  orderBody,
  startPaper,
  waitFor,
} from './harness.ts';

let exchange: Exchange;
let market: ExchangeMarket;
let account: Credentials;
let wallet: string;
const events: EngineEvent[] = [];

beforeAll(async () => {
  exchange = await startPaper();
  exchange.engine.on((event) => events.push(event));
  market = await liquidMarket(exchange);
  account = await login(exchange);
  wallet = account.address.toLowerCase();
  for (const usdc of [3, 5]) {
    const { body } = orderBody(account, market, buyAtAsk(exchange, market, usdc));
    await call(exchange, account, 'POST', '/order', body);
  }
  const resting = { orderType: 'GTC', makerAmount: 100_000, takerAmount: 10_000_000 };
  await call(exchange, account, 'POST', '/order', orderBody(account, market, resting).body);
  await waitFor(() => exchange.engine.activityOf(wallet).length >= 2);
});
afterAll(() => exchange.close());

const get = async (path: string) => (await getJson(exchange, path)).body;
const rows = async (path: string) => (await get(path)) as Record<string, unknown>[];

describe('CLOB reads', () => {
  it('greets, tells time and version', async () => {
    for (const path of ['/clob', '/clob/', '/clob/ok']) expect(await get(path)).toBe('OK');
    expect(Math.abs(Number(await get('/clob/time')) - Date.now() / 1000)).toBeLessThan(5);
    expect(await get('/clob/version')).toEqual({ version: 2 });
  });

  it('prices by the book', async () => {
    const query = `token_id=${market.tokenIds[0]}`;
    const price = async (side: string) =>
      Number(((await get(`/clob/price?${query}&side=${side}`)) as { price: string }).price);
    const { mid } = (await get(`/clob/midpoint?${query}`)) as { mid: string };
    const { spread } = (await get(`/clob/spread?${query}`)) as { spread: string };
    expect(await price('BUY')).toBeLessThan(await price('SELL'));
    expect(Number(mid)).toBeGreaterThan(0);
    expect(Number(spread)).toBeGreaterThan(0);
    expect(await get(`/clob/last-trade-price?${query}`)).toMatchObject({ side: 'BUY' });
    expect((await getJson(exchange, `/clob/price?${query}&side=HOLD`)).status).toBe(400);
    const unknown = await fetch(`${exchange.url}/clob/books`, {
      method: 'POST',
      body: '[{"token_id":"1"}]',
    });
    expect(await unknown.json()).toEqual([]);
  });

  it('gives a market in short and in long', async () => {
    expect(await get(`/clob/clob-markets/${market.conditionId}`)).toMatchObject({
      c: market.conditionId,
      t: market.tokenIds.map((t, index) => ({ t, o: market.outcomes[index] })),
      fd: { r: market.feeRate, e: market.feeExponent, to: true },
    });
    expect(await get(`/clob/markets/${market.conditionId}`)).toMatchObject({
      condition_id: market.conditionId,
      closed: false,
      tokens: [{ winner: false }, { winner: false }],
    });
  });

  it('pages and filters an account’s orders and trades', async () => {
    const page = async (path: string) =>
      (await call(exchange, account, 'GET', path)).body as { data: object[]; count: number };
    expect((await page(`/data/orders?market=${market.conditionId}`)).count).toBe(1);
    expect((await page(`/data/orders?asset_id=${market.tokenIds[1]}`)).count).toBe(0);
    expect((await page('/data/orders?next_cursor=LTE=')).data).toEqual([]);
    expect((await page(`/data/trades?maker_address=${account.address}`)).count).toBe(2);
    expect((await page(`/data/trades?maker_address=0x${'1'.repeat(40)}`)).count).toBe(0);
    const now = Math.floor(Date.now() / 1000);
    expect((await page(`/data/trades?after=${now + 60}`)).count).toBe(0);
    expect((await page(`/data/trades?before=${now + 60}&after=${now - 600}`)).count).toBe(2);
    const [trade] = exchange.engine.tradesOf(account.apiKey);
    expect((await page(`/data/trades?id=${trade?.id}`)).data).toMatchObject([{ id: trade?.id }]);
    expect((await page('/data/trades?id=none')).count).toBe(0);
    expect(exchange.engine.tradesOf(account.apiKey, trade?.matchedAtMs)).toContainEqual(trade);
    expect(exchange.engine.tradesOf(account.apiKey, (trade?.matchedAtMs ?? 0) + 1)).toEqual([]);
  });
});

describe('Data API', () => {
  it('filters by side, time, market, type and size', async () => {
    const trades = `/data/trades?user=${account.address}`;
    expect(await rows(trades)).toHaveLength(2);
    expect(await rows(`${trades}&limit=1&offset=1`)).toHaveLength(1);
    expect(await rows(`${trades}&side=SELL`)).toEqual([]);
    expect(await rows(`${trades}&market=${market.conditionId},0x1`)).toHaveLength(2);
    expect(await rows(`${trades}&market=0x1`)).toEqual([]);
    expect(await rows(`${trades}&filterType=CASH&filterAmount=4`)).toHaveLength(1);
    expect(await rows(`${trades}&filterType=TOKENS&filterAmount=100000`)).toEqual([]);
    const now = Math.floor(Date.now() / 1000);
    expect(await rows(`${trades}&start=${now + 60}`)).toEqual([]);
    expect(await rows(`${trades}&start=${now - 600}&end=${now + 60}`)).toHaveLength(2);
    const activity = `/data/activity?user=${account.address}`;
    expect(await rows(`${activity}&type=TRADE`)).toHaveLength(2);
    expect(await rows(`${activity}&type=REDEEM`)).toEqual([]);
    const oldest = await rows(`${activity}&sortDirection=ASC`);
    expect(oldest).toEqual((await rows(activity)).reverse());
  });

  it('shows takers only unless told otherwise, and cuts offsets at 1000', async () => {
    await waitFor(() => exchange.engine.activityOf(undefined).some((row) => !row.taker), 25_000);
    const takers = await rows('/data/trades?limit=500');
    const all = await rows('/data/trades?limit=500&takerOnly=false');
    expect(all.length).toBeGreaterThan(takers.length);
    const beyond = await rows('/data/trades?offset=5000&takerOnly=false');
    expect(beyond).toEqual(await rows('/data/trades?offset=1000&takerOnly=false'));
  });

  it('shows holdings, hides dust, and knows what was closed', async () => {
    const positions = `/data/positions?user=${account.address}`;
    await waitFor(() => exchange.engine.positionsOf(wallet)[0]);
    const [position] = await rows(positions);
    expect(position).toMatchObject({
      asset: market.tokenIds[0],
      oppositeAsset: market.tokenIds[1],
      redeemable: false,
      mergeable: false,
    });
    expect(await rows(`${positions}&sizeThreshold=100000`)).toEqual([]);
    expect(await rows(`${positions}&redeemable=true`)).toEqual([]);
    expect(await rows(`${positions}&mergeable=true`)).toEqual([]);
    const [value] = await rows(`/data/value?user=${account.address}`);
    expect(value).toMatchObject({ user: wallet, value: position?.['currentValue'] });
    expect(await get(`/data/traded?user=${account.address}`)).toEqual({ user: wallet, traded: 1 });
    for (const path of ['/data', '/data/']) expect(await get(path)).toEqual({ data: 'OK' });
  });
});

describe('after a resolution', () => {
  it('shows it everywhere, and the redemption after it', async () => {
    expect(exchange.engine.resolve(market.conditionId, 0)).toBe(true);
    const query = `condition_ids=${market.conditionId}`;
    expect(await get(`/gamma/markets/keyset?${query}`)).toEqual({ markets: [] });
    expect(await get(`/gamma/markets/keyset?${query}&closed=true`)).toMatchObject({
      markets: [{ closed: true, outcomePrices: '["1","0"]', umaResolutionStatus: 'resolved' }],
    });
    expect(await rows(`/gamma/markets?${query}&closed=true`)).toHaveLength(1);
    expect(await get(`/clob/markets/${market.conditionId}`)).toMatchObject({
      closed: true,
      tokens: [
        { winner: true, price: 1 },
        { winner: false, price: 0 },
      ],
    });
    const redeemable = `/data/positions?user=${account.address}&redeemable=true`;
    await waitFor(() => exchange.engine.positionsOf(wallet)[0]?.redeemable);
    expect(await rows(redeemable)).toMatchObject([{ curPrice: 1, redeemable: true }]);
    expect(exchange.engine.redeem(wallet, market.conditionId)).toBeGreaterThan(0);
    const activity = `/data/activity?user=${account.address}&type=REDEEM`;
    expect((await rows(activity))[0]).toMatchObject({ type: 'REDEEM', side: '' });
    expect(await rows(redeemable)).toEqual([]);
    expect(await rows(`/data/closed-positions?user=${account.address}`)).toMatchObject([
      { asset: market.tokenIds[0], realizedPnl: expect.any(Number), curPrice: 1 },
    ]);
    const other = exchange.engine.markets().find((m) => !m.closed) ?? market;
    exchange.engine.resolve(other.conditionId, 'split');
    expect(await get(`/gamma/markets/${other.id}`)).toMatchObject({
      outcomePrices: '["0.5","0.5"]',
    });
  });

  it('pages through Gamma by cursor', async () => {
    const seen: unknown[] = [];
    let cursor: string | undefined = '0';
    while (cursor !== undefined) {
      const page = (await get(`/gamma/markets/keyset?limit=2&after_cursor=${cursor}`)) as {
        markets: { id: string }[];
        next_cursor?: string;
      };
      seen.push(...page.markets.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    const open = exchange.engine.markets().filter(({ closed }) => !closed);
    expect(seen.sort()).toEqual(open.map(({ id }) => id).sort());
  });
});

describe('in words', () => {
  it('describes what people want to know, and nothing else', () => {
    const said = (kind: EngineEvent['kind']) =>
      events
        .filter((event) => event.kind === kind)
        .flatMap((event) => inWords(exchange.engine, event)?.text ?? []);
    expect(said('order').join('\n')).toMatch(/order placement BUY 10 GTC @ 0\.01: LIVE/);
    expect(said('trade').join('\n')).toMatch(/trade confirmed BUY [\d.]+ @ 0\.\d+/);
    expect(said('resolved').join('\n')).toMatch(/market \S+ resolved: \w+[\s\S]*resolved: split/);
    expect(said('book')).toEqual([]);
    const tick = { kind: 'tick', market, oldTickMicro: 10_000 } as const;
    expect(inWords(exchange.engine, tick)?.text).toMatch(/tick is now 0\.01$/);
    const [leader] = exchange.engine.leaders();
    const [redeemed] = exchange.engine.activityOf(wallet, { type: 'REDEEM' });
    if (!leader || !redeemed) throw new Error('no leader or redemption');
    const row = { ...redeemed, wallet: leader.wallet };
    expect(inWords(exchange.engine, { kind: 'activity', row })?.text).toMatch(/redeemed \d/);
    expect(inWords(exchange.engine, { kind: 'activity', row: redeemed })).toBeUndefined();
  });
});

it('answers 500 when the exchange itself is at fault, tells why, and goes on', async () => {
  const engine = createEngine({ startMs: Date.now(), seed: 1, scenario: 'calm' });
  const errors: unknown[] = [];
  const broken = await openExchange({
    engine: Object.assign(engine, {
      positionsOf() {
        throw new TypeError('lost the positions');
      },
    }),
    clock: realClock,
    host: '127.0.0.1',
    port: 0,
    scenario: 'calm',
    seed: 1,
    balanceMicro: 1,
    onError: (error) => errors.push(error),
  });
  try {
    const answer = await getJson(broken, `/data/positions?user=0x${'1'.repeat(40)}`);
    expect(answer).toMatchObject({ status: 500, body: { error: 'Internal server error' } });
    expect(String(errors[0])).toMatch(/lost the positions/);
    expect((await getJson(broken, '/clob/time')).status).toBe(200);
  } finally {
    await broken.close();
  }
});
