import { normalBelow, studentQuantile } from './normal.ts';
import { meanOf, quantileOf, sortedCopy } from './quantiles.ts';
import { createRandom } from './random.ts';

/** An estimate with the interval that holds the truth with the stated confidence. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
  confidence: number;
  /** Units that were resampled: pairs of blocks, or rounds. */
  count: number;
}

export interface BootstrapOptions {
  seed: number;
  confidence?: number;
  resamples?: number;
}

/** Fewer units than this say nothing about their own spread. */
export const FEWEST_UNITS = 4;

/**
 * Interval of any statistic of a list of independent units (block bootstrap: what is correlated
 * belongs into one unit). Percentiles are widened as Student's t is wider than the normal, because
 * plain percentiles are too narrow for a handful of units (Hesterberg, The American Statistician
 * 69, 2015). With fewer than FEWEST_UNITS the interval is everything: nothing can be told.
 */
export function bootstrap<Unit>(
  units: readonly Unit[],
  statistic: (units: readonly Unit[]) => number,
  options: BootstrapOptions,
): Interval {
  const { seed, confidence = 0.95, resamples = 2000 } = options;
  const count = units.length;
  const estimate = count === 0 ? Number.NaN : statistic(units);
  if (count < FEWEST_UNITS || !Number.isFinite(estimate))
    return unknown(estimate, confidence, count);
  const random = createRandom(seed);
  const pick = () => units[Math.floor(random() * count)] as Unit;
  const found = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) found[i] = statistic(Array.from(units, pick));
  return percentiles(found, { estimate, confidence, count });
}

/**
 * The same for a statistic of two independent lists, such as the days before and after a change:
 * each is resampled by itself.
 */
export function bootstrapTwo<Unit>(
  before: readonly Unit[],
  after: readonly Unit[],
  statistic: (before: readonly Unit[], after: readonly Unit[]) => number,
  options: BootstrapOptions,
): Interval {
  const { seed, confidence = 0.95, resamples = 2000 } = options;
  const count = Math.min(before.length, after.length);
  const estimate = count === 0 ? Number.NaN : statistic(before, after);
  if (count < FEWEST_UNITS || !Number.isFinite(estimate))
    return unknown(estimate, confidence, count);
  const random = createRandom(seed);
  const again = (units: readonly Unit[]) =>
    units.map(() => units[Math.floor(random() * units.length)] as Unit);
  const found = Float64Array.from({ length: resamples }, () =>
    statistic(again(before), again(after)),
  );
  return percentiles(found, { estimate, confidence, count });
}

/** Nothing can be told. */
export function unknown(estimate: number, confidence: number, count: number): Interval {
  const low = Number.NEGATIVE_INFINITY;
  return { estimate, low, high: Number.POSITIVE_INFINITY, confidence, count };
}

function percentiles(
  found: Float64Array,
  { estimate, confidence, count }: Pick<Interval, 'estimate' | 'confidence' | 'count'>,
): Interval {
  const sorted = sortedCopy(found.filter(Number.isFinite));
  const tail = widenedTail((1 - confidence) / 2, count);
  const low = Math.min(estimate, quantileOf(sorted, tail));
  const high = Math.max(estimate, quantileOf(sorted, 1 - tail));
  return { estimate, low, high, confidence, count };
}

/** The share to cut off at each end, so that `tail` remains outside in truth. */
function widenedTail(tail: number, count: number): number {
  const t = studentQuantile(tail, count - 1);
  return normalBelow(t * Math.sqrt(count / (count - 1)));
}

/** What was measured in one block of each condition, next to each other in time. */
export interface BlockPair {
  without: Float64Array | readonly number[];
  with: Float64Array | readonly number[];
}

/** Ratio of a quantile of everything measured with, to that of everything measured without. */
export function quantileRatio(
  pairs: readonly BlockPair[],
  q: number,
  options: BootstrapOptions,
): Interval {
  const pooled = (some: readonly BlockPair[], side: keyof BlockPair) => {
    const size = some.reduce((sum, pair) => sum + pair[side].length, 0);
    const all = new Float64Array(size);
    let at = 0;
    for (const pair of some) {
      all.set(pair[side], at);
      at += pair[side].length;
    }
    return quantileOf(all.sort(), q);
  };
  return bootstrap(pairs, (some) => pooled(some, 'with') / pooled(some, 'without'), options);
}

/** Median of ratios that were measured pair by pair, in turns. */
export function medianRatio(ratios: readonly number[], options: BootstrapOptions): Interval {
  return bootstrap(ratios, (some) => quantileOf(sortedCopy(some), 0.5), options);
}

/** Mean of differences that were measured pair by pair. */
export function meanDifference(
  differences: readonly number[],
  options: BootstrapOptions,
): Interval {
  return bootstrap(differences, meanOf, options);
}
