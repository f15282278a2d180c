import { type BlockPair, FEWEST_UNITS, type Interval, unknown } from './bootstrap.ts';
import { studentQuantile } from './normal.ts';
import { meanOf, quantileOf, sortedCopy } from './quantiles.ts';

/** What the trimmed mean leaves out at each end: a fifth, as Wilcox recommends. */
const TRIM = 0.2;
const CONFIDENCE = 0.95;

/**
 * How a quantile that each pair can tell by itself, such as the median, changes in a typical pair.
 * A neighbour who takes the machine for some seconds spoils a few pairs, and they are left out;
 * pooled readings would carry his share into the result.
 */
export function typicalRatio(pairs: readonly BlockPair[], q: number): Interval {
  const of = (readings: BlockPair['with']) => quantileOf(sortedCopy(readings), q);
  const { estimate, low, high, ...rest } = typicalDifference(
    pairs.map((pair) => Math.log(of(pair.with) / of(pair.without))),
  );
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), ...rest };
}

/**
 * Trimmed mean of differences that were measured pair by pair, with the interval of Tukey and
 * McLaughlin (Sankhya A 25, 1963): a bootstrap draws a spoilt unit again and again until there are
 * more than are left out.
 */
export function typicalDifference(differences: readonly number[]): Interval {
  const count = differences.length;
  const sorted = Array.from(sortedCopy(differences));
  const cut = leftOut(count);
  const kept = sorted.slice(cut, count - cut);
  const estimate = meanOf(kept);
  if (count < FEWEST_UNITS || !differences.every(Number.isFinite)) {
    return unknown(estimate, CONFIDENCE, count);
  }
  const [least = estimate, most = estimate] = [kept[0], kept.at(-1)];
  const spread = deviationOf(sorted.map((value) => Math.min(most, Math.max(least, value))));
  const half = trimmedFactor(count) * spread;
  return { estimate, low: estimate - half, high: estimate + half, confidence: CONFIDENCE, count };
}

/** Half the interval's width over the deviation of single units, by how many they are. */
export function trimmedFactor(count: number): number {
  const kept = count - 2 * leftOut(count);
  const t = studentQuantile(1 - (1 - CONFIDENCE) / 2, kept - 1);
  return (t * Math.sqrt(count)) / kept;
}

/** Units left out at each end; so many remain that they tell their spread. */
function leftOut(count: number): number {
  return Math.max(0, Math.min(Math.floor(TRIM * count), Math.floor((count - FEWEST_UNITS) / 2)));
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
