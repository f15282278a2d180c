import type { DatabaseSync } from 'node:sqlite';
import { EMPTY_SPAN, type LatencySpan, merge } from '../../core/latency-delta.ts';

/** One span of the installation's life: a minute, or an hour of minutes. */
export interface Sample {
  spanMs: number;
  /** Start of the span, epoch ms. */
  atMs: number;
  /** The worst verdict of the span. */
  health: 'healthy' | 'degraded' | 'critical';
  botRssBytes: number | null;
  botCpuPercent: number | null;
  mcpRssBytes: number | null;
  mcpCpuPercent: number | null;
  loopDelayP99Ms: number | null;
  equityMicro: number | null;
  dailyLossMicro: number | null;
  exposureMicro: number | null;
  completeness: number | null;
  latency: Record<Stage, LatencySpan>;
}

export const STAGES = ['feed', 'internal', 'ack'] as const;
export type Stage = (typeof STAGES)[number];

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** Minutes are kept for two weeks of detail, hours for a year of trend. */
const KEEP_MS = new Map([
  [MINUTE_MS, 14 * 24 * HOUR_MS],
  [HOUR_MS, 400 * 24 * HOUR_MS],
]);

const COLUMNS = [
  ['bot_rss', 'botRssBytes'],
  ['bot_cpu', 'botCpuPercent'],
  ['mcp_rss', 'mcpRssBytes'],
  ['mcp_cpu', 'mcpCpuPercent'],
  ['loop_p99', 'loopDelayP99Ms'],
  ['equity_micro', 'equityMicro'],
  ['daily_loss_micro', 'dailyLossMicro'],
  ['exposure_micro', 'exposureMicro'],
  ['completeness', 'completeness'],
] as const;

type Figure = (typeof COLUMNS)[number][1];

export function insertSample(db: DatabaseSync, sample: Sample): void {
  const names = ['span_ms', 'at_ms', 'health', 'latency', ...COLUMNS.map(([column]) => column)];
  const sql =
    `INSERT OR REPLACE INTO sample (${names.join(', ')}) VALUES ` +
    `(${names.map(() => '?').join(', ')})`;
  const figures = COLUMNS.map(([, key]) => sample[key]);
  db.prepare(sql).run(
    sample.spanMs,
    sample.atMs,
    sample.health,
    JSON.stringify(sample.latency),
    ...figures,
  );
}

/** Oldest first, `fromMs` inclusive, `toMs` exclusive. */
export function readSamples(
  db: DatabaseSync,
  spanMs: number,
  fromMs: number,
  toMs: number,
): Sample[] {
  const rows = db
    .prepare('SELECT * FROM sample WHERE span_ms = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms')
    .all(spanMs, fromMs, toMs);
  return rows.map((row) => {
    const figures = COLUMNS.map(([column, key]) => [
      key,
      row[column] === null ? null : Number(row[column]),
    ]);
    return {
      spanMs,
      atMs: Number(row['at_ms']),
      health: String(row['health']) as Sample['health'],
      latency: JSON.parse(String(row['latency'])),
      ...(Object.fromEntries(figures) as Record<Figure, number | null>),
    };
  });
}

/** Makes the hour that ended before `nowMs` from its minutes, and forgets what is too old. */
export function tidySamples(db: DatabaseSync, nowMs: number): void {
  const end = nowMs - (nowMs % HOUR_MS);
  const minutes = readSamples(db, MINUTE_MS, end - HOUR_MS, end);
  if (minutes.length > 0) insertSample(db, fold(minutes, HOUR_MS, end - HOUR_MS));
  for (const [spanMs, keepMs] of KEEP_MS) {
    db.prepare('DELETE FROM sample WHERE span_ms = ? AND at_ms < ?').run(spanMs, nowMs - keepMs);
  }
}

const SEVERITY = ['healthy', 'degraded', 'critical'] as const;

/** Several samples as one: worst health, mean figures, last balances, united latencies. */
export function fold(samples: readonly Sample[], spanMs: number, atMs: number): Sample {
  const worst = Math.max(...samples.map((sample) => SEVERITY.indexOf(sample.health)));
  const mean = (key: Figure) => {
    const known = samples.map((sample) => sample[key]).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const last = (key: Figure) => samples.findLast((sample) => sample[key] !== null)?.[key] ?? null;
  const stage = (name: Stage) => merge(samples.map((sample) => sample.latency[name] ?? EMPTY_SPAN));
  return {
    spanMs,
    atMs,
    health: SEVERITY[worst] ?? 'critical',
    botRssBytes: mean('botRssBytes'),
    botCpuPercent: mean('botCpuPercent'),
    mcpRssBytes: mean('mcpRssBytes'),
    mcpCpuPercent: mean('mcpCpuPercent'),
    loopDelayP99Ms: mean('loopDelayP99Ms'),
    equityMicro: last('equityMicro'),
    dailyLossMicro: last('dailyLossMicro'),
    exposureMicro: last('exposureMicro'),
    completeness: last('completeness'),
    latency: { feed: stage('feed'), internal: stage('internal'), ack: stage('ack') },
  };
}
