import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { columnsOf, rowsOf } from './journal-columns.ts';
import type { CursorRow, OrderEventRow, OrderRow, TradeRow } from './journal-rows.ts';
import { CURSORS, ORDER_EVENTS, ORDERS, TRADES } from './journal-tables.ts';

export interface JournalReads {
  hasDecision(fillId: string): boolean;
  order(orderId: string): OrderRow | undefined;
  /** Orders whose outcome is still open, oldest first. */
  openOrders(): OrderRow[];
  orderEvents(orderId: string): OrderEventRow[];
  tradesOf(orderId: string): TradeRow[];
  /** Fills that the chain has neither confirmed nor failed yet. */
  openTrades(): TradeRow[];
  /** How many orders were made to leave this token: numbers the next exit. */
  exitCount(tokenId: string): number;
  /** Whether any order of ours was about this token. */
  hasTraded(tokenId: string): boolean;
  cursors(): CursorRow[];
  meta(key: string): string | undefined;
  /** The ledger's last checkpoint and every event after it. */
  ledgerHistory(): { checkpoint: unknown; events: unknown[] };
}

export function createJournalReads(database: DatabaseSync): JournalReads {
  const known = database.prepare('SELECT 1 FROM decisions WHERE fill_id = ?');
  const select = <Row>(table: Parameters<typeof columnsOf<Row>>[0], rest: string) => {
    const statement = database.prepare(`SELECT ${columnsOf(table)} FROM ${table.name} ${rest}`);
    return (...values: SQLInputValue[]) => rowsOf(table, statement, ...values);
  };
  const order = select(ORDERS, 'WHERE order_id = ?');
  const openOrders = select(
    ORDERS,
    "WHERE status NOT IN ('done', 'rejected', 'void') ORDER BY created_at_ms",
  );
  const events = select(ORDER_EVENTS, 'WHERE order_id = ? ORDER BY seq');
  const trades = select(TRADES, 'WHERE order_id = ? ORDER BY matched_at_ms, trade_id');
  const openTrades = select(
    TRADES,
    "WHERE status NOT IN ('CONFIRMED', 'FAILED') ORDER BY matched_at_ms",
  );
  const cursors = select(CURSORS, '');
  const exits = database.prepare(
    "SELECT count(*) AS n FROM orders WHERE fill_id >= ? || ':' AND fill_id < ? || ';'",
  );
  const traded = database.prepare('SELECT 1 FROM orders WHERE token_id = ? LIMIT 1');
  const meta = database.prepare('SELECT value FROM meta WHERE key = ?');
  return {
    hasDecision: (fillId) => known.get(fillId) !== undefined,
    order: (orderId) => order(orderId)[0],
    openOrders: () => openOrders(),
    orderEvents: (orderId) => events(orderId),
    tradesOf: (orderId) => trades(orderId),
    openTrades: () => openTrades(),
    exitCount: (tokenId) => {
      const prefix = `exit:${tokenId}`;
      return Number((exits.get(prefix, prefix) as { n: number }).n);
    },
    hasTraded: (tokenId) => traded.get(tokenId) !== undefined,
    cursors: () => cursors(),
    meta: (key) => (meta.get(key) as { value: string } | undefined)?.value,
    ledgerHistory: () => ledgerHistory(database),
  };
}

function ledgerHistory(database: DatabaseSync): { checkpoint: unknown; events: unknown[] } {
  const saved = database.prepare('SELECT seq, state FROM checkpoint WHERE id = 1').get() as
    | { seq: number; state: string }
    | undefined;
  const events = database
    .prepare('SELECT event FROM ledger_events WHERE seq > ? ORDER BY seq')
    .all(saved?.seq ?? 0)
    .map((row) => JSON.parse(String(row.event)) as unknown);
  return { checkpoint: saved ? (JSON.parse(saved.state) as unknown) : undefined, events };
}
