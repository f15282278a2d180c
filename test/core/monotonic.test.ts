import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMonotonic } from '../../src/core/monotonic.ts';

test('the growth over all lives is what each life counted', () => {
  const life = fc.array(fc.nat(100), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 10 }), (lives) => {
      const monotonic = createMonotonic();
      let total = 0;
      let expected = 0;
      for (const [i, steps] of lives.entries()) {
        monotonic.life(`life ${i}`);
        let count = 0;
        for (const step of steps) {
          count += step;
          const growth = monotonic.growth('key', count);
          expect(growth).toBeGreaterThanOrEqual(0);
          total += growth;
        }
        expected += count;
      }
      expect(total).toBe(expected);
    }),
  );
});

test('a count that falls within a life is a new beginning', () => {
  const monotonic = createMonotonic();
  monotonic.growth('key', 10);
  expect(monotonic.growth('key', 4)).toBe(4);
  expect(monotonic.growth('key', 6)).toBe(2);
});
