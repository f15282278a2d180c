import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { VenueOrder, VenueTrade } from '../../src/core/order.ts';
import { parseOrder, parseTrade } from '../../src/venue/account-parse.ts';
import { createUserSocket } from '../../src/venue/user-socket.ts';
import { account, market, order, wireOrder, wireTrade } from './account-fixtures.ts';
import { startWsServer, until } from './ws-server.ts';

const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test('the user socket signs in, tells orders and fills, and says when it missed some', async () => {
  const server = await startWsServer();
  closers.push(() => server.close());
  const orders: VenueOrder[] = [];
  const trades: VenueTrade[] = [];
  let gaps = 0;
  const unreadable = new Set(['404']);
  const socket = createUserSocket({
    url: server.url,
    credentials: { key: 'our-key', secret: 's', passphrase: 'p' },
    account,
    async findMarket(tokenId) {
      if (unreadable.has(tokenId)) throw new Error('down');
      return tokenId === '405' ? undefined : market;
    },
    onOrder: (value) => void orders.push(value),
    onTrade: (value) => void trades.push(value),
    onGap: () => {
      gaps += 1;
    },
    random: () => 0.05,
  });
  closers.push(() => socket.close());
  await until('signing in', () => server.received[0]);
  expect(JSON.parse(server.received[0] ?? '')).toEqual({
    auth: { apiKey: 'our-key', secret: 's', passphrase: 'p' },
    type: 'user',
  });
  const told = {
    event_type: 'trade',
    ...wireTrade,
    match_time: undefined,
    matchtime: '1760000000',
  };
  server.broadcast('junk');
  server.broadcast([null, { event_type: 'order', id: 7 }, { event_type: 'news' }]);
  server.broadcast({ ...told, asset_id: '404' });
  server.broadcast({ ...told, asset_id: '405' });
  server.broadcast([
    { event_type: 'order', ...wireOrder },
    { ...told, status: 'MATCHED' },
  ]);
  server.broadcast(told);
  await until('both states', () => trades.length === 2);
  expect(orders).toEqual([order]);
  expect(trades.map(({ status }) => status)).toEqual(['MATCHED', 'CONFIRMED']);
  expect(gaps).toBe(0);
  server.open()[0]?.terminate();
  await until('the gap', () => gaps === 1);
  expect(socket.losses).toBe(1);
  expect(socket.connected).toBe(true);
});

const payloads = `${process.env['PMCP_TEST_DATA'] ?? '../shared/data'}/polymarket-payloads`;
describe.skipIf(!existsSync(payloads))('recorded payloads', () => {
  const read = (name: string) => JSON.parse(readFileSync(`${payloads}/${name}.json`, 'utf8'));

  test.each([
    ['http_open_order', 'LIVE'],
    ['http_open_order_sell_fok', undefined],
    ['ws_user_order_msg', 'LIVE'],
    ['ws_user_order_placement', 'LIVE'],
    ['ws_user_order_update', 'LIVE'],
    ['ws_user_order_matched', 'MATCHED'],
    ['ws_user_order_cancellation', 'CANCELED'],
    ['ws_user_order_fok_killed', 'CANCELED'],
    ['ws_user_order_venue_cancel', 'INVALID'],
  ])('order %s', (name, status) => {
    const parsed = parseOrder(read(name));
    expect(parsed).toMatchObject({ orderId: expect.stringMatching(/^0x/) });
    if (status) expect(parsed?.status).toBe(status);
  });

  test.each(['http_trade_report', 'ws_user_trade_msg', 'ws_user_trade'])('trade %s', (name) => {
    expect(parseTrade(read(name), account, market)).toMatchObject([
      { status: 'CONFIRMED', sizeMicro: 25_000_000, side: 'BUY' },
    ]);
  });

  test('pages', () => {
    expect(parseTrade(read('http_trades_page').data[0], account, market)).toHaveLength(1);
    expect(read('http_open_orders_page').data.map(parseOrder)).not.toContain(undefined);
  });
});
