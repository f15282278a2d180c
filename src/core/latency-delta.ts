import { LATENCY_BOUNDS_S, type LatencySummary } from './status.ts';

/** What one stage measured in one span; two of them add up to their union. */
export interface LatencySpan {
  /** Counts per bound of LATENCY_BOUNDS_S, then above the last; not cumulative. */
  counts: number[];
  sumSeconds: number;
}

const BUCKETS = LATENCY_BOUNDS_S.length + 1;

export const EMPTY_SPAN: LatencySpan = Object.freeze({
  counts: new Array<number>(BUCKETS).fill(0),
  sumSeconds: 0,
});

/**
 * What was measured between two readings of a summary that only grows; a restart begins at zero.
 */
export function between(before: LatencySummary | undefined, after: LatencySummary): LatencySpan {
  const restarted = !before || after.count < before.count;
  const own = (summary: LatencySummary, index: number) =>
    (summary.buckets[index] ?? 0) - (index === 0 ? 0 : (summary.buckets[index - 1] ?? 0));
  const counts = Array.from(
    { length: BUCKETS },
    (_, index) => own(after, index) - (restarted ? 0 : own(before, index)),
  );
  return { counts, sumSeconds: after.sumSeconds - (restarted ? 0 : before.sumSeconds) };
}

export function merge(spans: Iterable<LatencySpan>): LatencySpan {
  const counts = [...EMPTY_SPAN.counts];
  let sumSeconds = 0;
  for (const span of spans) {
    span.counts.forEach((count, index) => {
      counts[index] = (counts[index] ?? 0) + count;
    });
    sumSeconds += span.sumSeconds;
  }
  return { counts, sumSeconds };
}

export function countOf(span: LatencySpan): number {
  return span.counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The quantile (0 to 1) in seconds, linear within its bucket as Prometheus computes it; null when
 * nothing was measured. Above the last bound it is that bound: the buckets know no more.
 */
export function quantile(span: LatencySpan, share: number): number | null {
  const total = countOf(span);
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [index, count] of span.counts.entries()) {
    const upper = LATENCY_BOUNDS_S[index];
    if (upper === undefined) break;
    if (count > 0 && below + count >= rank) {
      const lower = index === 0 ? 0 : (LATENCY_BOUNDS_S[index - 1] ?? 0);
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return LATENCY_BOUNDS_S[LATENCY_BOUNDS_S.length - 1] ?? null;
}
