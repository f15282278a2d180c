import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { Book, MarketInfo } from '../../src/core/market.ts';
import type { OrderDraft, VenueTrade } from '../../src/core/order.ts';
import { createSigningKey } from '../../src/venue/key.ts';
import { createOrderBuilder } from '../../src/venue/order-builder.ts';
import { simulateFill } from '../../src/venue/shadow-fills.ts';
import { createShadowTrading } from '../../src/venue/shadow-trading.ts';
import { until } from './ws-server.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const key = createSigningKey('4c'.repeat(32));
const sign = createOrderBuilder({
  chainId: 31337,
  contracts: { standardExchange: `0x${'01'.repeat(20)}`, negRiskExchange: `0x${'02'.repeat(20)}` },
  key,
  funder: key.address,
  signer: key.address,
  signatureType: 0,
  owner: 'shadow',
});

const book: Book = {
  tokenId: '111',
  bids: [
    { priceMicro: 480_000, sizeMicro: 10_000_000 },
    { priceMicro: 470_000, sizeMicro: 100_000_000 },
  ],
  asks: [
    { priceMicro: 500_000, sizeMicro: 10_000_000 },
    { priceMicro: 520_000, sizeMicro: 100_000_000 },
  ],
  updatedAtMs: 1,
};
const market: MarketInfo = {
  conditionId: '0xc0',
  tokenIds: ['111', '222'],
  outcomes: ['Yes', 'No'],
  title: '',
  slug: '',
  eventSlug: '',
  tickMicro: 10_000,
  minOrderSizeMicro: 5_000_000,
  negRisk: false,
  feeRate: 0.04,
  feeExponent: 1,
  acceptingOrders: true,
  closed: false,
  fetchedAtMs: 0,
};
const buy = (usdc: number, shares: number, orderType: OrderDraft['orderType'] = 'FAK') =>
  ({
    tokenId: '111',
    side: 'BUY',
    makerAmountMicro: usdc * 1e6,
    takerAmountMicro: shares * 1e6,
    orderType,
    negRisk: false,
  }) satisfies OrderDraft;
const sell = (shares: number, usdc: number): OrderDraft => ({
  ...buy(shares, usdc),
  side: 'SELL',
});

describe('an imagined fill', () => {
  test.each<[string, OrderDraft, object | undefined]>([
    ['within the first level', buy(5, 10), { sharesMicro: 10_000_000, usdcMicro: 5_000_000 }],
    ['over two levels', buy(10.2, 19), { sharesMicro: 20_000_000, usdcMicro: 10_200_000 }],
    ['part of it', buy(10, 20), { sharesMicro: 10_000_000, usdcMicro: 5_000_000 }],
    ['nothing within the limit', buy(4, 10), undefined],
    ['no shares wanted', buy(4, 0), undefined],
    ['a sale over two levels', sell(20, 9.4), { sharesMicro: 20_000_000, usdcMicro: 9_500_000 }],
    ['a sale of part', sell(20, 9.6), { sharesMicro: 10_000_000, usdcMicro: 4_800_000 }],
    ['all or nothing, all', buy(5, 10, 'FOK'), { sharesMicro: 10_000_000 }],
    ['all or nothing, nothing', buy(10, 20, 'FOK'), undefined],
  ])('%s', (_, draft, expected) => {
    const fill = simulateFill(draft, book, market);
    if (expected) expect(fill).toMatchObject(expected);
    else expect(fill).toBeUndefined();
  });

  test('pays the market’s fee', () => {
    // 10 shares x 0.04 x 0.5 x 0.5
    expect(simulateFill(buy(5, 10), book, market)?.feeMicro).toBe(100_000);
  });
});

function shadow(file?: string) {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-shadow-'));
  directories.push(directory);
  const path = file ?? join(directory, 'deep', 'shadow.ndjson');
  const world = { market: market as MarketInfo | undefined, book: book as Book | undefined };
  const told: VenueTrade[] = [];
  const trading = createShadowTrading({
    file: path,
    startCashMicro: 100_000_000,
    clock: realClock,
    market: () => world.market,
    book: () => world.book,
    onTrade: (trade) => void told.push(trade),
  });
  return { trading, world, told, path };
}

