import { DatabaseSync } from 'node:sqlite';
import { openJournal } from '../../state/journal.ts';

/** Rows of one statement: between two of them a run can be ended. */
const CHUNK = 250_000;

/**
 * A journal with so many skipped decisions, made by SQL alone: ten million take a minute or two.
 * Their names are spread evenly over all there can be, as hashes are, and come in order, which a
 * bulk load needs; a new row then belongs anywhere among them.
 */
export function seedJournal(path: string, rows: number, signal: AbortSignal): void {
  openJournal(path).close();
  const database = new DatabaseSync(path);
  try {
    database.exec(
      'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
    );
    const insert = database.prepare(SEED);
    const step = Math.floor(0xfffffffffffff / Math.max(1, rows));
    for (let from = 0; from < rows; from += CHUNK) {
      signal.throwIfAborted();
      insert.run({ from, to: Math.min(rows, from + CHUNK), step });
    }
    database.exec('PRAGMA journal_mode = WAL');
  } finally {
    database.close();
  }
}

const SEED = `
WITH RECURSIVE numbers (n) AS (SELECT :from UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :to)
INSERT INTO decisions (
  fill_id, wallet, transaction_hash, ordinal, source, token_id, condition_id, side, size_micro,
  price_micro, outcome, title, slug, event_slug, traded_at_ms, seen_at_ms, decided_at_ms, result,
  reason, detail, facts)
SELECT
  printf('%016x-6a6a6a-992563-b100-0.5-0', n * :step), '0x6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a',
  printf('0x%016x%048x', n * :step, 7), 0, 'rtds_trades', printf('%d', 1000000 + n % 5000),
  printf('0x%064x', n % 2500), 'BUY', 100000000, 500000, 'Yes', 'Will it?', 'will-it', 'it',
  1790000000000 + n, 1790000000400 + n, 1790000000401 + n, 'skip', 'stale', '', '{}'
FROM numbers`;
