import { permits } from '../core/breaker.ts';
import type { VenueOrder } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import { durable } from './durable.ts';
import type { OpenOrder } from './open-orders.ts';
import type { Parts } from './parts.ts';
import type { Placement } from './place.ts';
import type { Settlement } from './settle.ts';

export interface Inquiry {
  /** Asks the venue about orders whose outcome is open and due; returns at once. */
  look(): void;
  /** Asks about every open order now; true when each could be asked. */
  lookAtAll(): Promise<boolean>;
}

/** Requests at a time. */
const MAX_LOOKING = 4;
const MAX_SENDS = 4;
const MAX_PAUSE_MS = 5000;
/** Looks that must have missed an order before its absence means anything. */
const MIN_MISSES = 3;

/**
 * Settles orders of which the journal knows more than the venue has proved: by their hash, by their
 * fills, or by sending the same bytes again. Never by a new signature.
 */
export function createInquiry(parts: Parts, settlement: Settlement, placement: Placement): Inquiry {
  const { venue, orders, patience, notice } = parts;

  const ask = async (order: OpenOrder): Promise<boolean> => {
    order.looking = true;
    try {
      const found = await venue.fetchOrder(order.row.orderId);
      const trades = await venue.fetchTrades(order.row.orderId);
      for (const trade of trades) settlement.onTrade(trade);
      if (orders.get(order.row.orderId) !== order || order.posting) return true;
      if (found) adopt(parts, settlement, order, found);
      else if (trades.length > 0) settlement.complete(order, filledBy(order));
      else missing(parts, settlement, placement, order);
      return true;
    } catch (error) {
      notice('warning', `order ${order.row.orderId} could not be asked for: ${reasonOf(error)}`);
      return false;
    } finally {
      order.looking = false;
      order.looks += 1;
      const pause = Math.min(MAX_PAUSE_MS, patience.lookMs * 1.6 ** Math.min(order.looks, 10));
      order.lookTick = performance.now() + pause;
    }
  };

  return {
    look() {
      let looking = 0;
      for (const order of orders.all()) if (order.looking) looking += 1;
      const tick = performance.now();
      for (const order of orders.all()) {
        if (looking >= MAX_LOOKING) return;
        if (order.looking || order.posting || order.lookTick > tick) continue;
        looking += 1;
        void ask(order);
      }
    },
    async lookAtAll() {
      let all = true;
      for (const order of [...orders.all()]) {
        if (order.looking || order.posting) continue;
        if (!(await ask(order))) all = false;
      }
      return all;
    },
  };
}

function filledBy(order: OpenOrder): number {
  let shares = 0;
  for (const size of order.fills.values()) shares += size;
  return shares;
}

function adopt(parts: Parts, settlement: Settlement, order: OpenOrder, found: VenueOrder): void {
  const { row } = order;
  order.misses = 0;
  if (row.status !== 'accepted') {
    row.status = 'accepted';
    const atMs = parts.clock.now();
    const detail = `found at the venue: ${found.status}`;
    durable(parts, () =>
      parts.journal.write((tx) => {
        tx.orderChange(row.orderId, { status: 'accepted' }, atMs);
        tx.orderEvent({ orderId: row.orderId, atMs, kind: 'adopted', detail });
      }, 'soon'),
    );
    parts.stats.order('accepted');
  }
  if (found.status === 'LIVE' || found.status === 'UNMATCHED') {
    void takeBack(parts, settlement, order, found);
  } else if (found.status !== 'DELAYED') settlement.complete(order, found.matchedSizeMicro);
}

/** Ours never rest: what rests is taken back, and looked at again. */
async function takeBack(
  { venue, orders, notice }: Parts,
  settlement: Settlement,
  order: OpenOrder,
  { orderId, status, matchedSizeMicro }: VenueOrder,
): Promise<void> {
  try {
    await venue.cancel(orderId);
  } catch (error) {
    notice('warning', `order ${orderId} could not be canceled: ${reasonOf(error)}`);
    return;
  }
  // It keeps this word for ever: now that it cannot rest, it is over.
  if (status === 'UNMATCHED' && orders.get(orderId) === order) {
    settlement.complete(order, matchedSizeMicro);
  }
}

/** The venue does not know it: wait, send the same bytes again while that is timely, or give up. */
function missing(
  parts: Parts,
  settlement: Settlement,
  placement: Placement,
  order: OpenOrder,
): void {
  const { patience } = parts;
  // An answer has proved that it exists: a read that misses it lags behind.
  if (order.row.status === 'accepted') return;
  order.misses += 1;
  const silentMs = silenceMs(parts, order);
  if (silentMs < patience.graceMs) return;
  if (order.sends < MAX_SENDS && mayResend(parts, order)) {
    placement.resend(order);
    return;
  }
  if (order.sends > 0 && (silentMs < patience.voidMs || order.misses < MIN_MISSES)) return;
  const detail = `not at the venue ${Math.round(silentMs)} ms after its last post`;
  if (!settlement.end(order, 'void', detail)) return;
  parts.stats.order('void');
  parts.desk.orderEnded(order.row.side, true);
}

/**
 * Real ms in which nothing can have been sent of it. What an earlier process left is never sent
 * later than the age limit allows, so that restart after restart does not begin this span anew.
 */
function silenceMs({ clock, policy }: Parts, order: OpenOrder): number {
  const sinceSentMs = performance.now() - order.sentTick;
  if (!order.inherited) return sinceSentMs;
  const latestMs = order.row.createdAtMs + policy().maxTradeAgeMs;
  return Math.max(sinceSentMs, clock.realMs(clock.now() - latestMs));
}

function mayResend({ clock, desk, guard, policy }: Parts, { row }: OpenOrder): boolean {
  if (clock.now() - row.createdAtMs > policy().maxTradeAgeMs) return false;
  if (row.side === 'SELL') return true;
  return permits(desk.state(), 'enter') && guard.current() === undefined;
}
