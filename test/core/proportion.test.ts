import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proportion } from '../../src/core/proportion.ts';

test('Wilson’s interval: the textbook’s figures', () => {
  // Agresti and Coull, The American Statistician 52 (1998): 2 of 10, 0 of 10.
  expect(proportion(2, 10).low).toBeCloseTo(0.0567, 3);
  expect(proportion(2, 10).high).toBeCloseTo(0.5098, 3);
  expect(proportion(0, 10)).toMatchObject({ share: 0, low: 0 });
  expect(proportion(0, 10).high).toBeCloseTo(0.2775, 3);
});

test('of nothing nothing is known', () => {
  expect(proportion(0, 0)).toMatchObject({ low: 0, high: 1 });
});

test('it holds the share, lies in 0 to 1, and narrows with more cases', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (count, part) => {
        const hits = Math.floor(part * count);
        const { share, low, high } = proportion(hits, count);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(share + 1e-12);
        expect(high).toBeGreaterThanOrEqual(share - 1e-12);
        const more = proportion(hits * 4, count * 4);
        expect(more.high - more.low).toBeLessThan(high - low);
      },
    ),
  );
});
