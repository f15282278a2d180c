import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MONITOR_VERSION } from '../../state/schemas.ts';

const TABLES = `
CREATE TABLE IF NOT EXISTS sample (
  span_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  health TEXT NOT NULL, bot_rss REAL, bot_cpu REAL, mcp_rss REAL, mcp_cpu REAL, loop_p99 REAL,
  equity_micro INTEGER, daily_loss_micro INTEGER, exposure_micro INTEGER, completeness REAL,
  latency TEXT NOT NULL,
  PRIMARY KEY (span_ms, at_ms)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decision (
  fill_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, order_id TEXT,
  result TEXT NOT NULL, reason TEXT NOT NULL, wallet TEXT NOT NULL, event TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decision_at ON decision (at_ms);
CREATE INDEX IF NOT EXISTS decision_order ON decision (order_id) WHERE order_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS trail (
  id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, at_ms INTEGER NOT NULL, event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS trail_order ON trail (order_id);
CREATE TABLE IF NOT EXISTS mark (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mark_at ON mark (at_ms);
`;

/**
 * Opens the monitor's own database. It is a record, not state that trading rests on: a damaged or
 * foreign file is set aside under another name and a new one begun, never repaired by guessing.
 */
export function openHistoryDatabase(
  path: string,
  nowMs: number,
): { db: DatabaseSync; setAside: string | undefined } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return { db: open(path), setAside: undefined };
  } catch {
    const setAside = `${path}.unreadable-${nowMs}`;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, setAside + suffix);
    }
    return { db: open(path), setAside };
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 1_000 });
  try {
    // NORMAL survives a killed process; power loss may cost the last seconds of a mere record.
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA auto_vacuum = INCREMENTAL',
    );
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== 0 && version !== MONITOR_VERSION) throw new RangeError(`schema ${version}`);
    const [check] = db.prepare('PRAGMA quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') throw new RangeError('damaged');
    db.exec(`${TABLES} PRAGMA user_version = ${MONITOR_VERSION}`);
    chmodSync(path, 0o600);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
