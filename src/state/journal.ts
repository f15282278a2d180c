import type { DatabaseSync } from 'node:sqlite';
import { RefusedError, reasonOf } from '../errors.ts';
import { inserter } from './journal-columns.ts';
import { openForWriting, sqliteCode } from './journal-open.ts';
import { createJournalReads, type JournalReads } from './journal-reads.ts';
import type {
  CursorRow,
  DecisionRow,
  OrderEventRow,
  OrderRow,
  OrderStatus,
  TradeRow,
} from './journal-rows.ts';
import { CURSORS, DECISIONS, ORDER_EVENTS, ORDERS, TRADES } from './journal-tables.ts';

/** Skips kept in memory while the disk refuses them; beyond it the oldest are decided again. */
const MAX_QUEUED = 20_000;

/** The disk refused a write. Nothing of the transaction is kept. */
export class JournalUnwritableError extends RefusedError {}

export interface OrderChange {
  status: OrderStatus;
  filledSharesMicro?: number;
  filledUsdcMicro?: number;
}

/** What one durable transaction may hold. */
export interface JournalTransaction {
  decision(row: DecisionRow): void;
  order(row: OrderRow): void;
  orderChange(orderId: string, change: OrderChange, atMs: number): void;
  orderEvent(row: OrderEventRow): void;
  trade(row: TradeRow): void;
  ledger(event: object, atMs: number): void;
  cursor(row: CursorRow): void;
  meta(key: string, value: string): void;
}

/**
 * `synced`: on disk when the write returns. `soon`: safe from a kill at once, and on disk with the
 * next synced write; for what a loss of power may take, because the venue tells it again.
 */
export type Durability = 'synced' | 'soon';

export interface Journal extends JournalReads {
  /** One transaction; throws JournalUnwritableError, and keeps nothing of it, otherwise. */
  write(body: (transaction: JournalTransaction) => void, durability?: Durability): void;
  /** A skip: on disk with the next `write` or `flush`; lost in a crash, and then decided again. */
  queueDecision(row: DecisionRow): void;
  flush(): void;
  queued(): number;
  /** Why the last write failed; undefined while the journal is sound. */
  failure(): string | undefined;
  /** Tries a small write; true when the journal is (again) writable. */
  probe(atMs: number): boolean;
  /** Replaces the ledger's checkpoint; events up to it are no longer needed to load it. */
  checkpointLedger(state: object): void;
  /** Folds the write-ahead log into the file, off the order path. */
  tidy(): void;
  close(): void;
}

/** The durable record of every decision and order. One process only: hold the bot's lock first. */
export function openJournal(path: string): Journal {
  const database = openForWriting(path);
  const reads = createJournalReads(database);
  const transaction = createTransaction(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const queue = new Map<string, DecisionRow>();
  let failure: string | undefined;

  const attempt = (body: () => void, durability: Durability) => {
    try {
      // FULL is where it rests, so that the write an order waits for has nothing to switch.
      if (durability === 'soon') database.exec('PRAGMA synchronous = NORMAL');
      begin.run();
      body();
      commit.run();
      failure = undefined;
    } catch (error) {
      if (database.isTransaction) rollback.run();
      if (!isDiskTrouble(error)) throw error;
      failure = reasonOf(error);
      throw new JournalUnwritableError(`${path}: cannot write the journal: ${failure}`, {
        hint: 'Make room on the disk; entries resume by themselves once a write succeeds.',
        cause: error,
      });
    } finally {
      if (durability === 'soon') database.exec('PRAGMA synchronous = FULL');
    }
  };
  const write: Journal['write'] = (body, durability = 'synced') => {
    attempt(() => {
      for (const row of queue.values()) transaction.decision(row);
      body(transaction);
    }, durability);
    queue.clear();
  };

  return {
    ...reads,
    write,
    hasDecision: (fillId) => queue.has(fillId) || reads.hasDecision(fillId),
    queueDecision: (row) => {
      if (queue.size >= MAX_QUEUED) queue.delete(queue.keys().next().value as string);
      queue.set(row.fillId, row);
    },
    flush: () => {
      if (queue.size > 0) write(() => {}, 'soon');
    },
    queued: () => queue.size,
    failure: () => failure,
    probe: (atMs) => {
      try {
        write((tx) => tx.meta('probed_at_ms', String(atMs)));
        return true;
      } catch (error) {
        if (error instanceof JournalUnwritableError) return false;
        throw error;
      }
    },
    checkpointLedger: (state) => attempt(() => saveCheckpoint(database, state), 'synced'),
    tidy: () => void database.exec('PRAGMA wal_checkpoint(PASSIVE)'),
    close: () => database.close(),
  };
}

const SQLITE_CONSTRAINT = 19;

/** A broken rule (a doubled order, say) is a fault of ours and no sign of a bad disk. */
function isDiskTrouble(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && code !== SQLITE_CONSTRAINT;
}

function createTransaction(database: DatabaseSync): JournalTransaction {
  const decision = inserter(database, DECISIONS, 'INSERT OR IGNORE');
  const order = inserter(database, ORDERS);
  const orderEvent = inserter(database, ORDER_EVENTS);
  const trade = inserter(database, TRADES, 'INSERT OR REPLACE');
  const cursor = inserter(database, CURSORS, 'INSERT OR REPLACE');
  const change = database.prepare(
    `UPDATE orders SET status = ?, filled_shares_micro = coalesce(?, filled_shares_micro),
       filled_usdc_micro = coalesce(?, filled_usdc_micro), updated_at_ms = ? WHERE order_id = ?`,
  );
  const ledger = database.prepare('INSERT INTO ledger_events (at_ms, event) VALUES (?, ?)');
  const meta = database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  return {
    decision: (row) => {
      const added = decision(row);
      // A skip that is queued twice is one skip; a copy that is already decided must never go on.
      if (added === 0 && row.result === 'copy') {
        throw new Error(`the fill ${row.fillId} is decided already`);
      }
    },
    order: (row) => void order(row),
    orderChange: (orderId, to, atMs) => {
      const { status, filledSharesMicro = null, filledUsdcMicro = null } = to;
      change.run(status, filledSharesMicro, filledUsdcMicro, atMs, orderId);
    },
    orderEvent: (row) => void orderEvent(row),
    trade: (row) => void trade(row),
    ledger: (event, atMs) => void ledger.run(atMs, JSON.stringify(event)),
    cursor: (row) => void cursor(row),
    meta: (key, value) => void meta.run(key, value),
  };
}

function saveCheckpoint(database: DatabaseSync, state: object): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO checkpoint (id, seq, state)
       VALUES (1, (SELECT coalesce(max(seq), 0) FROM ledger_events), ?)`,
    )
    .run(JSON.stringify(state));
}
