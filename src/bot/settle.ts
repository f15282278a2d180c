import { takerFee } from '../core/fees.ts';
import type { LedgerEvent } from '../core/ledger-types.ts';
import { formatMicro, notional } from '../core/money.ts';
import type { TradeStatus, VenueTrade } from '../core/order.ts';
import type { OrderRow } from '../state/journal-rows.ts';
import { durable } from './durable.ts';
import { FINAL_TRADE, type OpenOrder } from './open-orders.ts';
import type { OwedChange, OwedSells } from './owed-sells.ts';
import type { Parts } from './parts.ts';

/** Books what the venue says of our orders and fills. Every fact may come twice, late or early. */
export interface Settlement {
  /** A fill in any of its states. MATCHED is provisional, CONFIRMED books, FAILED voids. */
  onTrade(trade: VenueTrade): void;
  /** The order can fill no more than this. It is done once fills account for all of it. */
  complete(order: OpenOrder, filledSharesMicro: number): void;
  /** Ends an order that holds no fill: what was reserved is free again. */
  end(order: OpenOrder, status: 'rejected' | 'void', detail: string): boolean;
}

/** How far each status is along; RETRYING may follow anything that is not final. */
const RANK: Record<TradeStatus, number> = {
  MATCHED: 0,
  MINED: 1,
  RETRYING: 1,
  CONFIRMED: 2,
  FAILED: 2,
};
const RECENT_LIMIT = 500;

export function createSettlement(parts: Parts, owedSells: OwedSells): Settlement {
  const { clock, venue, journal, books, orders, emit, notice } = parts;
  const strangers = new Set<string>();

  const finish = (order: OpenOrder) => {
    const { row, filledSharesMicro } = order;
    if (filledSharesMicro === undefined) return;
    let accounted = 0;
    for (const shares of order.fills.values()) accounted += shares;
    if (accounted < filledSharesMicro) return;
    const atMs = clock.now();
    const short = row.reserveSharesMicro - filledSharesMicro;
    const owed = owing(owedSells, row, short, atMs);
    const done = durable(parts, () =>
      books.record(
        [{ kind: 'release', orderId: row.orderId, atMs }],
        (tx) => {
          owed?.write(tx);
          tx.orderChange(row.orderId, { status: 'done', filledSharesMicro }, atMs);
          const detail = `${formatMicro(filledSharesMicro)} shares filled`;
          tx.orderEvent({ orderId: row.orderId, atMs, kind: 'done', detail });
        },
        'soon',
      ),
    );
    if (!done) return;
    row.status = 'done';
    orders.remove(row.orderId);
    owed?.keep();
    if (filledSharesMicro === 0) killed(parts, row);
  };

  const onTrade = (venueTrade: VenueTrade) => {
    const known = orders.trades.get(venueTrade.tradeId);
    if (known ? RANK[venueTrade.status] <= RANK[known.trade.status] : isSettled(parts, venueTrade))
      return;
    const order = orders.get(venueTrade.orderId);
    const row = known?.order ?? order?.row ?? journal.order(venueTrade.orderId);
    if (!row) {
      stranger(strangers, venueTrade, notice);
      return;
    }
    const market = venue.market(venueTrade.tokenId);
    if (!known && !market) {
      // The fee is the market's: without its terms the fill waits, and is read again.
      void venue.gather(venueTrade.tokenId, parts.patience.gatherMs);
      return;
    }
    const feeMicro =
      known?.trade.feeMicro ??
      takerFee(
        venueTrade.sizeMicro,
        venueTrade.priceMicro,
        market?.feeRate ?? 0,
        market?.feeExponent ?? 1,
      );
    const trade = { ...venueTrade, feeMicro };
    const atMs = clock.now();
    const events = eventsOf(trade, row, !known, atMs);
    const owed = owedAfter(owedSells, trade, row, { isNew: !known, atMs });
    const booked = durable(parts, () =>
      books.record(
        events,
        (tx) => {
          owed?.write(tx);
          tx.trade({ ...trade, updatedAtMs: atMs });
          const size = formatMicro(trade.sizeMicro);
          const detail = `${trade.tradeId}: ${size} at ${formatMicro(trade.priceMicro)}`;
          const kind = `trade_${trade.status.toLowerCase()}`;
          tx.orderEvent({ orderId: row.orderId, atMs, kind, detail });
        },
        'soon',
      ),
    );
    if (!booked) return;
    remember(parts, trade, row, atMs);
    owed?.keep();
    if (order) {
      order.fills.set(trade.tradeId, trade.sizeMicro);
      finish(order);
    }
    announce(parts, trade, !known);
    emit({
      kind: 'settlement',
      orderId: row.orderId,
      tradeId: trade.tradeId,
      status: trade.status,
      sharesMicro: trade.sizeMicro,
      priceMicro: trade.priceMicro,
      feeMicro,
    });
  };

  return {
    onTrade,
    complete(order, filledSharesMicro) {
      order.filledSharesMicro = filledSharesMicro;
      finish(order);
    },
    end(order, status, detail) {
      const { row } = order;
      const atMs = clock.now();
      const owed = owing(owedSells, row, row.reserveSharesMicro, atMs);
      const ended = durable(parts, () =>
        books.record(
          [{ kind: 'release', orderId: row.orderId, atMs }],
          (tx) => {
            owed?.write(tx);
            tx.orderChange(row.orderId, { status }, atMs);
            tx.orderEvent({ orderId: row.orderId, atMs, kind: status, detail });
          },
          'soon',
        ),
      );
      if (!ended) return false;
      row.status = status;
      orders.remove(row.orderId);
      owed?.keep();
      return true;
    },
  };
}

