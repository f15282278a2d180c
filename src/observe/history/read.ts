/**
 * Reads the monitor's database beside the process that writes it, for the reviews. Read-only: a
 * damaged or absent file is told of, never made, mended or set aside.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { TrackedAlert } from '../../core/alerts/engine.ts';
import { InconclusiveError, reasonOf } from '../../errors.ts';
import { type Mark, readMarks } from './history.ts';
import { HOUR_MS, readSamples, type Sample } from './samples.ts';

export interface HistoryRecord {
  /** One an hour, oldest first. */
  samples: Sample[];
  marks: Mark[];
  alerts: TrackedAlert[];
  decisions: { copied: number; skipped: number };
}

export interface RecordSpan {
  /** Of samples and alerts, epoch ms; `toMs` exclusive. */
  fromMs: number;
  toMs: number;
  /** Since when decisions are counted. */
  decisionsFromMs: number;
}

/** Every deploy, restart, trip and benchmark that was ever noted before `toMs`. */
export function readAllMarks(path: string, toMs: number): Mark[] {
  return reading(path, (db) => readMarks(db, 0, toMs));
}

export function readRecord(path: string, span: RecordSpan): HistoryRecord {
  const { fromMs, toMs, decisionsFromMs } = span;
  return reading(path, (db) => ({
    samples: readSamples(db, HOUR_MS, fromMs, toMs),
    marks: readMarks(db, fromMs, toMs),
    alerts: readAlerts(db, fromMs, toMs),
    decisions: countDecisions(db, decisionsFromMs, toMs),
  }));
}

function reading<T>(path: string, read: (db: DatabaseSync) => T): T {
  const hint = 'History is written by `pmcp mcp`: is this its DATA_DIR?';
  if (!existsSync(path)) throw new InconclusiveError(`${path}: there is no history yet`, { hint });
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      return read(db);
    } finally {
      db.close();
    }
  } catch (error) {
    throw new InconclusiveError(`${path}: cannot be read: ${reasonOf(error)}`, { hint });
  }
}

/** None where alerts were never opened: their tables are made on first use. */
function readAlerts(db: DatabaseSync, fromMs: number, toMs: number): TrackedAlert[] {
  const table = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'alert_v1'").get();
  if (!table) return [];
  return db
    .prepare('SELECT body FROM alert_v1 WHERE raised_ms >= ? AND raised_ms < ? ORDER BY raised_ms')
    .all(fromMs, toMs)
    .map((row) => JSON.parse(String(row['body'])) as TrackedAlert);
}

function countDecisions(db: DatabaseSync, fromMs: number, toMs: number) {
  const rows = db
    .prepare(
      'SELECT result, count(*) AS n FROM decision WHERE at_ms >= ? AND at_ms < ? GROUP BY result',
    )
    .all(fromMs, toMs);
  const count = (result: string) =>
    Number(rows.find((row) => row['result'] === result)?.['n'] ?? 0);
  return { copied: count('copy'), skipped: count('skip') };
}
