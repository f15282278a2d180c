import type { DatabaseSync } from 'node:sqlite';
import type { BotEvent } from '../../core/status.ts';
import { reasonOf } from '../../errors.ts';
import { openHistoryDatabase } from './database.ts';
import {
  type DecisionQuery,
  findDecisions,
  insertDecision,
  insertStep,
  type RecordedDecision,
  type RecordedStep,
  readDecisions,
  readTrail,
  tidyDecisions,
} from './decisions.ts';
import { HOUR_MS, insertSample, readSamples, type Sample, tidySamples } from './samples.ts';

/** Something worth a line across every chart. */
export interface Mark {
  atMs: number;
  kind: 'breaker' | 'deploy' | 'rollback' | 'restart' | 'bench' | 'halt';
  detail: string;
}

export interface History {
  event(event: BotEvent, atMs: number): void;
  sample(sample: Sample): void;
  mark(mark: Mark): void;
  /** Writes what waits. Never throws: a full disk costs history, nothing else. */
  flush(): void;
  samples(spanMs: number, fromMs: number, toMs: number): Sample[];
  marks(fromMs: number, toMs: number): Mark[];
  /** Marks made since the start: it changes with each. */
  marked(): number;
  decisions(query: DecisionQuery): { decisions: RecordedDecision[]; total: number };
  find(id: string, limit: number): RecordedDecision[];
  trail(orderId: string): RecordedStep[];
  health(): HistoryHealth;
  close(): void;
}

export interface HistoryHealth {
  /** Why the last write failed; undefined: it did not. */
  problem: string | undefined;
  /** Records given up because they could not be written. */
  lost: number;
  /** Where an unreadable file was put at the start. */
  setAside: string | undefined;
}

const FLUSH_MS = 1_000;
/** Records that wait for a disk to become writable again; older ones are given up. */
const MAX_WAITING = 10_000;

type Waiting =
  | { kind: 'decision'; record: RecordedDecision }
  | { kind: 'step'; record: RecordedStep }
  | { kind: 'sample'; record: Sample }
  | { kind: 'mark'; record: Mark };

/** The monitor's memory: its own SQLite file, never shared with the bot. */
export function createHistory(options: { path: string; nowMs(): number }): History {
  const { db, setAside } = openHistoryDatabase(options.path, options.nowMs());
  const waiting: Waiting[] = [];
  let problem: string | undefined;
  let lost = 0;
  let marked = 0;
  let tidiedAtMs = 0;

  const keep = (item: Waiting) => {
    if (item.kind === 'mark') marked += 1;
    waiting.push(item);
    if (waiting.length > MAX_WAITING) {
      waiting.shift();
      lost += 1;
    }
  };
  const write = () => {
    const nowMs = options.nowMs();
    db.exec('BEGIN');
    try {
      for (const item of waiting) insert(item);
      if (nowMs - tidiedAtMs > HOUR_MS / 4) {
        tidySamples(db, nowMs);
        tidyDecisions(db, nowMs);
        tidiedAtMs = nowMs;
      }
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  const insert = (item: Waiting) => {
    if (item.kind === 'decision') insertDecision(db, item.record);
    else if (item.kind === 'step') insertStep(db, item.record);
    else if (item.kind === 'sample') insertSample(db, item.record);
    else {
      const { atMs, kind, detail } = item.record;
      db.prepare('INSERT INTO mark (at_ms, kind, detail) VALUES (?, ?, ?)').run(atMs, kind, detail);
    }
  };
  const flush = () => {
    if (waiting.length === 0) return;
    try {
      write();
      waiting.length = 0;
      problem = undefined;
    } catch (error) {
      problem = reasonOf(error);
    }
  };
  const timer = setInterval(flush, FLUSH_MS);
  timer.unref();

  return {
    event(event, atMs) {
      if (event.kind === 'decision') keep({ kind: 'decision', record: { atMs, event } });
      else if (event.kind === 'order' || event.kind === 'settlement')
        keep({ kind: 'step', record: { atMs, event } });
      else if (event.kind === 'breaker') {
        const detail =
          `${event.latch}: ${event.from} to ${event.to} (${event.cause}, by ` + `${event.by})`;
        keep({
          kind: 'mark',
          record: { atMs, kind: event.to === 'halted' ? 'halt' : 'breaker', detail },
        });
      }
    },
    sample: (record) => keep({ kind: 'sample', record }),
    mark: (record) => keep({ kind: 'mark', record }),
    flush,
    samples: (spanMs, fromMs, toMs) => readSamples(db, spanMs, fromMs, toMs),
    marks(fromMs, toMs) {
      flush();
      return readMarks(db, fromMs, toMs);
    },
    decisions(query) {
      flush();
      return readDecisions(db, query);
    },
    find(id, limit) {
      flush();
      return findDecisions(db, id, limit);
    },
    trail(orderId) {
      flush();
      return readTrail(db, orderId);
    },
    marked: () => marked,
    health: () => ({ problem, lost, setAside }),
    close() {
      clearInterval(timer);
      flush();
      db.close();
    },
  };
}

/** Oldest first, `fromMs` inclusive, `toMs` exclusive. */
export function readMarks(db: DatabaseSync, fromMs: number, toMs: number): Mark[] {
  const rows = db
    .prepare('SELECT at_ms, kind, detail FROM mark WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms')
    .all(fromMs, toMs);
  return rows.map((row) => ({
    atMs: Number(row['at_ms']),
    kind: String(row['kind']) as Mark['kind'],
    detail: String(row['detail']),
  }));
}
