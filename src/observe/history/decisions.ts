import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { BotEvent } from '../../core/status.ts';

export type DecisionEvent = Extract<BotEvent, { kind: 'decision' }>;
export type TrailEvent = Extract<BotEvent, { kind: 'order' | 'settlement' }>;

export interface RecordedDecision {
  atMs: number;
  event: DecisionEvent;
}

export interface RecordedStep {
  atMs: number;
  event: TrailEvent;
}

export interface DecisionQuery {
  result?: 'copy' | 'skip' | undefined;
  reason?: string | undefined;
  wallet?: string | undefined;
  sinceMs?: number | undefined;
  limit: number;
  offset: number;
}

/** Days of decisions; the bot's own journal keeps them all. */
const KEEP_MS = 30 * 24 * 3_600_000;
/** And at most so many, whatever the days. */
const KEEP_ROWS = 500_000;

export function insertDecision(db: DatabaseSync, { atMs, event }: RecordedDecision): void {
  const { fillId, orderId, result, reason, wallet } = event;
  // A decision is made once; a second message about the same fill changes nothing.
  db.prepare(
    'INSERT OR IGNORE INTO decision (fill_id, at_ms, order_id, result, reason, wallet, event) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(fillId, atMs, orderId, result, reason, wallet, JSON.stringify(event));
}

export function insertStep(db: DatabaseSync, { atMs, event }: RecordedStep): void {
  db.prepare('INSERT INTO trail (order_id, at_ms, event) VALUES (?, ?, ?)').run(
    event.orderId,
    atMs,
    JSON.stringify(event),
  );
}

/** Newest first, and how many fit in all. */
export function readDecisions(
  db: DatabaseSync,
  query: DecisionQuery,
): { decisions: RecordedDecision[]; total: number } {
  const conditions: string[] = ['at_ms >= ?'];
  const values: (string | number)[] = [query.sinceMs ?? 0];
  for (const key of ['result', 'reason', 'wallet'] as const) {
    const value = query[key];
    if (value === undefined) continue;
    conditions.push(`${key} = ?`);
    values.push(value);
  }
  const where = `WHERE ${conditions.join(' AND ')}`;
  const total = Number(
    db.prepare(`SELECT count(*) AS n FROM decision ${where}`).get(...values)?.['n'],
  );
  const rows = db
    .prepare(
      `SELECT at_ms, event FROM decision ${where} ORDER BY at_ms DESC, fill_id LIMIT ? OFFSET ?`,
    )
    .all(...values, query.limit, query.offset);
  return { decisions: rows.map(toDecision), total };
}

/** The decisions that an id names: a fill id or order id, whole or its beginning. */
export function findDecisions(db: DatabaseSync, id: string, limit: number): RecordedDecision[] {
  const end = `${id}\u{10ffff}`;
  const rows = db
    .prepare(
      'SELECT at_ms, event FROM decision WHERE (fill_id >= ? AND fill_id < ?) OR (order_id >= ? AND ' +
        'order_id < ?) LIMIT ?',
    )
    .all(id, end, id, end, limit);
  return rows.map(toDecision);
}

export function readTrail(db: DatabaseSync, orderId: string): RecordedStep[] {
  const rows = db
    .prepare('SELECT at_ms, event FROM trail WHERE order_id = ? ORDER BY id')
    .all(orderId);
  return rows.map((row) => ({
    atMs: Number(row['at_ms']),
    event: JSON.parse(String(row['event'])),
  }));
}

export function tidyDecisions(db: DatabaseSync, nowMs: number): void {
  const oldest = nowMs - KEEP_MS;
  const surplus = db
    .prepare('SELECT at_ms FROM decision ORDER BY at_ms DESC LIMIT 1 OFFSET ?')
    .get(KEEP_ROWS);
  const before = Math.max(oldest, Number(surplus?.['at_ms'] ?? 0));
  db.prepare('DELETE FROM decision WHERE at_ms < ?').run(before);
  db.prepare('DELETE FROM trail WHERE at_ms < ?').run(before);
}

function toDecision(row: Record<string, SQLOutputValue>): RecordedDecision {
  return { atMs: Number(row['at_ms']), event: JSON.parse(String(row['event'])) };
}
