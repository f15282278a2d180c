/** What a review rests on: plain records of the monitor's own database and of the checks made. */
import type { LatencySpan } from '../../core/latency-delta.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** One hour of the installation, as history keeps it. */
export interface HourSample {
  atMs: number;
  /** The worst verdict of the hour. */
  health: 'healthy' | 'degraded' | 'critical';
  botRssBytes: number | null;
  botCpuPercent: number | null;
  mcpRssBytes: number | null;
  mcpCpuPercent: number | null;
  completeness: number | null;
  latency: Record<'feed' | 'internal' | 'ack', LatencySpan>;
}

export interface AlertRecord {
  id: string;
  key: string;
  severity: string;
  title: string;
  raisedAtMs: number;
  resolvedAtMs: number | null;
  acknowledged: { falsePositive: boolean } | null;
}

export interface MarkRecord {
  atMs: number;
  kind: string;
  detail: string;
}

/** One look of `pmcp review --now`, as it is kept in DATA_DIR/reviews. */
export interface CheckRecord {
  atMs: number;
  part: Part;
  /** passed: all is well. unknown: it could not be told. */
  result: 'passed' | 'failed' | 'unknown';
  /** What was wrong or could not be told, one sentence each; errors of the log with their count. */
  findings: string[];
}

export const PARTS = ['servers', 'resources', 'logs', 'breakers'] as const;
export type Part = (typeof PARTS)[number];

/** A benchmark that was kept, as one line. */
export interface BenchRecord {
  atMs: number;
  name: string;
  status: string;
  words: string;
}

/** A value of the configuration and where it was set. */
export interface Setting {
  value: number;
  /** `.env.production:12`, `default`, `environment`. */
  origin: string;
}

export type Settings = Readonly<Record<string, Setting>>;

export interface Week {
  number: number;
  fromMs: number;
  /** Exclusive. */
  toMs: number;
}

export interface ReviewInput {
  week: Week;
  nowMs: number;
  environment: string;
  release: { atMs: number; words: string };
  /** From `BEFORE_MS` before the release to the end of the week, oldest first. */
  samples: readonly HourSample[];
  marks: readonly MarkRecord[];
  alerts: readonly AlertRecord[];
  decisions: { copied: number; skipped: number };
  checks: readonly CheckRecord[];
  benches: readonly BenchRecord[];
  settings: Settings;
}

/** How far back the time before a release is looked at. */
export const BEFORE_MS = 14 * DAY_MS;

export function within<T extends { atMs: number }>(items: readonly T[], week: Week): T[] {
  return items.filter(({ atMs }) => atMs >= week.fromMs && atMs < week.toMs);
}

export function alertsOf({ alerts, week }: ReviewInput): AlertRecord[] {
  return alerts.filter(({ raisedAtMs: at }) => at >= week.fromMs && at < week.toMs);
}
