import { describe, expect, it } from 'vitest';
import { averageOf, entryBound, exitBound, walkAsks } from '../../src/core/slippage.ts';

const levels = (...pairs: [number, number][]) =>
  pairs.map(([priceMicro, sizeMicro]) => ({ priceMicro, sizeMicro }));

describe('entryBound', () => {
  it.each([
    [500_000, 0.02, 10_000, 510_000],
    [500_000, 0.019, 10_000, 500_000],
    [500_000, 0, 10_000, 500_000],
    [349_999, 0.02, 1000, 356_000],
    [999_000, 0.02, 1000, 999_000],
    [1_000_000, 0.5, 100_000, 900_000],
    [9999, 0, 10_000, undefined],
  ])('%i with %f on tick %i: %s', (price, slippage, tick, bound) => {
    expect(entryBound(price, slippage, tick)).toBe(bound);
  });
});

describe('exitBound', () => {
  it.each([
    [500_000, 0.02, 10_000, 490_000],
    [500_000, 0.03, 10_000, 480_000],
    [10_000, 0.5, 10_000, 10_000],
    [1_000_000, 0, 10_000, 990_000],
    [500_000, 5, 10_000, 10_000],
    [500_000, Number.NaN, 10_000, 500_000],
  ])('%i with %f on tick %i: %i', (bid, slippage, tick, bound) => {
    expect(exitBound(bid, slippage, tick)).toBe(bound);
  });
});

describe('walking a book', () => {
  const asks = levels([500_000, 2_000_000], [510_000, 1_000_000], [600_000, 9_000_000]);
  it.each([
    ['within the first level', 510_000, 500_000, 1_000_000, 500_000, 500_000, 1],
    ['into the second', 510_000, 1_255_000, 2_500_000, 1_255_000, 510_000, 2],
    ['up to the limit only', 510_000, 9_000_000, 3_000_000, 1_510_000, 510_000, 2],
    ['exactly one level', 510_000, 1_000_000, 2_000_000, 1_000_000, 500_000, 1],
    ['not at all', 490_000, 9_000_000, 0, 0, 0, 0],
  ])('buys %s', (_, limit, budget, shares, usdc, worst, touched) => {
    expect(walkAsks(asks, limit, budget)).toEqual({
      sharesMicro: shares,
      usdcMicro: usdc,
      worstMicro: worst,
      levels: touched,
    });
  });

  it('has an average, 0 for nothing', () => {
    expect(averageOf(walkAsks(asks, 510_000, 9_000_000))).toBe(503_333);
    expect(averageOf(walkAsks([], 510_000, 9_000_000))).toBe(0);
  });
});
