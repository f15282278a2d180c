import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floorTo,
  formatMicro,
  mulDiv,
  notional,
  parseMicro,
  sharesFor,
} from '../../src/core/money.ts';

const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('mulDiv', () => {
  it('is exact where floats are not, in every rounding', () => {
    fc.assert(
      fc.property(safe, safe, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (a, b, c) => {
        const product = BigInt(a) * BigInt(b);
        const down = product / BigInt(c);
        const rest = product % BigInt(c);
        const up = rest > 0n ? down + 1n : down;
        const nearest = rest * 2n >= BigInt(c) ? down + 1n : down;
        for (const [rounding, exact] of Object.entries({ down, up, nearest })) {
          const told = () => mulDiv(a, b, c, rounding as 'down' | 'up' | 'nearest');
          if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(told).toThrow(RangeError);
          else expect(BigInt(told())).toBe(exact);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [7, 1, 2, 'down', 3],
    [7, 1, 2, 'up', 4],
    [7, 1, 2, 'nearest', 4],
    [8, 1, 6, 'nearest', 1],
    [8, 1, 2, 'up', 4],
    [9_007_199_254_740_991, 3, 6, 'down', 4_503_599_627_370_495],
    [9_007_199_254_740_991, 3, 6, 'up', 4_503_599_627_370_496],
    [9_007_199_254_740_991, 3, 6, 'nearest', 4_503_599_627_370_496],
    [9_007_199_254_740_991, 3, 9, 'nearest', 3_002_399_751_580_330],
  ] as const)('%i x %i / %i, %s: %i', (a, b, c, rounding, result) => {
    expect(mulDiv(a, b, c, rounding)).toBe(result);
  });
});

describe('amounts', () => {
  it('follow from shares and price', () => {
    expect(notional(10_130_000, 570_000, 'down')).toBe(5_774_100);
    expect(notional(1, 1, 'up')).toBe(1);
    expect(sharesFor(11_000_000, 560_000, 'down')).toBe(19_642_857);
    expect(floorTo(19_642_857, 100)).toBe(19_642_800);
  });

  it.each<[unknown, number | undefined]>([
    ['0.57', 570_000],
    [0.57, 570_000],
    ['11', 11_000_000],
    [0.34999998482658917, 350_000],
    ['0.0000004', 0],
    [0, 0],
    ['-1', undefined],
    [-0.1, undefined],
    ['1e3', undefined],
    ['', undefined],
    [' 1', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [null, undefined],
    [{}, undefined],
    ['9007199255', undefined],
    [1e300, undefined],
  ])('parse %j as %s', (value, micro) => {
    expect(parseMicro(value)).toBe(micro);
  });

  it.each([
    [570_000, '0.57'],
    [1_000_000, '1'],
    [0, '0'],
    [-1_500_000, '-1.5'],
    [1, '0.000001'],
    [246_900_000_001, '246900.000001'],
  ])('print %i as %s', (micro, text) => {
    expect(formatMicro(micro)).toBe(text);
  });

  it('printed and parsed again are the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (micro) => {
        expect(parseMicro(formatMicro(micro))).toBe(micro);
      }),
    );
  });
});
