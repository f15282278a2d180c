import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BlockPair,
  bootstrap,
  meanDifference,
  medianRatio,
  quantileRatio,
} from '../../../src/core/bench/bootstrap.ts';
import { normalBelow, normalQuantile, studentQuantile } from '../../../src/core/bench/normal.ts';
import { meanOf, medianOf, quantileOf } from '../../../src/core/bench/quantiles.ts';
import { createRandom, shuffled } from '../../../src/core/bench/random.ts';
import { fitLine, fitPowerLaw, judgeScaling, TOLERANCE } from '../../../src/core/bench/scaling.ts';
import { controlSides, createSchedule, isStationary } from '../../../src/core/bench/schedule.ts';
import { createSpectrum } from '../../../src/core/bench/spectrum.ts';
import { typicalDifference } from '../../../src/core/bench/typical.ts';
import {
  exitCodeOf,
  halfWidth,
  judgeControl,
  unitsNeeded,
  verdict,
  worst,
} from '../../../src/core/bench/verdict.ts';

/** Roughly normal around 0 with deviation 1. */
const normal = (random: () => number) =>
  Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);

/** Latencies of a block: log-normal, in its own mood. */
function block(random: () => number, size: number, factor: number, mood: number): number[] {
  return Array.from({ length: size }, () => factor * mood * Math.exp(0.3 * normal(random)));
}

function pairsOf(seed: number, slowdown: number, options = { pairs: 12, size: 150, mood: 0.01 }) {
  const random = createRandom(seed);
  return Array.from({ length: options.pairs }, (): BlockPair => {
    const mood = Math.exp(options.mood * normal(random));
    return {
      without: block(random, options.size, 1, mood),
      with: block(random, options.size, 1 + slowdown, mood),
    };
  });
}

describe('distributions', () => {
  test('known values', () => {
    expect(normalBelow(0)).toBeCloseTo(0.5, 6);
    expect(normalBelow(1.96)).toBeCloseTo(0.975, 4);
    expect(normalQuantile(0.975)).toBeCloseTo(1.96, 3);
    // Tables of Student's t.
    expect(studentQuantile(0.975, 5)).toBeCloseTo(2.571, 1);
    expect(studentQuantile(0.975, 11)).toBeCloseTo(2.201, 2);
    expect(studentQuantile(0.025, 11)).toBeCloseTo(-2.201, 2);
  });

  test('quantiles lie among their values and grow', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p, q) => {
          const sorted = Float64Array.from(values).sort();
          const [low, high] = [
            quantileOf(sorted, Math.min(p, q)),
            quantileOf(sorted, Math.max(p, q)),
          ];
          expect(low).toBeLessThanOrEqual(high + 1e-6);
          expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
          expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
        },
      ),
    );
    expect(quantileOf([], 0.5)).toBeNaN();
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(meanOf([1, 2, 6])).toBe(3);
  });

  test('a spectrum is within 0.1 % of the truth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e5, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const spectrum = createSpectrum(values);
          const sorted = Float64Array.from(values).sort();
          const truth = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
          expect(Math.abs(spectrum.quantile(q) / truth - 1)).toBeLessThan(0.00101);
          expect(spectrum.count).toBe(values.length);
        },
      ),
    );
    const empty = createSpectrum([Number.NaN]);
    expect(empty.quantile(0.5)).toBeNaN();
    expect(createSpectrum([-1]).entries()).toHaveLength(1);
  });
});

