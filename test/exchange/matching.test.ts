import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complement } from '../../src/exchange/book.ts';
import { takerFee } from '../../src/exchange/fees.ts';
import { limitOf, sizeStep } from '../../src/exchange/matching.ts';
import { NO_FAK_MATCH, NO_FOK_FILL } from '../../src/exchange/validate.ts';
import { CONDITION, createLab, type Lab, NO, usd, YES } from './lab.ts';

/** Bob offers 10 shares at 0.50 and 20 at 0.55. */
function offers(): Lab {
  const lab = createLab();
  lab.stock('bob', 100);
  lab.send({ maker: 'bob', side: 'SELL', price: 0.55, size: 20 });
  lab.send({ maker: 'bob', side: 'SELL', price: 0.5, size: 10 });
  return lab;
}

describe('limit of an order', () => {
  it('is what its amounts say, to the micro-price', () => {
    expect(limitOf('BUY', 11_000_000, 19_642_857)).toBe(560_000);
    expect(limitOf('BUY', 11_000_000, 19_642_858)).toBe(559_999);
    expect(limitOf('SELL', 10_130_000, 5_774_100)).toBe(570_000);
    expect(limitOf('SELL', 10_130_000, 5_774_101)).toBe(570_001);
  });

  it('lets an order trade at its bound, and not beyond it', () => {
    const exact = createLab();
    exact.stock('bob', 100);
    exact.send({ maker: 'bob', side: 'SELL', price: 0.56, size: 50 });
    const amounts = { orderType: 'FAK', makerAmountMicro: usd(11) } as const;
    const over = { price: 0, size: 0, ...amounts, takerAmountMicro: 19_642_900 };
    expect(exact.send(over)).toMatchObject({ ok: false, message: NO_FAK_MATCH });
    const under = { price: 0, size: 0, ...amounts, takerAmountMicro: 19_642_800 };
    expect(exact.send(under)).toMatchObject({ ok: true, status: 'matched' });
  });
});

describe('immediate orders', () => {
  it('FAK takes what is there within its limit and kills the rest', () => {
    const lab = offers();
    const result = lab.send({ orderType: 'FAK', price: 0.52, size: 40 });
    expect(result).toMatchObject({ ok: true, makingMicro: usd(5), takingMicro: usd(10) });
    const [order] = [...lab.world.orders.values()].filter((o) => o.maker === 'alice');
    expect(order).toMatchObject({ status: 'MATCHED', matchedSizeMicro: usd(10), lockedMicro: 0 });
  });

  it('FAK without a match is killed, and its id is used up', () => {
    const lab = offers();
    const order = lab.order({ orderType: 'FAK', price: 0.49, size: 40 });
    const first = lab.send({ price: 0, size: 0, ...order });
    expect(first).toEqual({ ok: false, httpStatus: 400, message: NO_FAK_MATCH });
    expect(lab.world.orders.get(order.orderId)).toMatchObject({
      status: 'CANCELED',
      cancelReason: NO_FAK_MATCH,
    });
    expect(lab.send({ price: 0, size: 0, ...order })).toMatchObject({
      message: `order ${order.orderId} is invalid. Duplicated.`,
    });
    expect(lab.account('alice').freeMicro).toBe(usd(1_000));
  });

  it('a BUY spends its money: a better price brings more shares', () => {
    const lab = offers();
    const result = lab.send({ orderType: 'FAK', price: 0.55, size: 10 });
    // 5.50 USD: 10 shares for 5.00, and 0.50 USD worth at 0.55.
    expect(result).toMatchObject({ ok: true, makingMicro: 5_499_994, takingMicro: 10_909_080 });
  });

  it('a SELL sells its size: a better price brings more money', () => {
    const lab = createLab();
    lab.stock('alice', 50);
    lab.send({ maker: 'bob', side: 'BUY', price: 0.6, size: 10 });
    const result = lab.send({ side: 'SELL', orderType: 'FAK', price: 0.4, size: 8 });
    expect(result).toMatchObject({ makingMicro: usd(8), takingMicro: usd(4.8) });
  });

  it('FOK fills whole or not at all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 40, max: 60 }), fc.integer({ min: 5, max: 50 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.integer({ min: 40, max: 60 }),
        fc.integer({ min: 5, max: 120 }),
        fc.constantFrom('BUY', 'SELL'),
        (levels, price, size, side) => {
          const lab = createLab();
          lab.stock('bob', 500);
          lab.stock('alice', 200);
          const other = side === 'BUY' ? 'SELL' : 'BUY';
          for (const [at, shares] of levels) {
            lab.send({ maker: 'bob', side: other, price: at / 100, size: shares });
          }
          const before = JSON.stringify([...lab.account('alice').holdings, lab.account('alice')]);
          const result = lab.send({ side, orderType: 'FOK', price: price / 100, size });
          if (!result.ok) {
            expect(result.message).toBe(NO_FOK_FILL);
            const after = JSON.stringify([...lab.account('alice').holdings, lab.account('alice')]);
            expect(after).toBe(before);
          } else {
            const wanted = side === 'BUY' ? Math.round(price * size * 1e4) : usd(size);
            expect(wanted - result.makingMicro).toBeLessThan(10_000);
          }
          expect(lab.problems()).toEqual([]);
        },
      ),
    );
  });
});

