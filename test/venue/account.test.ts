import { afterEach, describe, expect, test } from 'vitest';
import type { VenueOrder } from '../../src/core/order.ts';
import { type AccountApi, createAccountApi } from '../../src/venue/account-api.ts';
import { orderStatus, parseOrder, parseTrade, tradeStatus } from '../../src/venue/account-parse.ts';
import { createHttpClient } from '../../src/venue/http.ts';
import { account, market, order, trade, wireOrder, wireTrade } from './account-fixtures.ts';
import { type Answer, startHttpServer } from './http-server.ts';

const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('an order', () => {
  test('comes in integers', () => {
    expect(parseOrder(wireOrder)).toEqual(order);
  });

  test.each<[string, object, Partial<VenueOrder>]>([
    ['nothing matched is an empty text', { size_matched: '' }, { matchedSizeMicro: 0 }],
    ['no trades is null', { associate_trades: null }, { tradeIds: [] }],
  ])('%s', (_, change, expected) => {
    expect(parseOrder({ ...wireOrder, ...change })).toMatchObject(expected);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no id', { ...wireOrder, id: null }],
    ['a side nobody knows', { ...wireOrder, side: 'HOLD' }],
    ['a size that is none', { ...wireOrder, original_size: 'x' }],
    ['a matched size that is none', { ...wireOrder, size_matched: 'x' }],
    ['a price that is none', { ...wireOrder, price: null }],
  ])('with %s is none', (_, value) => {
    expect(parseOrder(value)).toBeUndefined();
  });

  test.each([
    ['LIVE', 'LIVE'],
    ['live', 'LIVE'],
    ['ORDER_STATUS_LIVE', 'LIVE'],
    ['MATCHED', 'MATCHED'],
    ['DELAYED', 'DELAYED'],
    ['UNMATCHED', 'UNMATCHED'],
    ['CANCELED', 'CANCELED'],
    ['CANCELLED', 'CANCELED'],
    ['CANCELED_MARKET_RESOLVED', 'CANCELED'],
    ["CANCELED_order couldn't be fully filled.", 'CANCELED'],
    ['INVALID', 'INVALID'],
    ['SOMETHING_NEW', 'LIVE'],
    [undefined, 'LIVE'],
  ])('status %s is %s', (wire, status) => {
    expect(orderStatus(wire)).toBe(status);
  });
});

