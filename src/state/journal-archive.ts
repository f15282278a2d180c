import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { columnsOf, rowFrom, rowsOf } from './journal-columns.ts';
import { openForReading } from './journal-open.ts';
import { createJournalReads, type JournalReads } from './journal-reads.ts';
import type { DecisionRow, OrderRow } from './journal-rows.ts';
import { DECISIONS, ORDERS } from './journal-tables.ts';

/** What `pmcp trades` and its like ask of the journal, beside a running bot. */
export interface JournalArchive extends JournalReads {
  decisions(filter: DecisionFilter): DecisionRow[];
  /** Decisions one by one, oldest first: an export of millions stays small in memory. */
  eachDecision(filter: DecisionFilter): IterableIterator<DecisionRow>;
  /** By fill id (or its beginning), order id or transaction hash. */
  findDecisions(id: string): DecisionRow[];
  orderOfFill(fillId: string): OrderRow | undefined;
  /** Exits that match an order id or `exit:<tokenId>…`. */
  findExits(id: string): OrderRow[];
  /** Every ledger event since the journal began, oldest first. */
  ledgerEvents(): unknown[];
  /** What the leaders' rows called a token; its id where none did. */
  namesOf(tokenId: string): { title: string; outcome: string };
  countsByWallet(): { wallet: string; result: string; count: number }[];
  close(): void;
}

export interface DecisionFilter {
  wallet?: string;
  result?: 'copy' | 'skip';
  reason?: string;
  sinceMs?: number;
  limit?: number;
}

export function openJournalArchive(path: string): JournalArchive {
  const database = openForReading(path);
  const exits = database.prepare(
    `SELECT ${columnsOf(ORDERS)} FROM orders
     WHERE kind = 'exit' AND (order_id = ?1 OR (fill_id >= ?1 AND fill_id < ?1 || '~'))
     ORDER BY created_at_ms LIMIT 20`,
  );
  const names = database.prepare(
    'SELECT title, outcome FROM decisions WHERE order_id = (SELECT order_id FROM orders ' +
      "WHERE token_id = ? AND kind = 'copy' LIMIT 1)",
  );
  const ofFill = database.prepare(`SELECT ${columnsOf(ORDERS)} FROM orders WHERE fill_id = ?`);
  return {
    ...createJournalReads(database),
    decisions: (filter) => {
      const { statement, values } = selection(database, filter, 'DESC');
      return rowsOf(DECISIONS, statement, ...values);
    },
    eachDecision: (filter) => eachDecision(database, filter),
    findDecisions: (id) => findDecisions(database, id),
    orderOfFill: (fillId) => rowsOf(ORDERS, ofFill, fillId)[0],
    findExits: (id) => rowsOf(ORDERS, exits, id),
    ledgerEvents: () =>
      database
        .prepare('SELECT event FROM ledger_events ORDER BY seq')
        .all()
        .map((row) => JSON.parse(String(row.event)) as unknown),
    namesOf: (tokenId) =>
      (names.get(tokenId) as { title: string; outcome: string } | undefined) ?? {
        title: tokenId,
        outcome: '',
      },
    countsByWallet: () =>
      database
        .prepare('SELECT wallet, result, count(*) AS count FROM decisions GROUP BY 1, 2')
        .all() as { wallet: string; result: string; count: number }[],
    close: () => database.close(),
  };
}

function* eachDecision(
  database: DatabaseSync,
  filter: DecisionFilter,
): IterableIterator<DecisionRow> {
  const { statement, values } = selection(database, filter, 'ASC');
  for (const raw of statement.iterate(...values)) yield rowFrom(DECISIONS, raw);
}

function selection(database: DatabaseSync, filter: DecisionFilter, order: 'ASC' | 'DESC') {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  add('wallet = ?', filter.wallet);
  add('result = ?', filter.result);
  add('reason = ?', filter.reason);
  add('decided_at_ms >= ?', filter.sinceMs);
  values.push(filter.limit ?? -1);
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
  const statement = database.prepare(
    `SELECT ${columnsOf(DECISIONS)} FROM decisions ${condition}
     ORDER BY decided_at_ms ${order}, fill_id LIMIT ?`,
  );
  return { statement, values };
}

function findDecisions(database: DatabaseSync, id: string): DecisionRow[] {
  const statement = database.prepare(
    `SELECT ${columnsOf(DECISIONS)} FROM decisions
     WHERE order_id = ?1 OR transaction_hash = ?1 OR (fill_id >= ?1 AND fill_id < ?1 || '~')
     ORDER BY decided_at_ms LIMIT 50`,
  );
  return rowsOf(DECISIONS, statement, id);
}