describe('bootstrap', () => {
  test('the same seed gives the same interval, which holds its estimate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 4, maxLength: 30 }),
        fc.integer(),
        (ratios, seed) => {
          const interval = medianRatio(ratios, { seed, resamples: 100 });
          expect(medianRatio(ratios, { seed, resamples: 100 })).toEqual(interval);
          expect(interval.low).toBeLessThanOrEqual(interval.estimate);
          expect(interval.high).toBeGreaterThanOrEqual(interval.estimate);
          expect(interval.low).toBeGreaterThanOrEqual(Math.min(...ratios));
          expect(interval.high).toBeLessThanOrEqual(Math.max(...ratios));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('holds the truth about as often as it says, also with six units', () => {
    let held = 0;
    const runs = 300;
    for (let seed = 0; seed < runs; seed += 1) {
      const random = createRandom(seed * 7919);
      const differences = Array.from({ length: 6 }, () => 3 + normal(random));
      const { low, high } = meanDifference(differences, { seed, resamples: 400 });
      if (low <= 3 && 3 <= high) held += 1;
    }
    // 95 % asked for; the normal error of 300 trials is 1.3 %.
    expect(held / runs).toBeGreaterThan(0.89);
  });

  test('so does that of a typical difference, and a few spoilt units do not move it', () => {
    const runs = 300;
    let [held, moved] = [0, 0];
    for (let seed = 0; seed < runs; seed += 1) {
      const random = createRandom(seed * 7919);
      const differences = Array.from({ length: 12 }, () => 3 + normal(random));
      const { low, high } = typicalDifference(differences);
      if (low <= 3 && 3 <= high) held += 1;
      const spoilt = typicalDifference([...differences.slice(2), 100, 90]);
      if (spoilt.low > 3 || spoilt.high > 6) moved += 1;
    }
    expect(held / runs).toBeGreaterThan(0.91);
    expect(moved / runs).toBeLessThan(0.1);
  });

  test('fewer than four units, or none that count, say nothing', () => {
    expect(halfWidth(medianRatio([1, 1, 1], { seed: 1 }))).toBe(Number.POSITIVE_INFINITY);
    expect(verdict(medianRatio([1, 1, 1], { seed: 1 }), 1.05)).toBe('INCONCLUSIVE');
    expect(verdict(medianRatio([], { seed: 1 }), 1.05)).toBe('INCONCLUSIVE');
    const none = bootstrap([1, 2, 3, 4, 5], () => Number.NaN, { seed: 1 });
    expect(verdict(none, 1)).toBe('INCONCLUSIVE');
  });
});

describe('a slowed sidecar comes out as it should', () => {
  const judged = (slowdown: number, options?: { pairs: number; size: number; mood: number }) =>
    verdict(quantileRatio(pairsOf(11, slowdown, options), 0.5, { seed: 3, resamples: 500 }), 1.05);

  test('no difference: PASS', () => {
    expect(judged(0)).toBe('PASS');
  });
  test('a few percent around the budget: INCONCLUSIVE', () => {
    expect(judged(0.05)).toBe('INCONCLUSIVE');
  });
  test('a lot: FAIL', () => {
    expect(judged(0.3)).toBe('FAIL');
  });
  test('no difference on too few, noisy blocks: INCONCLUSIVE, never PASS', () => {
    expect(judged(0, { pairs: 5, size: 12, mood: 0.2 })).toBe('INCONCLUSIVE');
  });
  test('a slower tail alone shows in p99', () => {
    const pairs = pairsOf(5, 0).map((pair) => ({
      without: pair.without,
      with: Array.from(pair.with).map((ms, index) => (index % 25 === 0 ? ms * 20 : ms)),
    }));
    expect(verdict(quantileRatio(pairs, 0.99, { seed: 1, resamples: 500 }), 1.05)).toBe('FAIL');
  });
});

describe('verdicts', () => {
  const interval = (low: number, high: number, count = 8) => ({
    estimate: (low + high) / 2,
    low,
    high,
    confidence: 0.95,
    count,
  });

  test('follow the interval', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (low, width) => {
          const status = verdict(interval(low, low + width), 1.05);
          expect(status === 'PASS').toBe(low + width <= 1.05);
          expect(status === 'FAIL').toBe(low > 1.05);
        },
      ),
    );
  });

  test('the worst counts, and nothing measured is no pass', () => {
    expect(worst(['PASS', 'PASS'])).toBe('PASS');
    expect(worst(['PASS', 'INCONCLUSIVE'])).toBe('INCONCLUSIVE');
    expect(worst(['INCONCLUSIVE', 'FAIL', 'PASS'])).toBe('FAIL');
    expect(worst([])).toBe('INCONCLUSIVE');
    expect([exitCodeOf('PASS'), exitCodeOf('FAIL'), exitCodeOf('INCONCLUSIVE')]).toEqual([0, 1, 4]);
  });

  test('twice the precision needs four times the run, less what Student’s t no longer adds', () => {
    expect(unitsNeeded(interval(0.75, 1.25), 0.25)).toBe(8);
    expect(unitsNeeded(interval(0.75, 1.25), 0.125)).toBe(29);
    expect(unitsNeeded(interval(1, 1), 0.05)).toBe(4);
    expect(unitsNeeded(interval(0, Number.POSITIVE_INFINITY), 0.05)).toBe(Number.POSITIVE_INFINITY);
  });

  test('the control says whether the run is long enough, and how long would be', () => {
    const noisy = judgeControl(interval(0.8, 1.2), { units: 8, unitSeconds: 20, wanted: 0.05 });
    expect(noisy.precise).toBe(false);
    expect(noisy.neededSeconds).toBe(119 * 20);
    expect(noisy.biased).toBe(false);
    const quiet = judgeControl(interval(0.98, 1.02), { units: 8, unitSeconds: 20, wanted: 0.05 });
    expect(quiet.precise).toBe(true);
    const odd = judgeControl(interval(1.01, 1.02), { units: 8, unitSeconds: 20, wanted: 0.05 });
    expect(odd.biased).toBe(true);
  });
});