describe('the shadow account', () => {
  test('buys, sells, and knows what it has', async () => {
    const { trading, told } = shadow();
    const order = sign(buy(5, 10), 1);
    expect(await trading.post(order)).toMatchObject({
      kind: 'accepted',
      status: 'matched',
      filledSharesMicro: 10_000_000,
      filledUsdcMicro: 5_000_000,
    });
    expect(await trading.cash()).toBe(94_900_000);
    expect(await trading.positions?.()).toEqual([
      { tokenId: '111', conditionId: '0xc0', sizeMicro: 10_000_000, redeemable: false },
    ]);
    const [trade] = await trading.fetchTrades(order.orderId);
    expect(trade).toMatchObject({ status: 'CONFIRMED', priceMicro: 500_000, feeMicro: 100_000 });
    expect(await trading.fetchOrder(order.orderId)).toMatchObject({ status: 'MATCHED' });
    expect(await trading.fetchOrder('0x')).toBeUndefined();
    await until('the fill', () => told.length === 1);
    expect((await trading.post(sign(sell(10, 4.8), 1))).kind).toBe('accepted');
    expect(await trading.positions?.()).toEqual([]);
    expect(await trading.cash()).toBe(94_900_000 + 4_800_000 - 99_840);
    expect(await trading.openOrders()).toEqual([]);
    expect(await trading.tradesSince(0)).toHaveLength(2);
    expect(await trading.tradesSince(Date.now() + 60_000)).toEqual([]);
    await trading.cancel('0x');
  });

  test('refuses what it cannot do', async () => {
    const { trading, world } = shadow();
    const code = async (draft: OrderDraft) => {
      const outcome = await trading.post(sign(draft, 1));
      return outcome.kind === 'rejected' ? outcome.code : outcome.kind;
    };
    expect(await code(buy(4, 10))).toBe('fak_no_match');
    expect(await code(buy(5, 10, 'GTC'))).toBe('not_supported');
    expect(await code(sell(10, 4))).toBe('insufficient_balance');
    world.book = { ...book, asks: [{ priceMicro: 500_000, sizeMicro: 9e12 }] };
    expect(await code(buy(101, 200))).toBe('insufficient_balance');
    world.market = { ...market, acceptingOrders: false };
    expect(await code(buy(5, 10))).toBe('market_closed');
    world.market = undefined;
    expect(await code(buy(5, 10))).toBe('market_not_found');
    for (const payload of ['junk', '{}', '{"order":{"side":"HOLD"},"orderType":"FAK"}']) {
      expect(await trading.post({ orderId: '0x', payload })).toMatchObject({ kind: 'unknown' });
    }
    expect(await trading.cash()).toBe(100_000_000);
  });

  test('goes on after a restart, even when its last line was cut short', async () => {
    const { trading, path } = shadow();
    await trading.post(sign(buy(5, 10), 1));
    appendFileSync(path, '{"tradeId":"cut');
    const { trading: again } = shadow(path);
    expect(await again.cash()).toBe(94_900_000);
    expect(await again.positions?.()).toHaveLength(1);
    await again.post(sign(buy(5, 10), 2));
    expect(await shadow(path).trading.cash()).toBe(89_800_000);
    again.start();
    again.close();
  });

  test.each<[0 | 1 | 'split', number]>([
    [0, 10_000_000],
    [1, 0],
    ['split', 5_000_000],
  ])('is paid when outcome %s wins', async (resolution, payout) => {
    const { trading, world, path } = shadow();
    await trading.post(sign(buy(5, 10), 1));
    await expect(trading.redeem('0xc0')).rejects.toThrow('is not resolved');
    world.market = { ...market, closed: true, resolution };
    expect(await trading.positions?.()).toMatchObject([{ redeemable: true }]);
    await trading.redeem('0xother');
    await trading.redeem('0xc0');
    await trading.redeem('0xc0'); // once only
    expect(await trading.cash()).toBe(94_900_000 + payout);
    expect(await trading.positions?.()).toEqual([]);
    expect(await shadow(path).trading.cash()).toBe(94_900_000 + payout);
  });
});
