import { LATENCY_BOUNDS_S, type LatencySummary } from './status.ts';

const WORD = new Float64Array(1);
const BITS = new Uint32Array(WORD.buffer);

/** 32 buckets per power of two: the exponent and the top 5 bits of a double's mantissa. */
const SHIFT = 15;
const FLOOR_MS = 2 ** -14;
const CEILING_MS = 2 ** 24;
const FIRST = bitsOf(FLOOR_MS);
const BUCKETS = bitsOf(CEILING_MS) - FIRST + 1;

/** The Prometheus bounds, and one that ends every search. */
const BOUNDS_MS = new Float64Array([...LATENCY_BOUNDS_S.map((s) => s * 1000), CEILING_MS]);
/** First bound that a value of each bucket can be under, so that a record searches one or two. */
const BOUND_OF_BUCKET = Uint8Array.from({ length: BUCKETS }, (_, bucket) =>
  BOUNDS_MS.findIndex((bound) => bound >= lowerEdge(bucket + FIRST)),
);

function bitsOf(value: number): number {
  WORD[0] = value;
  return (BITS[1] as number) >>> SHIFT;
}

/**
 * Latencies in constant memory: log-linear buckets, so that any quantile is within 1.6 % of the
 * true one between 61 ns and 4.6 h (values outside are clamped), beside exact counts for the
 * Prometheus bounds.
 */
export interface Histogram {
  record(ms: number): void;
  /** Adds another's records to this one. */
  merge(other: Histogram): void;
  /** Milliseconds below which the fraction `q` of the records lie; 0 when there is none. */
  quantile(q: number): number;
  summary(): LatencySummary;
  reset(): void;
  readonly raw: HistogramState;
}

export interface HistogramState {
  counts: Float64Array;
  /** Records per LATENCY_BOUNDS_S, not cumulative; the last is above all bounds. */
  bounds: Float64Array;
  count: number;
  sumMs: number;
  maxMs: number;
}

export function createHistogram(): Histogram {
  const raw: HistogramState = {
    counts: new Float64Array(BUCKETS),
    bounds: new Float64Array(LATENCY_BOUNDS_S.length + 1),
    count: 0,
    sumMs: 0,
    maxMs: 0,
  };
  return {
    raw,
    record: (ms) => record(raw, ms),
    merge: (other) => merge(raw, other.raw),
    quantile: (q) => quantile(raw, q),
    summary: () => summarise(raw),
    reset() {
      raw.counts.fill(0);
      raw.bounds.fill(0);
      raw.count = 0;
      raw.sumMs = 0;
      raw.maxMs = 0;
    },
  };
}

function record(raw: HistogramState, ms: number): void {
  // A clock that stepped back gives a negative span: it was short, and NaN is no measurement.
  if (Number.isNaN(ms)) return;
  const value = ms > FLOOR_MS ? Math.min(ms, CEILING_MS) : FLOOR_MS;
  const bucket = bitsOf(value) - FIRST;
  add(raw.counts, bucket, 1);
  let bound = BOUND_OF_BUCKET[bucket] as number;
  while (value > (BOUNDS_MS[bound] as number)) bound += 1;
  add(raw.bounds, bound, 1);
  raw.count += 1;
  raw.sumMs += value;
  if (value > raw.maxMs) raw.maxMs = value;
}

/** Indices here are always inside the arrays; the type system cannot know. */
function add(counts: Float64Array, index: number, more: number): void {
  counts[index] = (counts[index] as number) + more;
}

function merge(raw: HistogramState, other: HistogramState): void {
  for (let i = 0; i < BUCKETS; i += 1)
    raw.counts[i] = (raw.counts[i] ?? 0) + (other.counts[i] ?? 0);
  for (let i = 0; i < raw.bounds.length; i += 1) {
    raw.bounds[i] = (raw.bounds[i] ?? 0) + (other.bounds[i] ?? 0);
  }
  raw.count += other.count;
  raw.sumMs += other.sumMs;
  raw.maxMs = Math.max(raw.maxMs, other.maxMs);
}

function quantile(raw: HistogramState, q: number): number {
  if (raw.count === 0) return 0;
  let left = Math.min(raw.count, Math.max(1, Math.ceil(q * raw.count)));
  const bucket = raw.counts.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
  return Math.min(raw.maxMs, middleOf(bucket));
}

function middleOf(bucket: number): number {
  const low = lowerEdge(bucket + FIRST);
  const high = lowerEdge(bucket + FIRST + 1);
  return (low + high) / 2;
}

function lowerEdge(bits: number): number {
  BITS[0] = 0;
  BITS[1] = bits << SHIFT;
  return WORD[0] as number;
}

function summarise(raw: HistogramState): LatencySummary {
  let running = 0;
  const buckets = Array.from(raw.bounds, (count) => {
    running += count;
    return running;
  });
  return {
    count: raw.count,
    p50Ms: quantile(raw, 0.5),
    p99Ms: quantile(raw, 0.99),
    maxMs: raw.maxMs,
    buckets,
    sumSeconds: raw.sumMs / 1000,
  };
}
