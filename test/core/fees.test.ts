import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestBuyFee, takerFee } from '../../src/core/fees.ts';
import { MICRO, sharesFor } from '../../src/core/money.ts';

describe('takerFee', () => {
  it.each([
    [100 * MICRO, 500_000, 0.04, 1, 1_000_000],
    [100 * MICRO, 500_000, 0, 1, 0],
    [0, 500_000, 0.04, 1, 0],
    [100 * MICRO, 100_000, 0.07, 1, 630_000],
    [MICRO, 123_456, 0.03, 1, 3250],
    [10_000, 10_000, 0.03, 1, 0],
    [4000, 500_000, 0.02, 1, 20],
    [1000, 500_000, 0.02, 1, 10],
    [999, 500_000, 0.02, 1, 0],
    [100 * MICRO, 500_000, 0.04, 2, 250_000],
    [100 * MICRO, 500_000, 0.04, 0, 4_000_000],
    [100 * MICRO, 500_000, 0.04, 0.5, 2_000_000],
    [100 * MICRO, 500_000, 0.04, 9, 20],
    [246_900 * MICRO, 999_000, 0.05, 1, 12_332_660],
  ])('of %i micro-shares at %i, rate %f, exponent %f is %i', (shares, price, rate, e, fee) => {
    expect(takerFee(shares, price, rate, e)).toBe(fee);
  });
});

describe('largestBuyFee', () => {
  it('is nothing where there is no fee', () => {
    expect(largestBuyFee(MICRO, 500_000, 10_000, 0, 1)).toBe(0);
  });

  it('covers every way of spending a sum at the limit or better, in up to twenty fills', () => {
    const prices = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.integer({ min: MICRO, max: 100 * MICRO }),
        prices,
        fc.constantFrom(0.03, 0.05, 0.07),
        fc.constantFrom(0, 0.5, 1, 2, 3),
        (sum, cents, rate, exponent) => {
          const limit = Math.max(...cents) * 10_000;
          const part = Math.floor(sum / cents.length);
          let fees = 0;
          for (const cent of cents) {
            const price = cent * 10_000;
            fees += takerFee(sharesFor(part, price, 'down'), price, rate, exponent);
          }
          const largest = largestBuyFee(sum, limit, 10_000, rate, exponent);
          expect(fees).toBeLessThanOrEqual(largest);
          expect(largest % 10).toBe(0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is close when all is spent at the worst price there is', () => {
    const worst = takerFee(sharesFor(MICRO, 10_000, 'down'), 10_000, 0.04, 1);
    expect(largestBuyFee(MICRO, 500_000, 10_000, 0.04, 1) - worst).toBe(100);
  });
});