describe('a trade', () => {
  test('of which we are the taker is one fill, with the fee of its market', () => {
    expect(parseTrade(wireTrade, account, market)).toEqual([trade]);
  });

  test('of which we are a maker is a fill of each of our orders, without a fee', () => {
    const ours = { owner: 'our-key', maker_address: account.wallet, matched_amount: '40' };
    const value = {
      ...wireTrade,
      trader_side: 'MAKER',
      owner: 'somebody',
      maker_orders: [
        ...wireTrade.maker_orders,
        { ...ours, order_id: '0x1', price: '0.5', asset_id: '111', side: 'SELL' },
        { ...ours, owner: '', order_id: '0x2', price: '0.5', asset_id: '222', side: 'BUY' },
      ],
    };
    expect(parseTrade(value, account, market)).toEqual([
      { ...trade, orderId: '0x1', side: 'SELL', sizeMicro: 40_000_000, feeMicro: 0 },
      { ...trade, orderId: '0x2', tokenId: '222', sizeMicro: 40_000_000, feeMicro: 0 },
    ]);
  });

  test.each([
    ['the same token', '111', 'SELL'],
    ['the other token', '222', 'BUY'],
  ])('a maker of %s without a side stood on the one that fits', (_, asset_id, side) => {
    const maker = {
      owner: 'our-key',
      order_id: '0x1',
      matched_amount: '1',
      price: '0.5',
      asset_id,
    };
    const value = { ...wireTrade, trader_side: 'MAKER', maker_orders: [maker] };
    expect(parseTrade(value, account, market)).toMatchObject([{ side }]);
    const sold = { ...value, side: 'SELL' };
    expect(parseTrade(sold, account, market)[0]?.side).toBe(side === 'BUY' ? 'SELL' : 'BUY');
  });

  test('without its role is ours as taker when it is in our name', () => {
    const value = { ...wireTrade, trader_side: undefined };
    expect(parseTrade(value, account, market)).toEqual([trade]);
    const foreign = { ...value, owner: 'x', maker_address: '0xy' };
    expect(parseTrade(foreign, account, market)).toEqual([]);
  });

  test.each<[string, object]>([
    ['an id', { id: undefined }],
    ['a time', { match_time: 'soon' }],
    ['any time', { match_time: undefined }],
    ['a real date', { match_time: '2024-99-01T00:00:00Z' }],
    ['an order', { taker_order_id: null }],
    ['a token', { asset_id: null }],
    ['a side', { side: '' }],
    ['a size', { size: '0' }],
    ['a price', { price: '' }],
  ])('without %s is none', (_, change) => {
    expect(parseTrade({ ...wireTrade, ...change }, account, market)).toEqual([]);
  });

  test('that is no object is none', () => {
    expect(parseTrade(null, account, market)).toEqual([]);
  });

  test.each([
    ['1760000000', 1_760_000_000_000],
    [1760000000, 1_760_000_000_000],
    ['1760000000123', 1_760_000_000_123],
    ['2024-01-01T00:00:00Z', 1_704_067_200_000],
  ])('time %s', (match_time, matchedAtMs) => {
    expect(parseTrade({ ...wireTrade, match_time }, account, market)).toMatchObject([
      { matchedAtMs },
    ]);
  });

  test.each([
    ['MATCHED', 'MATCHED'],
    ['MATCHED_NOT_BROADCASTED', 'MATCHED'],
    ['TRADE_STATUS_MINED', 'MINED'],
    ['confirmed', 'CONFIRMED'],
    ['RETRYING', 'RETRYING'],
    ['TRADE_STATUS_FAILED', 'FAILED'],
    ['SOMETHING_NEW', 'MATCHED'],
    [null, 'MATCHED'],
  ])('status %s is %s: only CONFIRMED and FAILED are final', (wire, status) => {
    expect(tradeStatus(wire)).toBe(status);
  });
});

async function api(answer: (url: URL, method: string, body: string) => Answer | undefined) {
  const signed: string[] = [];
  const server = await startHttpServer((url, request, body) => {
    signed.push(String(request.headers['x-signed']));
    return answer(url, request.method ?? '', body);
  });
  closers.push(() => server.close());
  const http = createHttpClient(`${server.url}/clob`, 500);
  closers.push(() => http.close());
  const made: AccountApi = createAccountApi({
    http,
    authenticate: (method, path, body = '') => ({ 'x-signed': `${method} ${path} ${body}` }),
    account,
    signatureType: 3,
    findMarket: async (tokenId) => (tokenId === '404' ? undefined : market),
  });
  return { made, server, signed };
}

