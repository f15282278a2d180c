import { DatabaseSync } from 'node:sqlite';
import type { TrackedAlert } from '../../core/alerts/engine.ts';
import type { Severity } from '../../core/alerts/facts.ts';
import type { Silence } from '../../core/alerts/silence.ts';
import type { AlertFilter } from './port.ts';

export type MessageState =
  /** Waits; `sending` on disk after a crash means that it may have arrived. */
  'waiting' | 'sending' | 'sent' | 'rejected';

/** One message on its way to the chat. */
export interface Message {
  id: number;
  atMs: number;
  severity: Severity;
  text: string;
  /** Arrives without a sound. */
  quiet: boolean;
  state: MessageState;
  /** It may have arrived already: an attempt ended without an answer. */
  uncertain: boolean;
  attempts: number;
  sentAtMs: number | null;
  telegramId: number | null;
}

export interface Batch {
  alerts: Iterable<TrackedAlert>;
  messages: Iterable<Message>;
  silences: Iterable<Silence>;
  values: Iterable<[string, string]>;
}

export interface Loaded {
  /** The newest of each key. */
  alerts: TrackedAlert[];
  /** Those not yet sent, oldest first. */
  messages: Message[];
  silences: Silence[];
  values: Map<string, string>;
  lastMessageId: number;
}

export interface AlertStore {
  load(): Loaded;
  /** All of it or nothing; throws the database's error. */
  save(batch: Batch): void;
  /** Newest first. */
  list(filter: AlertFilter): { alerts: TrackedAlert[]; total: number };
  find(id: string): TrackedAlert | undefined;
  tidy(nowMs: number): void;
  close(): void;
}

/**
 * Tables in the monitor's own database, beside the history's. Their version is in their names: a
 * new shape gets new tables, and an older program goes on with its own.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS alert_v1 (
  id TEXT PRIMARY KEY, key TEXT NOT NULL, raised_ms INTEGER NOT NULL, resolved_ms INTEGER,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_v1_raised ON alert_v1 (raised_ms);
CREATE TABLE IF NOT EXISTS alert_message_v1 (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS alert_silence_v1 (
  id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert_value_v1 (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

const DAY_MS = 86_400_000;
/** The reviews look back a quarter. */
const KEEP_ALERTS_MS = 100 * DAY_MS;
const KEEP_MESSAGES_MS = 30 * DAY_MS;

/** `path` is the file that openHistoryDatabase found good or made. */
export function openAlertStore(path: string): AlertStore {
  const db = new DatabaseSync(path, { timeout: 1_000 });
  // A small cache: a few hundred rows are all there is.
  db.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256; ${TABLES}`);
  const bodies = <T>(sql: string, ...values: (string | number)[]): T[] =>
    db
      .prepare(sql)
      .all(...values)
      .map((row) => JSON.parse(String(row['body'])) as T);
  const write = (batch: Batch) => {
    const alert = db.prepare('INSERT OR REPLACE INTO alert_v1 VALUES (?, ?, ?, ?, ?)');
    for (const one of batch.alerts) {
      alert.run(one.id, one.key, one.raisedAtMs, one.resolvedAtMs, JSON.stringify(one));
    }
    const message = db.prepare('INSERT OR REPLACE INTO alert_message_v1 VALUES (?, ?, ?, ?)');
    for (const one of batch.messages) {
      message.run(one.id, one.atMs, one.state, JSON.stringify(one));
    }
    const silence = db.prepare('INSERT OR REPLACE INTO alert_silence_v1 VALUES (?, ?, ?)');
    for (const one of batch.silences) silence.run(one.id, one.untilMs, JSON.stringify(one));
    const value = db.prepare('INSERT OR REPLACE INTO alert_value_v1 VALUES (?, ?)');
    for (const [key, text] of batch.values) value.run(key, text);
  };
  return {
    load() {
      const alerts = bodies<TrackedAlert>('SELECT body, MAX(raised_ms) FROM alert_v1 GROUP BY key');
      const messages = bodies<Message>(
        "SELECT body FROM alert_message_v1 WHERE state IN ('waiting', 'sending') ORDER BY id",
      );
      const silences = bodies<Silence>('SELECT body FROM alert_silence_v1 ORDER BY until_ms');
      const rows = db.prepare('SELECT key, value FROM alert_value_v1').all();
      const last = db.prepare('SELECT MAX(id) AS id FROM alert_message_v1').get();
      return {
        alerts,
        messages,
        silences,
        values: new Map(rows.map((row) => [String(row['key']), String(row['value'])])),
        lastMessageId: Number(last?.['id'] ?? 0),
      };
    },
    save(batch) {
      db.exec('BEGIN IMMEDIATE');
      try {
        write(batch);
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    list({ active, limit, offset }) {
      const where = active ? 'WHERE resolved_ms IS NULL' : '';
      const count = db.prepare(`SELECT COUNT(*) AS count FROM alert_v1 ${where}`).get();
      const alerts = bodies<TrackedAlert>(
        `SELECT body FROM alert_v1 ${where} ORDER BY raised_ms DESC, id LIMIT ? OFFSET ?`,
        limit,
        offset,
      );
      return { alerts, total: Number(count?.['count']) };
    },
    find: (id) => bodies<TrackedAlert>('SELECT body FROM alert_v1 WHERE id = ?', id)[0],
    tidy(nowMs) {
      db.prepare('DELETE FROM alert_v1 WHERE resolved_ms IS NOT NULL AND resolved_ms < ?').run(
        nowMs - KEEP_ALERTS_MS,
      );
      db.prepare(
        "DELETE FROM alert_message_v1 WHERE state IN ('sent', 'rejected') AND at_ms < ?",
      ).run(nowMs - KEEP_MESSAGES_MS);
      db.prepare('DELETE FROM alert_silence_v1 WHERE until_ms < ?').run(nowMs - KEEP_MESSAGES_MS);
    },
    close: () => db.close(),
  };
}