/** A leader's sale that we could not follow in full stays to be done. */
function owing(
  owedSells: OwedSells,
  row: OrderRow,
  sharesMicro: number,
  atMs: number,
): OwedChange | undefined {
  const mirrors = row.kind === 'copy' && row.side === 'SELL';
  return mirrors ? owedSells.more(row, sharesMicro, atMs) : undefined;
}

/** What a fill leaves to be done: one that failed is done again, an exit does it after all. */
function owedAfter(
  owedSells: OwedSells,
  trade: VenueTrade,
  row: OrderRow,
  { isNew, atMs }: { isNew: boolean; atMs: number },
): OwedChange | undefined {
  if (trade.status === 'FAILED') return owing(owedSells, row, trade.sizeMicro, atMs);
  const repays = isNew && row.kind === 'exit' && row.side === 'SELL';
  return repays ? owedSells.less(row, trade.sizeMicro) : undefined;
}

function isSettled({ books }: Parts, { tradeId }: VenueTrade): boolean {
  return books.ledger.knowsTrade(tradeId);
}

function eventsOf(trade: VenueTrade, row: OrderRow, isNew: boolean, atMs: number): LedgerEvent[] {
  const { tradeId, orderId, tokenId, conditionId, side, sizeMicro, priceMicro, feeMicro } = trade;
  const { wallet, eventSlug } = row;
  const events: LedgerEvent[] = [];
  if (isNew) {
    events.push({
      kind: 'fill',
      tradeId,
      orderId,
      tokenId,
      conditionId,
      eventSlug,
      wallet,
      side,
      sharesMicro: sizeMicro,
      usdcMicro: notional(sizeMicro, priceMicro, 'nearest'),
      feeMicro,
      atMs,
    });
  }
  if (trade.status === 'CONFIRMED') events.push({ kind: 'confirm', tradeId, atMs });
  if (trade.status === 'FAILED') events.push({ kind: 'void', tradeId, atMs });
  return events;
}

function remember({ orders }: Parts, trade: VenueTrade, order: OrderRow, atMs: number): void {
  if (!FINAL_TRADE.has(trade.status)) {
    orders.trades.set(trade.tradeId, { trade, order });
    return;
  }
  orders.trades.delete(trade.tradeId);
  orders.recent.push({ trade, tick: performance.now(), atMs });
  if (orders.recent.length > RECENT_LIMIT) orders.recent.shift();
}

/** An order whose fill failed on the chain has failed; one that the book did not fill has not. */
function announce({ stats, desk }: Parts, trade: VenueTrade, isNew: boolean): void {
  if (isNew) stats.order('filled');
  if (!FINAL_TRADE.has(trade.status)) return;
  const failed = trade.status === 'FAILED';
  stats.order(failed ? 'failed' : 'confirmed');
  desk.orderEnded(trade.side, failed);
}

function killed({ stats, emit }: Parts, row: OrderRow): void {
  stats.order('killed');
  emit({
    kind: 'order',
    fillId: row.fillId,
    orderId: row.orderId,
    outcome: 'killed',
    detail: 'nothing was filled',
    sharesMicro: 0,
    usdcMicro: 0,
  });
}

/** A fill of an order that the journal does not know: reconciliation will stop entries over it. */
function stranger(seen: Set<string>, trade: VenueTrade, notice: Parts['notice']): void {
  if (seen.has(trade.orderId) || seen.size >= 1000) return;
  seen.add(trade.orderId);
  notice(
    'warning',
    `the venue shows a fill of order ${trade.orderId}, which is not in the journal`,
  );
}
