import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ConfigError, reasonOf } from '../errors.ts';
import type { ActivityRow } from './engine.ts';
import type { EngineStore, StoreTable } from './store-port.ts';

const TABLES: readonly StoreTable[] = ['accounts', 'orders', 'trades', 'markets'];

const tableSql = (name: string) =>
  `CREATE TABLE IF NOT EXISTS ${name} (key TEXT PRIMARY KEY, value TEXT NOT NULL);`;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  ${TABLES.map(tableSql).join(' ')}
  CREATE TABLE IF NOT EXISTS activity (
    sequence INTEGER PRIMARY KEY, wallet TEXT NOT NULL, kept INTEGER NOT NULL, value TEXT NOT NULL
  );
`;

/**
 * Opens (or creates) the exchange's one SQLite file. WAL with synchronous NORMAL: what is committed
 * outlives a kill of the process; a power cut may take the last moments of this play money.
 */
export function openStore(path: string): EngineStore {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  try {
    mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(SCHEMA);
    return storeOn(database);
  } catch (error) {
    throw new ConfigError(`exchange database ${path}: ${reasonOf(error)}`, {
      hint: 'Move the file away to begin with an empty exchange.',
      cause: error,
    });
  }
}

function storeOn(database: DatabaseSync): EngineStore {
  const setMeta = database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const addActivity = database.prepare(
    'INSERT OR REPLACE INTO activity (sequence, wallet, kept, value) VALUES (?, ?, ?, ?)',
  );
  const prune = database.prepare('DELETE FROM activity WHERE sequence < ? AND kept = 0');
  const statements = new Map(
    TABLES.map((table) => [
      table,
      {
        // Keeps the rowid, and with it the order in which rows came to be.
        put: database.prepare(
          `INSERT INTO ${table} (key, value) VALUES (?, ?)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        ),
        drop: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
      },
    ]),
  );
  const values = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(row.value));
  return {
    meta() {
      const rows = database.prepare('SELECT key, value FROM meta').all();
      return new Map(rows.map((row) => [String(row.key), String(row.value)]));
    },
    rows: (table) => values(`SELECT value FROM ${table} ORDER BY rowid`),
    activity: () =>
      values('SELECT value FROM activity ORDER BY sequence').map(
        (value) => JSON.parse(value) as ActivityRow,
      ),
    commit(batch) {
      database.exec('BEGIN');
      try {
        for (const [key, value] of batch.meta) setMeta.run(key, value);
        for (const { table, key, value } of batch.rows) {
          const statement = statements.get(table);
          if (value === undefined) statement?.drop.run(key);
          else statement?.put.run(key, value);
        }
        for (const { row, kept } of batch.activity) {
          addActivity.run(row.sequence, row.wallet, kept ? 1 : 0, JSON.stringify(row));
        }
        if (batch.pruneActivityBelow !== undefined) prune.run(batch.pruneActivityBelow);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}