describe('reads', () => {
  test('of lists follow the cursor to its end, and sign the path without the query', async () => {
    const { made, server, signed } = await api((url) => {
      const last = url.searchParams.get('next_cursor') === 'Mg==';
      return { body: { data: [wireOrder], next_cursor: last ? 'LTE=' : 'Mg==' } };
    });
    expect(await made.openOrders()).toEqual([order, order]);
    expect(server.requests).toEqual([
      'GET /clob/data/orders?next_cursor=MA%3D%3D',
      'GET /clob/data/orders?next_cursor=Mg%3D%3D',
    ]);
    expect(signed[0]).toBe('GET /data/orders');
  });

  test('of open orders fail on one that cannot be read: it may hold our money', async () => {
    const { made } = await api(() => ({ body: { data: [{ id: 7 }], next_cursor: 'LTE=' } }));
    await expect(made.openOrders()).rejects.toThrow('/data/orders');
  });

  test('of trades come oldest first', async () => {
    const older = { ...wireTrade, id: 't0', match_time: '1750000000' };
    const { made, server } = await api(() => ({
      body: { data: [wireTrade, 'junk', older], next_cursor: '' },
    }));
    expect((await made.tradesSince(1_740_000_000_500)).map((t) => t.tradeId)).toEqual(['t0', 't1']);
    expect(await made.trade('t1')).toHaveLength(2);
    expect(server.requests[0]).toContain('after=1740000000');
    expect(server.requests[1]).toContain('id=t1');
  });

  test('of trades fail when the fee of one of ours cannot be told', async () => {
    const { made } = await api(() => ({
      body: { data: [{ ...wireTrade, asset_id: '404' }], next_cursor: '' },
    }));
    await expect(made.tradesSince(0)).rejects.toThrow('the market of token 404');
  });

  test.each<[string, Answer, VenueOrder | undefined]>([
    ['an order', { body: wireOrder }, order],
    ['404', { status: 404, body: {} }, undefined],
    ['null', { body: 'null' }, undefined],
    ['an empty object', { body: {} }, undefined],
    ['400 not found', { status: 400, body: { error: 'order not found' } }, undefined],
  ])('of one order: %s', async (_, answer, expected) => {
    const { made } = await api(() => answer);
    expect(await made.order('0xab')).toEqual(expected);
  });

  test.each<[string, Answer]>([
    ['500', { status: 500, body: 'oops' }],
    ['400 of another kind', { status: 400, body: { error: 'bad id' } }],
    ['an order that cannot be read', { body: { id: '0xab' } }],
  ])('of one order: %s is no answer', async (_, answer) => {
    const { made } = await api(() => answer);
    await expect(made.order('0xab')).rejects.toThrow('/data/order/0xab: HTTP');
  });

  test('of the balance: base units, or an error', async () => {
    const balance = { value: '12345678' as unknown };
    const { made, server } = await api(() => ({ body: { balance: balance.value } }));
    expect(await made.cash()).toBe(12_345_678);
    expect(server.requests[0]).toContain('asset_type=COLLATERAL&signature_type=3');
    for (const bad of ['250.5', '', null, '99999999999999999999', '-1']) {
      balance.value = bad;
      await expect(made.cash()).rejects.toThrow('is not a whole number of base units');
    }
  });

  test('of the allowance: the least that one of the exchanges may take', async () => {
    const standard = '0xe111180000d2663C0091e4f400237545B87B996B';
    const negRisk = '0xE2222d279d744050d28e00520010520000310F59';
    const body: { allowances?: unknown } = {
      allowances: { [standard]: '9', [negRisk]: '7', x: '0' },
    };
    const { made } = await api(() => ({ body }));
    expect(await made.allowance()).toBe(7);
    body.allowances = { [standard]: '9' };
    expect(await made.allowance()).toBeUndefined();
    body.allowances = undefined;
    expect(await made.allowance()).toBeUndefined();
  });

  test('of closed-only mode', async () => {
    const { made } = await api(() => ({ body: { closed_only: true } }));
    expect(await made.closedOnly()).toBe(true);
  });
});

describe('a cancel', () => {
  test('is done when the order is gone, now or before', async () => {
    const bodies = [
      { canceled: ['0xab'], not_canceled: {} },
      { canceled: [], not_canceled: { '0xab': 'Order already matched' } },
      { canceled: [], not_canceled: { '0xab': 'Order not found or already canceled' } },
      { canceled: ['0xab'] },
    ];
    const { made, signed } = await api(() => ({ body: bodies.shift() }));
    for (let i = 0; i < 4; i++) await made.cancel('0xab');
    expect(signed[0]).toBe('DELETE /order {"orderID":"0xab"}');
  });

  test.each<[string, Answer, string]>([
    ['a reason', { body: { not_canceled: { '0xab': 'order is delayed' } } }, 'order is delayed'],
    ['a failure', { status: 503, body: 'down' }, 'DELETE /order: HTTP 503: down'],
    ['no JSON', { body: 'OK' }, 'DELETE /order: HTTP 200: OK'],
  ])('fails with %s', async (_, answer, message) => {
    const { made } = await api(() => answer);
    await expect(made.cancel('0xab')).rejects.toThrow(message);
  });
});
