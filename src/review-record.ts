/** Joins what a review rests on: history, deploys, benchmarks, looks and configuration. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportLines } from './bench/history.ts';
import type { Loaded } from './config/load.ts';
import { keys } from './config/schema.ts';
import { parseAudit } from './deploy/audit.ts';
import { UsageError } from './errors.ts';
import { readAllMarks, readRecord } from './observe/history/read.ts';
import { readChecks } from './plan/review/checks-file.ts';
import {
  BEFORE_MS,
  type MarkRecord,
  type ReviewInput,
  type Settings,
} from './plan/review/facts.ts';
import { chooseWeek, releasesOf } from './plan/review/week.ts';
import { pathsOf } from './state/paths.ts';

export interface WeekWanted extends Pick<Loaded, 'config' | 'origins'> {
  dataDir: string;
  nowMs: number;
  week: number | 'last';
  /** As typed; undefined: the release on record. */
  releaseAt: unknown;
}

export async function gatherWeek(wanted: WeekWanted): Promise<ReviewInput> {
  const { config, dataDir, nowMs } = wanted;
  const { monitor } = pathsOf(dataDir);
  const marks = joinDeploys(readAllMarks(monitor, nowMs + 1), deploysOf(dataDir));
  const known = wanted.releaseAt === undefined ? releasesOf(marks) : [named(wanted.releaseAt)];
  const { release, week } = chooseWeek(known, wanted.week, nowMs);
  const fromMs = Math.min(release.atMs - BEFORE_MS, week.fromMs);
  const record = readRecord(monitor, { fromMs, toMs: week.toMs, decisionsFromMs: week.fromMs });
  return {
    ...record,
    week,
    nowMs,
    release,
    environment: config.ENVIRONMENT,
    marks: marks.filter(({ atMs }) => atMs >= fromMs && atMs < week.toMs),
    checks: readChecks(join(dataDir, 'reviews')),
    benches: reportLines(dataDir),
    settings: settingsOf(wanted),
  };
}

function named(moment: unknown) {
  const text = String(moment);
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`--release-at: ${JSON.stringify(text)} is no moment (ISO)`, {
      hint: 'Such as 2026-05-03T10:00:00Z.',
    });
  }
  return { atMs, words: 'the moment that was named' };
}

/** An installation that is deployed has its audit two directories above DATA_DIR. */
function deploysOf(dataDir: string): MarkRecord[] {
  const path = join(dataDir, '..', '..', 'deploy.log.jsonl');
  if (!existsSync(path)) return [];
  return parseAudit(readFileSync(path, 'utf8')).events.flatMap(({ at, event, release }) => {
    const detail = `release ${release ?? 'unknown'}`;
    const atMs = Date.parse(at);
    if (event === 'deployed') return [{ atMs, kind: 'deploy', detail }];
    return event === 'rolled-back' || event === 'reverted'
      ? [{ atMs, kind: 'rollback', detail }]
      : [];
  });
}

/** The audit knows better than the monitor, which notes only that another release began to run. */
function joinDeploys(marks: readonly MarkRecord[], deploys: MarkRecord[]): MarkRecord[] {
  if (deploys.length === 0) return [...marks];
  const others = marks.filter(({ kind }) => kind !== 'deploy' && kind !== 'rollback');
  return [...others, ...deploys].sort((a, b) => a.atMs - b.atMs);
}

function settingsOf({ config, origins }: WeekWanted): Settings {
  const numbers = keys.flatMap((key) => {
    const value = config[key];
    return typeof value === 'number' ? [[key, { value, origin: origins[key] }] as const] : [];
  });
  return Object.fromEntries(numbers);
}
