import { keys, schema } from '../../../src/config/schema.ts';
import { EMPTY_SPAN } from '../../../src/core/latency-delta.ts';
import {
  HOUR_MS,
  type HourSample,
  type ReviewInput,
  type Settings,
  WEEK_MS,
} from '../../../src/plan/review/facts.ts';

export const RELEASE_MS = Date.UTC(2026, 3, 6);

/** Every number of the schema at its default. */
export const DEFAULTS: Settings = Object.fromEntries(
  keys.flatMap((key) => {
    const value: unknown = schema[key].defaultValue;
    return typeof value === 'number' ? [[key, { value, origin: 'default' }]] : [];
  }),
);

export function hour(atMs: number, more: Partial<HourSample> = {}): HourSample {
  return {
    atMs,
    health: 'healthy',
    botRssBytes: 100e6,
    botCpuPercent: 2,
    mcpRssBytes: 400e6,
    mcpCpuPercent: 0.5,
    completeness: 1,
    latency: { feed: EMPTY_SPAN, internal: EMPTY_SPAN, ack: EMPTY_SPAN },
    ...more,
  };
}

/** A quiet week: every hour seen, nothing wrong, nothing to propose. */
export function quietWeek(number: number, more: Partial<ReviewInput> = {}): ReviewInput {
  const fromMs = RELEASE_MS + (number - 1) * WEEK_MS;
  const samples = Array.from({ length: 168 }, (_, index) => hour(fromMs + index * HOUR_MS));
  return {
    week: { number, fromMs, toMs: fromMs + WEEK_MS },
    nowMs: fromMs + WEEK_MS,
    environment: 'production',
    release: { atMs: RELEASE_MS, words: 'release r1' },
    samples,
    marks: [],
    alerts: [],
    decisions: { copied: 0, skipped: 0 },
    checks: [],
    benches: [],
    settings: DEFAULTS,
    ...more,
  };
}

export function alert(key: string, raisedAtMs: number, minutes: number, falsePositive?: boolean) {
  return {
    id: `${key}@${raisedAtMs}`,
    key,
    severity: 'warning',
    title: key,
    raisedAtMs,
    resolvedAtMs: raisedAtMs + minutes * 60_000,
    acknowledged: falsePositive === undefined ? null : { falsePositive },
  };
}

/** Tripped at `atMs` and armed again after `lastedMs`. */
export function trip(atMs: number, cause: string, lastedMs = HOUR_MS) {
  const mark = (at: number, words: string) => ({ atMs: at, kind: 'breaker', detail: words });
  return [
    mark(atMs, `trading: armed to tripped (${cause}: 31 s, both (of 2) feeds, by pmcp)`),
    mark(atMs + lastedMs, 'trading: tripped to armed (looked at, by ops)'),
  ];
}
