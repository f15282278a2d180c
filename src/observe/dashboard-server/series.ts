import { countOf, type LatencySpan, merge, quantile } from '../../core/latency-delta.ts';
import {
  type ChartPoint,
  FIGURES,
  type FigureName,
  type HistoryState,
  type Quantiles,
  type SpanName,
} from '../dashboard/state.ts';
import type { History } from '../history/history.ts';
import { fold, HOUR_MS, MINUTE_MS, type Sample } from '../history/samples.ts';
import { RECENT_SPAN_MS, RECENT_STEP_MS, type Recent } from './recent.ts';

/** From here on the mcp process does more than watch: tools are called, tests run. */
const BUSY_FROM_PERCENT = 2;

interface Span {
  lengthMs: number;
  /** What history keeps and is read; 0: minutes, and the recent samples in memory. */
  readMs: number;
  stepMs: number;
}

const DAY_MS = 24 * HOUR_MS;
/** At most some 240 points: more than a chart has columns for. */
const SPAN_OF: Record<SpanName, Span> = {
  '15m': { lengthMs: RECENT_SPAN_MS, readMs: 0, stepMs: RECENT_STEP_MS },
  '1h': { lengthMs: HOUR_MS, readMs: MINUTE_MS, stepMs: MINUTE_MS },
  '6h': { lengthMs: 6 * HOUR_MS, readMs: MINUTE_MS, stepMs: 2 * MINUTE_MS },
  '24h': { lengthMs: DAY_MS, readMs: MINUTE_MS, stepMs: 6 * MINUTE_MS },
  '7d': { lengthMs: 7 * DAY_MS, readMs: HOUR_MS, stepMs: HOUR_MS },
  '30d': { lengthMs: 30 * DAY_MS, readMs: HOUR_MS, stepMs: 3 * HOUR_MS },
};

export interface SeriesParts {
  history: History;
  recent: Recent;
  nowMs(): number;
}

/** Every chart of one span, with the marks in it. */
export function readSeries({ history, recent, nowMs }: SeriesParts, span: SpanName): HistoryState {
  const { lengthMs, readMs, stepMs } = SPAN_OF[span];
  const toMs = nowMs();
  const fromMs = toMs - lengthMs;
  const read = (stepOfHistoryMs: number, endMs: number) =>
    history.samples(stepOfHistoryMs, fromMs, endMs);
  history.flush();
  const live = readMs === 0 ? recent.samples() : [];
  const samples =
    readMs === 0
      ? [...read(MINUTE_MS, (live[0]?.atMs ?? toMs) - MINUTE_MS), ...live]
      : read(readMs, toMs + MINUTE_MS);
  const points = withGaps(
    inSteps(samples, stepMs).map(pointOf),
    Math.max(stepMs, readMs, MINUTE_MS),
  );
  const column = (name: FigureName) => points.map((point) => point.figures[name]);
  return {
    schema: 'pmcp.dashboard-history',
    version: 1,
    span,
    fromMs,
    toMs,
    stepMs,
    at: points.map((point) => point.atMs),
    series: Object.fromEntries(FIGURES.map((name) => [name, column(name)])) as Series,
    mcpBusy: points.map((point) => point.mcpBusy),
    marks: history.marks(fromMs, toMs + MINUTE_MS),
    comparison: {
      feed: compare(samples, 'feed'),
      internal: compare(samples, 'internal'),
      ack: compare(samples, 'ack'),
    },
    busyFromPercent: BUSY_FROM_PERCENT,
  };
}

type Series = HistoryState['series'];

/** Where nobody watched, nothing is known: no line may lead across. */
function withGaps(points: readonly ChartPoint[], usualMs: number): ChartPoint[] {
  return points.flatMap((point, index) => {
    const earlier = points[index - 1];
    if (!earlier || point.atMs - earlier.atMs <= 2 * usualMs) return [point];
    return [{ atMs: earlier.atMs + usualMs, figures: NOTHING, mcpBusy: false }, point];
  });
}

const NOTHING = Object.fromEntries(FIGURES.map((name) => [name, null])) as ChartPoint['figures'];

export function pointOf(sample: Sample): ChartPoint {
  const { latency } = sample;
  const mega = (bytes: number | null) => (bytes === null ? null : tidy(bytes / 1_000_000));
  const usdc = (micro: number | null) => (micro === null ? null : tidy(micro / 1_000_000));
  const share = sample.completeness;
  return {
    atMs: sample.atMs,
    figures: {
      equityUsdc: usdc(sample.equityMicro),
      exposureUsdc: usdc(sample.exposureMicro),
      completenessPercent: share === null ? null : tidy(share * 100),
      internalP50Ms: milliseconds(latency.internal, 0.5),
      internalP99Ms: milliseconds(latency.internal, 0.99),
      feedP50Ms: milliseconds(latency.feed, 0.5),
      feedP99Ms: milliseconds(latency.feed, 0.99),
      ackP50Ms: milliseconds(latency.ack, 0.5),
      ackP99Ms: milliseconds(latency.ack, 0.99),
      botCpuPercent: tidy(sample.botCpuPercent),
      mcpCpuPercent: tidy(sample.mcpCpuPercent),
      botMemoryMb: mega(sample.botRssBytes),
      mcpMemoryMb: mega(sample.mcpRssBytes),
    },
    mcpBusy: isBusy(sample),
  };
}

function inSteps(samples: readonly Sample[], stepMs: number): Sample[] {
  const steps = Map.groupBy(samples, ({ atMs }) => atMs - (atMs % stepMs));
  return [...steps].map(([atMs, some]) => fold(some, stepMs, atMs));
}

function compare(samples: readonly Sample[], stage: keyof Sample['latency']) {
  const of = (busy: boolean): Quantiles => {
    const chosen = samples.filter((sample) => isBusy(sample) === busy);
    const span = merge(chosen.map((sample) => sample.latency[stage]));
    return {
      count: countOf(span),
      p50Ms: milliseconds(span, 0.5),
      p99Ms: milliseconds(span, 0.99),
    };
  };
  return { idle: of(false), busy: of(true) };
}

function isBusy({ mcpCpuPercent }: Sample): boolean {
  return (mcpCpuPercent ?? 0) >= BUSY_FROM_PERCENT;
}

function milliseconds(span: LatencySpan, share: number): number | null {
  const seconds = quantile(span, share);
  return seconds === null ? null : tidy(seconds * 1000);
}

/** Three decimals say all that a chart can show. */
function tidy(value: number): number;
function tidy(value: number | null): number | null;
function tidy(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
