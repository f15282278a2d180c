import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistogram } from '../../src/core/statistics.ts';
import { LATENCY_BOUNDS_S } from '../../src/core/status.ts';

const spans = fc.array(fc.double({ min: 0.0001, max: 1_000_000, noNaN: true }), { minLength: 1 });

function filled(values: readonly number[]) {
  const histogram = createHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('a latency histogram', () => {
  it('is empty at first, and again after a reset', () => {
    const empty = {
      count: 0,
      p50Ms: 0,
      p99Ms: 0,
      maxMs: 0,
      buckets: Array(LATENCY_BOUNDS_S.length + 1).fill(0),
      sumSeconds: 0,
    };
    const histogram = createHistogram();
    expect(histogram.summary()).toEqual(empty);
    histogram.record(3);
    expect(histogram.summary().count).toBe(1);
    histogram.reset();
    expect(histogram.summary()).toEqual(empty);
  });

  it('knows quantiles within 3 %', () => {
    fc.assert(
      fc.property(spans, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const rank = Math.min(values.length, Math.max(1, Math.ceil(q * values.length)));
        const exact = sorted[rank - 1] ?? 0;
        const told = filled(values).quantile(q);
        expect(Math.abs(told - exact) / exact).toBeLessThanOrEqual(0.03);
      }),
    );
  });

  it('counts exactly at the bounds of Prometheus, cumulatively', () => {
    const histogram = filled([0.1, 0.100001, 1, 10_000, 30_000, 30_001]);
    const { buckets, count, sumSeconds, maxMs } = histogram.summary();
    expect(buckets).toHaveLength(LATENCY_BOUNDS_S.length + 1);
    const at = (bound: (typeof LATENCY_BOUNDS_S)[number]) =>
      buckets[LATENCY_BOUNDS_S.indexOf(bound)];
    expect([at(0.0001), at(0.00025), at(0.001), at(5), at(10), at(30)]).toEqual([1, 2, 3, 3, 4, 5]);
    expect(buckets.at(-1)).toBe(6);
    expect(count).toBe(6);
    expect(maxMs).toBe(30_001);
    expect(sumSeconds).toBeCloseTo(70.002_200_001, 9);
  });

  it('merged equals one that saw everything', () => {
    fc.assert(
      fc.property(spans, spans, (one, two) => {
        const merged = filled(one);
        merged.merge(filled(two));
        const { sumSeconds, ...rest } = merged.summary();
        const { sumSeconds: wholeSum, ...whole } = filled([...one, ...two]).summary();
        expect(rest).toEqual(whole);
        expect(sumSeconds).toBeCloseTo(wholeSum, 6);
      }),
    );
  });

  it('clamps what no latency can be, and drops NaN', () => {
    const histogram = filled([-5, 0, Number.NaN, Number.POSITIVE_INFINITY]);
    const { count, maxMs, buckets } = histogram.summary();
    expect(count).toBe(3);
    expect(maxMs).toBe(2 ** 24);
    expect(buckets[0]).toBe(2);
    expect(histogram.quantile(0)).toBeLessThan(0.0001);
    expect(histogram.quantile(1)).toBe(2 ** 24);
  });
});