describe('schedule', () => {
  test('every quad is balanced, busy is as frequent as idle and once more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (rounds, seed) => {
        const schedule = createSchedule(rounds, seed);
        expect(schedule).toEqual(createSchedule(rounds, seed));
        const count = (treatment: string) =>
          schedule.filter((quad) => quad.treatment === treatment).length;
        expect([count('idle'), count('busy')]).toEqual([rounds, 2 * rounds]);
        for (const { blocks, treatment } of schedule) {
          expect(blocks).toEqual([...blocks].reverse());
          expect(blocks.filter((one) => one === 'without')).toHaveLength(2);
          expect(blocks.filter((one) => one === treatment)).toHaveLength(2);
        }
      }),
    );
  });

  test('both orders occur', () => {
    const first = createSchedule(20, 4).map(({ blocks }) => blocks[0] === 'without');
    expect(new Set(first).size).toBe(2);
    expect(new Set(controlSides(20, 4).map(String)).size).toBe(2);
    expect(shuffled([1, 2, 3], createRandom(1)).sort()).toEqual([1, 2, 3]);
  });

  test('a rise is not stationary', () => {
    expect(isStationary([10, 10, 10], 0.1)).toBe(false);
    expect(isStationary([10, 20, 30, 40], 0.1)).toBe(false);
    expect(isStationary([10, 10.2, 9.9, 10], 0.1)).toBe(true);
  });
});

describe('scaling', () => {
  const rounds = (exponent: number, seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 8 }, () =>
      [10, 100, 1000, 10_000].map((size) => ({
        size,
        cost: 3 * size ** exponent * Math.exp(0.05 * normal(random)),
      })),
    );
  };

  test('finds factor and exponent', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -1, max: 3, noNaN: true }),
        (factor, exponent) => {
          const points = [1, 10, 100].map((size) => ({ size, cost: factor * size ** exponent }));
          const law = fitPowerLaw(points);
          expect(law.exponent).toBeCloseTo(exponent, 6);
          expect(law.factor / factor).toBeCloseTo(1, 6);
        },
      ),
    );
    expect(fitLine([1, 1], [2, 3]).slope).toBeNaN();
  });

  test('constant and linear pass, n log n of small n is linear enough, quadratic fails', () => {
    expect(judgeScaling(rounds(0, 1), 0, { seed: 1 }).status).toBe('PASS');
    expect(judgeScaling(rounds(1, 1), 0, { seed: 1 }).status).toBe('FAIL');
    expect(judgeScaling(rounds(1, 2), 1, { seed: 1 }).status).toBe('PASS');
    expect(judgeScaling(rounds(2, 3), 1, { seed: 1 }).status).toBe('FAIL');
    expect(judgeScaling(rounds(1 + TOLERANCE, 4), 1, { seed: 1 }).status).toBe('INCONCLUSIVE');
    expect(judgeScaling(rounds(1, 2).slice(0, 2), 1, { seed: 1 }).status).toBe('INCONCLUSIVE');
  });
});
