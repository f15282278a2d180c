/** Neighbouring buckets differ by 0.2 %, so any quantile is within 0.1 % of the true one. */
const RATIO = 1.002;
const STEP = Math.log(RATIO);
/** Smallest value that is told apart, ms. */
const FLOOR_MS = 1e-4;

/**
 * A histogram of high dynamic range that is as fine as comparisons of a few percent need. Sparse:
 * it costs what was recorded, whatever the range. (core/statistics.ts is coarser and of fixed size,
 * for the hot path.)
 */
export interface Spectrum {
  record(ms: number): void;
  readonly count: number;
  quantile(q: number): number;
  /** Middle of each bucket in ms and how many records fell into it, ascending. */
  entries(): [ms: number, count: number][];
}

export function createSpectrum(values: Iterable<number> = []): Spectrum {
  const counts = new Map<number, number>();
  let count = 0;
  const record = (ms: number) => {
    if (Number.isNaN(ms)) return;
    const bucket = Math.floor(Math.log(Math.max(FLOOR_MS, ms)) / STEP);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    count += 1;
  };
  const entries = () =>
    [...counts]
      .sort(([a], [b]) => a - b)
      .map(([bucket, n]): [number, number] => [Math.exp((bucket + 0.5) * STEP), n]);
  for (const value of values) record(value);
  return {
    record,
    get count() {
      return count;
    },
    entries,
    quantile(q) {
      let left = Math.max(1, Math.ceil(q * count));
      for (const [ms, n] of entries()) {
        left -= n;
        if (left <= 0) return ms;
      }
      return Number.NaN;
    },
  };
}
