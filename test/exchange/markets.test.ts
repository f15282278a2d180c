import { describe, expect, it } from 'vitest';
import { ledgerOf, positionsOf } from '../../src/exchange/ledger.ts';
import {
  forgetEmpty,
  redeem,
  refineTick,
  resolveMarket,
  splitCash,
  stopAccepting,
} from '../../src/exchange/markets.ts';
import { CONDITION, createLab, NO, usd, YES } from './lab.ts';

describe('resolution', () => {
  it('ends open orders and pays the winner one, the loser nothing', () => {
    const lab = createLab();
    lab.stock('alice', 30);
    lab.send({ orderId: 'rest', side: 'SELL', price: 0.9, size: 10 });
    lab.send({ maker: 'bob', orderId: 'bid', price: 0.1, size: 10 });
    lab.send({ maker: 'bob', tokenId: NO, orderId: 'buy', price: 0.1, size: 10 });
    lab.wait(5_000);
    resolveMarket(lab.world, lab.state, 0);
    expect(lab.world.orders.get('bid')?.status).toBe('CANCELED_MARKET_RESOLVED');
    expect(positionsOf(lab.world, 'alice').map((p) => [p.tokenId, p.redeemable])).toEqual([
      [YES, true],
      [NO, true],
    ]);
    const before = lab.account('alice').freeMicro;
    const shares = lab.account('alice').holdings.get(YES)?.freeMicro ?? 0;
    expect(redeem(lab.world, 'alice', CONDITION)).toBe(shares);
    expect(lab.account('alice').freeMicro).toBe(before + shares);
    expect(redeem(lab.world, 'alice', CONDITION)).toBe(0);
    redeem(lab.world, 'bob', CONDITION);
    expect(lab.problems()).toEqual([]);
    for (const wallet of ['alice', 'bob']) {
      const ledger = ledgerOf(lab.world, wallet);
      expect(ledger.flowsMicro + (wallet === 'alice' ? -usd(30) : 0)).toBe(ledger.cashMicro);
    }
  });

  it('a split pays half of both', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.4, size: 10 });
    lab.send({ price: 0.6, size: 10 });
    lab.wait(5_000);
    resolveMarket(lab.world, lab.state, 'split');
    expect(redeem(lab.world, 'alice', CONDITION)).toBe(usd(5));
    expect(lab.problems()).toEqual([]);
    expect(redeem(lab.world, 'bob', CONDITION)).toBe(usd(5));
    expect(lab.state.collateralMicro).toBe(0);
    expect(positionsOf(lab.world, 'alice')).toMatchObject([
      { realisedMicro: usd(-1), sizeMicro: 0 },
    ]);
  });

  it('an unresolved market and an unknown wallet redeem nothing', () => {
    const lab = createLab();
    lab.stock('alice', 10);
    expect(redeem(lab.world, 'alice', CONDITION)).toBe(0);
    expect(redeem(lab.world, 'nobody', CONDITION)).toBe(0);
    expect(redeem(lab.world, 'alice', '0xff')).toBe(0);
  });

  it('a trade that settles after the resolution still can be redeemed', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.4, size: 10 });
    lab.send({ price: 0.6, size: 10 });
    resolveMarket(lab.world, lab.state, 1);
    expect(redeem(lab.world, 'bob', CONDITION)).toBe(0);
    lab.wait(5_000);
    expect(redeem(lab.world, 'bob', CONDITION)).toBe(usd(10));
    redeem(lab.world, 'alice', CONDITION);
    expect(lab.problems()).toEqual([]);
  });
});

describe('a market', () => {
  it('stops taking orders once, and tells', () => {
    const lab = createLab();
    stopAccepting(lab.world, lab.state);
    stopAccepting(lab.world, lab.state);
    expect(lab.events.filter((event) => event.kind === 'market')).toHaveLength(1);
  });

  it.each([
    ['near one', { price: 0.96, size: 10 }],
    ['near zero', { tokenId: NO, price: 0.97, size: 10 }],
  ])('gets a finer grid %s, once', (_name, order) => {
    const lab = createLab();
    refineTick(lab.world, lab.state);
    expect(lab.state.market.tickMicro).toBe(10_000);
    lab.send(order);
    refineTick(lab.world, lab.state);
    refineTick(lab.world, lab.state);
    expect(lab.state.market.tickMicro).toBe(1_000);
    const ticks = lab.events.filter((event) => event.kind === 'tick');
    expect(ticks).toMatchObject([{ oldTickMicro: 10_000 }]);
    expect(lab.send({ price: 0.015, size: 70 })).toMatchObject({ ok: true });
  });

  it('gives shares for cash only where there is cash', () => {
    const lab = createLab();
    expect(() => splitCash(lab.world, 'alice', lab.state, usd(1_001))).toThrow(RangeError);
  });

  it('keeps what accounts opened from outside realised', () => {
    const lab = createLab();
    lab.stock('alice', 10);
    resolveMarket(lab.world, lab.state, 0);
    redeem(lab.world, 'alice', CONDITION);
    forgetEmpty(lab.account('alice'), lab.state);
    expect(lab.account('alice').holdings.size).toBe(2);
  });
});
