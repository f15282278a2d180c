import type { TradeStatus, VenueTrade } from '../core/order.ts';
import type { JournalReads } from '../state/journal-reads.ts';
import type { OrderRow } from '../state/journal-rows.ts';

/** An order whose outcome is not settled for good, with what is known of it. */
export interface OpenOrder {
  row: OrderRow;
  /** Posts of its bytes that may have reached the venue. */
  sends: number;
  /** Left by an earlier process, and not sent by this one. */
  inherited: boolean;
  posting: boolean;
  /** performance.now() at the end of the last post, or when it was loaded. */
  sentTick: number;
  /** Looks that did not find it at the venue, since the last post. */
  misses: number;
  /** performance.now() before which it is not looked at again. */
  lookTick: number;
  looks: number;
  looking: boolean;
  /** All that it will ever have filled, once the venue has said so. */
  filledSharesMicro: number | undefined;
  /** Its fills so far, by trade id: FAILED ones too, since they are accounted for. */
  fills: Map<string, number>;
}

/** A fill that the chain has neither confirmed nor failed. */
export interface OpenTrade {
  trade: VenueTrade;
  order: OrderRow;
}

export interface OpenOrders {
  add(row: OrderRow, sends: number): OpenOrder;
  get(orderId: string): OpenOrder | undefined;
  remove(orderId: string): void;
  all(): IterableIterator<OpenOrder>;
  readonly count: number;
  /** Posted without a known outcome. */
  unknownCount(): number;
  /** Buys that are not settled: while probing, at most one is. */
  hasOpenBuy(): boolean;
  trades: Map<string, OpenTrade>;
  /** Fills settled not long ago, which slower reads of the venue may not show yet. */
  recent: { trade: VenueTrade; tick: number; atMs: number }[];
}

export const FINAL_TRADE: ReadonlySet<TradeStatus> = new Set(['CONFIRMED', 'FAILED']);

export function createOpenOrders(): OpenOrders {
  const orders = new Map<string, OpenOrder>();
  const trades = new Map<string, OpenTrade>();
  return {
    add(row, sends) {
      const order: OpenOrder = {
        row,
        sends,
        inherited: sends > 0,
        posting: false,
        sentTick: performance.now(),
        misses: 0,
        lookTick: 0,
        looks: 0,
        looking: false,
        filledSharesMicro: undefined,
        fills: new Map(),
      };
      orders.set(row.orderId, order);
      return order;
    },
    get: (orderId) => orders.get(orderId),
    remove: (orderId) => void orders.delete(orderId),
    all: () => orders.values(),
    get count() {
      return orders.size;
    },
    unknownCount: () => {
      let count = 0;
      for (const { row, posting } of orders.values()) {
        if (!posting && (row.status === 'unknown' || row.status === 'signed')) count += 1;
      }
      return count;
    },
    hasOpenBuy: () => {
      for (const { row } of orders.values()) if (row.side === 'BUY') return true;
      for (const { order } of trades.values()) if (order.side === 'BUY') return true;
      return false;
    },
    trades,
    recent: [],
  };
}

/** Orders and fills that the last run left open. It may have sent an order: that counts as once. */
export function loadOpenOrders(orders: OpenOrders, journal: JournalReads): void {
  for (const row of journal.openOrders()) {
    const order = orders.add(row, 1);
    for (const trade of journal.tradesOf(row.orderId)) {
      order.fills.set(trade.tradeId, trade.sizeMicro);
    }
  }
  for (const trade of journal.openTrades()) {
    const row = orders.get(trade.orderId)?.row ?? journal.order(trade.orderId);
    if (row) orders.trades.set(trade.tradeId, { trade, order: row });
  }
}