describe('resting orders', () => {
  it('GTC takes what crosses and rests with the remainder', () => {
    const lab = offers();
    const result = lab.send({ price: 0.52, size: 30 });
    expect(result).toMatchObject({ status: 'matched', makingMicro: usd(5), takingMicro: usd(10) });
    expect(lab.account('alice').lockedMicro).toBe(usd(20 * 0.52));
    expect(lab.state.book.bids.best()).toBe(520_000);
    expect(lab.state.book.bids.level(520_000)?.totalMicro).toBe(usd(20));
  });

  it('are filled best price first, and oldest first at one price', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 50, max: 54 }), fc.integer({ min: 5, max: 20 })), {
          minLength: 2,
          maxLength: 12,
        }),
        fc.integer({ min: 10, max: 150 }),
        (asks, size) => {
          const lab = createLab();
          lab.stock('bob', 500);
          for (const [price, shares] of asks) {
            lab.send({ maker: 'bob', side: 'SELL', price: price / 100, size: shares });
          }
          const book = [...lab.world.orders.values()];
          lab.send({ price: 0.54, size });
          const sorted = book.toSorted(
            (a, b) => a.priceMicro - b.priceMicro || a.sequence - b.sequence,
          );
          // Once one order is not full, nothing behind it may have been touched.
          const open = sorted.findIndex((order) => order.status === 'LIVE');
          for (const order of open < 0 ? [] : sorted.slice(open + 1)) {
            expect(order.matchedSizeMicro).toBe(0);
          }
          const matched = sorted.reduce((sum, order) => sum + order.matchedSizeMicro, 0);
          const offered = asks.reduce((sum, [, shares]) => sum + shares, 0);
          expect(matched).toBe(usd(Math.min(size, offered)));
        },
      ),
    );
  });

  it('one trade per price level, with all its makers', () => {
    const lab = offers();
    lab.stock('carol', 20);
    lab.send({ maker: 'carol', side: 'SELL', price: 0.5, size: 6 });
    lab.send({ price: 0.55, size: 20 });
    const trades = [...lab.world.trades.values()];
    expect(trades.map((t) => [t.priceMicro, t.sizeMicro, t.usdcMicro, t.makers.length])).toEqual([
      [500_000, usd(16), usd(8), 2],
      [550_000, usd(4), usd(2.2), 1],
    ]);
  });
});

describe('the two outcomes share one book', () => {
  it('BUY meets BUY of the other outcome: a pair is minted', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.4, size: 10 });
    const result = lab.send({ price: 0.6, size: 10 });
    expect(result).toMatchObject({ status: 'matched', makingMicro: usd(6) });
    lab.wait(10_000);
    expect(lab.account('alice').holdings.get(YES)?.freeMicro).toBe(usd(10));
    expect(lab.account('bob').holdings.get(NO)?.freeMicro).toBe(usd(10));
    expect(lab.state.collateralMicro).toBe(usd(10));
    expect(lab.problems()).toEqual([]);
  });

  it('SELL meets SELL of the other outcome: a pair is merged', () => {
    const lab = createLab();
    lab.stock('alice', 10);
    lab.stock('bob', 10);
    lab.send({ maker: 'bob', side: 'SELL', tokenId: NO, price: 0.3, size: 10 });
    lab.send({ side: 'SELL', price: 0.65, size: 10 });
    lab.wait(10_000);
    expect(lab.account('alice').freeMicro).toBe(usd(1_000 - 10 + 7));
    expect(lab.account('bob').freeMicro).toBe(usd(1_000 - 10 + 3));
    expect(lab.state.collateralMicro).toBe(usd(10));
    expect(lab.problems()).toEqual([]);
  });

  it('the last price is kept in the first outcome, whichever was traded', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', price: 0.6, size: 10 });
    lab.send({ tokenId: NO, price: 0.4, size: 10 });
    expect(lab.state.book.lastTradeMicro).toBe(600_000);
    expect(complement(600_000)).toBe(400_000);
  });
});

describe('exactness', () => {
  it('a matched size always costs whole micro-USDC', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), (price) => {
        const micro = price * 100;
        const step = sizeStep(micro);
        expect((step * micro) % 1_000_000).toBe(0);
        expect(10_000 % step).toBe(0);
      }),
    );
  });

  it('fees: shares x rate x (p(1-p))^exponent to five decimals', () => {
    expect(takerFee(usd(100), 500_000, 0.04, 1)).toBe(usd(1));
    expect(takerFee(usd(100), 500_000, 0, 1)).toBe(0);
    expect(takerFee(usd(0.01), 10_000, 0.04, 1)).toBe(0);
    expect(takerFee(usd(7), 570_000, 0.07, 1)).toBe(120_100);
    expect(takerFee(usd(100), 500_000, 0.25, 2)).toBe(usd(1.5625));
  });

  it('the fee is taken from the taker alone, on top of a BUY and off a SELL', () => {
    const lab = createLab({ feeRate: 0.04 });
    lab.stock('bob', 100);
    lab.send({ maker: 'bob', side: 'SELL', price: 0.5, size: 100 });
    lab.send({ price: 0.5, size: 100 });
    lab.wait(10_000);
    expect(lab.account('alice').freeMicro).toBe(usd(1_000 - 50 - 1));
    expect(lab.account('bob').freeMicro).toBe(usd(1_000 - 100 + 50));
    lab.send({ maker: 'bob', side: 'BUY', price: 0.4, size: 100 });
    lab.send({ side: 'SELL', orderType: 'FAK', price: 0.4, size: 100 });
    lab.wait(10_000);
    expect(lab.account('alice').freeMicro).toBe(usd(1_000 - 51 + 40 - 0.96));
    expect(lab.world.feesMicro).toBe(usd(1.96));
    expect(lab.problems()).toEqual([]);
    expect(lab.state.market.conditionId).toBe(CONDITION);
  });
});
