import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { LedgerEvent, LedgerState } from '../../src/core/ledger-types.ts';
import type { ExchangeMarket } from '../../src/exchange/engine.ts';
import type { HistoryEntry } from '../../src/state/breaker-file.ts';
import { columnsOf, rowsOf, type TableSpec } from '../../src/state/journal-columns.ts';
import { createJournalReads } from '../../src/state/journal-reads.ts';
import type {
  CursorRow,
  DecisionRow,
  OrderEventRow,
  OrderRow,
  TradeRow,
} from '../../src/state/journal-rows.ts';
import {
  CURSORS,
  DECISIONS,
  ORDER_EVENTS,
  ORDERS,
  TRADES,
} from '../../src/state/journal-tables.ts';
import { pathsOf } from '../../src/state/paths.ts';
import {
  type Account,
  account,
  type Control,
  type ExchangeState,
  leadersOf,
  ourWallet,
  until,
} from './paper-world.ts';

/** Everything that the bot's journal holds, read as any other program could read it. */
export interface JournalCopy {
  decisions: DecisionRow[];
  orders: OrderRow[];
  orderEvents: OrderEventRow[];
  trades: TradeRow[];
  cursors: CursorRow[];
  /** All of them, in order. */
  ledgerEvents: LedgerEvent[];
  /** The last checkpoint and what came after it, as the next start would load them. */
  checkpoint: LedgerState;
  sinceCheckpoint: LedgerEvent[];
  breaker: HistoryEntry[];
}

/** Both sides at one moment at which nothing was under way. */
export interface Evidence {
  journal: JournalCopy;
  ours: Account;
  leaders: Account[];
  markets: ExchangeMarket[];
}

export function readJournal(dataDir: string): JournalCopy {
  const paths = pathsOf(dataDir);
  const database = new DatabaseSync(paths.journal, { readOnly: true, timeout: 5000 });
  const all = <Row>(table: TableSpec<Row>, order: string) =>
    rowsOf(
      table,
      database.prepare(`SELECT ${columnsOf(table)} FROM ${table.name} ORDER BY ${order}`),
    );
  try {
    // One transaction: a bot that writes meanwhile does not tear the copy.
    database.exec('BEGIN');
    const history = createJournalReads(database).ledgerHistory();
    return {
      decisions: all(DECISIONS, 'decided_at_ms, fill_id'),
      orders: all(ORDERS, 'created_at_ms, order_id'),
      orderEvents: all(ORDER_EVENTS, 'seq'),
      trades: all(TRADES, 'matched_at_ms, trade_id'),
      cursors: all(CURSORS, 'wallet'),
      ledgerEvents: database
        .prepare('SELECT event FROM ledger_events ORDER BY seq')
        .all()
        .map(({ event }) => JSON.parse(String(event)) as LedgerEvent),
      checkpoint: history.checkpoint as LedgerState,
      sinceCheckpoint: history.events as LedgerEvent[],
      breaker: JSON.parse(readFileSync(paths.breaker, 'utf8')).body.history,
    };
  } finally {
    database.close();
  }
}

const FINAL = new Set(['done', 'rejected', 'void']);

/** What is still under way, in words; undefined when nothing is. */
function underWay({ orders, trades, orderEvents }: JournalCopy): string | undefined {
  const open = orders.find(({ status }) => !FINAL.has(status));
  if (open) {
    const trail = orderEvents
      .filter(({ orderId }) => orderId === open.orderId)
      .map(({ kind, detail, atMs }) => `${atMs} ${kind} ${detail}`);
    return `order ${open.orderId} is ${open.status}: ${trail.join('; ')}`;
  }
  const unsettled = trades.find(({ status }) => status !== 'CONFIRMED' && status !== 'FAILED');
  if (unsettled) return `trade ${unsettled.tradeId} is ${unsettled.status}`;
  return undefined;
}

/**
 * Collects both sides while the bot still runs: entries are halted by the caller, and it is asked
 * again until a moment is found in which nothing is under way and no new fill is undecided.
 */
export async function gatherEvidence(
  world: Control & { dataDir: string },
  timeoutMs = 90_000,
): Promise<Evidence> {
  const wallet = await ourWallet(world);
  const leaders = await leadersOf(world);
  let why = '';
  return until('a moment with nothing under way', timeoutMs, async () => {
    const before = readJournal(world.dataDir);
    why = underWay(before) ?? '';
    if (why !== '') return undefined;
    const ours = await account(world, wallet);
    if (ours.trades.some(({ status }) => status !== 'CONFIRMED' && status !== 'FAILED')) {
      return undefined;
    }
    const theirs: Account[] = [];
    for (const leader of leaders) theirs.push(await account(world, leader.wallet));
    const { markets } = await world.get<ExchangeState>('state');
    const journal = readJournal(world.dataDir);
    const moved = journal.ledgerEvents.length !== before.ledgerEvents.length;
    if (moved || journal.orders.length !== before.orders.length) return undefined;
    return { journal: before, ours, leaders: theirs, markets };
  }).catch((error: Error) => {
    throw new Error(`${error.message}; last: ${why}`);
  });
}
