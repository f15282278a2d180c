import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, RefusedError, reasonOf } from '../errors.ts';
import { APPLICATION_ID, JOURNAL_TABLES, JOURNAL_VERSION } from './journal-schema.ts';

/**
 * Opens the journal for its one writer, creating it when there is none. A damaged file is refused
 * and left as it is: it may hold the only record of an order.
 */
export function openForWriting(path: string): DatabaseSync {
  prepareFile(path);
  return guarded(path, () => {
    const database = new DatabaseSync(path, { timeout: 200 });
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8000;');
      if (pragma(database, 'application_id') === 0 && isEmpty(database)) create(database);
      verify(database, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function prepareFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    throw new RefusedError(`${path}: ${reasonOf(error)}`, {
      hint: 'Point DATA_DIR at a folder that this user may write.',
      cause: error,
    });
  }
}

/** Opens the journal beside a running bot, for `pmcp trades` and its like. */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new RefusedError(`${path}: there is no journal yet`, {
      hint: 'It is made by the first `pmcp up` or `pmcp bot`; see --data-dir.',
    });
  }
  return guarded(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    try {
      checkHeader(database, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function create(database: DatabaseSync): void {
  database.exec(
    `BEGIN IMMEDIATE; ${JOURNAL_TABLES}
     PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${JOURNAL_VERSION}; COMMIT;`,
  );
}

function verify(database: DatabaseSync, path: string): void {
  checkHeader(database, path);
  const found = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (found.quick_check !== 'ok') throw damaged(path, found.quick_check);
}

function checkHeader(database: DatabaseSync, path: string): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new ConfigError(`${path}: this is not a pmcp journal`, {
      hint: 'Point DATA_DIR at another folder, or move the file away.',
    });
  }
  const version = pragma(database, 'user_version');
  if (version !== JOURNAL_VERSION) {
    throw new ConfigError(
      `${path}: journal version ${version}, this pmcp knows version ${JOURNAL_VERSION}`,
      { hint: 'Run the release that wrote it, or a newer one.' },
    );
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}

/** SQLite's own words for a file that it cannot read, as the operator's next step. */
function guarded<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const code = sqliteCode(error);
    if (code === 11 || code === 26) throw damaged(path, reasonOf(error), error);
    if (code === undefined) throw error;
    throw new RefusedError(`${path}: ${reasonOf(error)}`, {
      hint: 'Check that the folder is writable, on a disk with room, and used by no other program.',
      cause: error,
    });
  }
}

/** The primary SQLite result code, undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function damaged(path: string, detail: string, cause?: unknown): RefusedError {
  return new RefusedError(`${path}: the journal is damaged (${detail})`, {
    hint:
      'Nothing was changed. Restore it with its -wal file from a backup, or move both away, ' +
      'check open orders and positions at the venue, and start with an empty journal.',
    cause,
  });
}
