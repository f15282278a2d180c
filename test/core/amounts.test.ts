import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftBuy, draftSell, isOrderPrice } from '../../src/core/amounts.ts';
import { MICRO } from '../../src/core/money.ts';

const TICKS = [100_000, 10_000, 5000, 2500, 1000, 100];
const terms = (tickMicro: number) => ({ tokenId: '1', tickMicro, negRisk: true });

/** A tick, and a price on its grid. */
const grid = fc.constantFrom(...TICKS).chain((tick) =>
  fc.tuple(
    fc.constant(tick),
    fc.integer({ min: 1, max: MICRO / tick - 1 }).map((steps) => steps * tick),
  ),
);

describe('isOrderPrice', () => {
  it.each([
    [10_000, 10_000, true],
    [990_000, 10_000, true],
    [0, 10_000, false],
    [1_000_000, 10_000, false],
    [999_000, 10_000, false],
    [15_000, 10_000, false],
    [999_900, 100, true],
    [Number.NaN, 10_000, false],
  ])('%i on tick %i: %s', (price, tick, allowed) => {
    expect(isOrderPrice(price, tick)).toBe(allowed);
  });
});

describe('a buy', () => {
  it('asks for the shares of its limit, rounded down', () => {
    // The client of the venue asks for 19.642858 here, and so for less than 0.56.
    expect(draftBuy(terms(10_000), 560_000, 11_000_000)).toEqual({
      tokenId: '1',
      side: 'BUY',
      makerAmountMicro: 11_000_000,
      takerAmountMicro: 19_642_800,
      orderType: 'FAK',
      negRisk: true,
    });
  });

  it('may be a single cent', () => {
    expect(draftBuy(terms(10_000), 500_000, 10_000)).toMatchObject({
      makerAmountMicro: 10_000,
      takerAmountMicro: 20_000,
    });
  });

  it.each([
    ['below a cent', 10_000, 560_000, 9999],
    ['NaN', 10_000, 560_000, Number.NaN],
    ['off the grid', 10_000, 565_000, 1_000_000],
    ['at 1', 10_000, 1_000_000, 1_000_000],
    ['a cent on the finest grid', 100, 999_900, 10_000],
  ])('cannot be written: %s', (_, tick, limit, budget) => {
    expect(draftBuy(terms(tick), limit, budget)).toBeUndefined();
  });

  it('stays in budget, in the decimals, and trades at its limit but at nothing worse', () => {
    fc.assert(
      fc.property(
        grid,
        fc.integer({ min: MICRO, max: 100_000 * MICRO }),
        ([tick, limit], budget) => {
          const draft = draftBuy(terms(tick), limit, budget);
          if (draft === undefined) throw new Error('a dollar can always be written');
          const { makerAmountMicro: maker, takerAmountMicro: taker } = draft;
          expect(maker).toBeLessThanOrEqual(budget);
          expect(budget - maker).toBeLessThan(10_000);
          expect(maker % 10_000).toBe(0);
          expect(taker % 100).toBe(0);
          const implied = BigInt(maker) * BigInt(MICRO);
          expect(implied >= BigInt(limit) * BigInt(taker)).toBe(true);
          expect(implied < BigInt(limit + tick) * BigInt(taker)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a sell', () => {
  it('asks for the cash of its limit, rounded down', () => {
    expect(draftSell(terms(1000), 571_000, 22_996_950)).toMatchObject({
      side: 'SELL',
      makerAmountMicro: 22_990_000,
      takerAmountMicro: 13_127_200,
    });
    expect(draftSell(terms(10_000), 570_000, 10_130_000)?.takerAmountMicro).toBe(5_774_100);
    expect(draftSell(terms(10_000), 10_000, 10_000)?.takerAmountMicro).toBe(100);
  });

  it.each([
    ['below 0.01 shares', 10_000, 560_000, 9999],
    ['NaN', 10_000, 560_000, Number.NaN],
    ['off the grid', 10_000, 565_000, 1_000_000],
    ['at 0', 10_000, 0, 1_000_000],
    ['worth less than 0.0001', 100, 100, 10_000],
    ['dust on a fine grid', 1000, 571_000, 10_000],
  ])('cannot be written: %s', (_, tick, limit, shares) => {
    expect(draftSell(terms(tick), limit, shares)).toBeUndefined();
  });

  it('sells no more than given, in the decimals, at its limit but at nothing worse', () => {
    const shares = fc.integer({ min: 2 * MICRO, max: 300_000 * MICRO });
    fc.assert(
      fc.property(grid, shares, ([tick, limit], most) => {
        const draft = draftSell(terms(tick), limit, most);
        if (draft === undefined) throw new Error('two shares can always be written');
        const { makerAmountMicro: maker, takerAmountMicro: taker } = draft;
        expect(maker).toBeLessThanOrEqual(most);
        expect(most - maker).toBeLessThan(10_000);
        expect(maker % 10_000).toBe(0);
        expect(taker % 100).toBe(0);
        const implied = BigInt(taker) * BigInt(MICRO);
        expect(implied <= BigInt(limit) * BigInt(maker)).toBe(true);
        expect(implied > BigInt(limit - tick) * BigInt(maker)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
