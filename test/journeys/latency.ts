import {
  between,
  countOf,
  type LatencySpan,
  merge,
  quantile,
} from '../../src/core/latency-delta.ts';
import { LATENCY_BOUNDS_S, type LatencySummary } from '../../src/core/status.ts';
import { pause, type watchStatus } from './paper-world.ts';

/** What the bot measured of itself in neighbouring spans of one run, without and with a load. */
export interface Pair {
  quiet: LatencySpan;
  loaded: LatencySpan;
}

/** By how much the median may rise: far above noise, far below a bot that is blocked for 50 ms. */
const MEDIAN_RISE_MS = 15;
/** Above this a decision counts as slow; a bound of the histogram, so that its count is exact. */
const SLOW_S = 0.05;
/** How much larger the share of slow decisions may be. */
const SLOW_SHARE = 0.1;
const LEAST = 30;

/**
 * Whether the load made the bot slower, in words; undefined: it did not. Neighbours are compared,
 * and the median of their differences counts, so that one busy moment of the machine says nothing.
 */
export function slowedDown(pairs: readonly Pair[]): string | undefined {
  const measured = pairs.filter(({ quiet, loaded }) => countOf(quiet) * countOf(loaded) > 0);
  const quiet = merge(measured.map((pair) => pair.quiet));
  const loaded = merge(measured.map((pair) => pair.loaded));
  const counts = [countOf(quiet), countOf(loaded)];
  if (Math.min(...counts) < LEAST) return `only ${counts.join(' and ')} decisions were measured`;
  const rises = measured.map((pair) => medianMs(pair.loaded) - medianMs(pair.quiet));
  rises.sort((a, b) => a - b);
  const rise = rises[Math.floor(rises.length / 2)] ?? Number.NaN;
  if (rise > MEDIAN_RISE_MS) return `the median rose by ${rise.toFixed(1)} ms`;
  const shares = [slowShare(quiet), slowShare(loaded)] as const;
  if (shares[1] - shares[0] <= SLOW_SHARE) return undefined;
  return `slow decisions: ${shares.map((share) => share.toFixed(3)).join(', and under load ')}`;
}

/** For notes: what was compared. */
export function latencyWords(pairs: readonly Pair[]): string {
  return (['quiet', 'loaded'] as const)
    .map((side) => {
      const span = merge(pairs.map((pair) => pair[side]));
      const [p50, p99] = [0.5, 0.99].map((q) => 1000 * (quantile(span, q) ?? Number.NaN));
      return `${side}: ${countOf(span)} decisions, p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms`;
    })
    .join('; ');
}

function medianMs(span: LatencySpan): number {
  return 1000 * (quantile(span, 0.5) ?? Number.NaN);
}

function slowShare({ counts }: LatencySpan): number {
  const above = LATENCY_BOUNDS_S.indexOf(SLOW_S) + 1;
  const sum = (some: readonly number[]) => some.reduce((total, count) => total + count, 0);
  return sum(counts.slice(above)) / sum(counts);
}

type Watch = Pick<ReturnType<typeof watchStatus>, 'latest'>;

/** What the bot measured of its internal latency while `ms` passed. */
export async function internalLatency(watch: Watch, ms: number): Promise<LatencySpan> {
  const now = (): LatencySummary => {
    const latest = watch.latest();
    if (!latest) throw new Error('no status');
    return latest.status.latency.internal;
  };
  const before = now();
  await pause(ms);
  return between(before, now());
}
