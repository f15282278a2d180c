import { permits } from '../core/breaker.ts';
import { formatMicro } from '../core/money.ts';
import type { PostOutcome } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import { durable } from './durable.ts';
import type { OpenOrder } from './open-orders.ts';
import type { Parts } from './parts.ts';
import type { Settlement } from './settle.ts';

export interface Placement {
  /** Posts a journaled order; `receivedTick`: when its row came, for the internal latency. */
  place(order: OpenOrder, receivedTick?: number): void;
  /** Posts the same bytes again. */
  resend(order: OpenOrder): void;
  inFlight(): number;
  /** Settles once nothing is in flight, or after `timeoutMs` real ms. */
  drained(timeoutMs: number): Promise<void>;
}

/** Posts at a time; more wait in line. */
const MAX_IN_FLIGHT = 32;

/** No order book met the limit: an ordinary end of a FAK order, and no failure. */
const NO_MATCH = new Set(['fak_no_match', 'fok_not_filled', 'unmatched']);

export function createPlacement(parts: Parts, settlement: Settlement): Placement {
  const { clock, venue, stats, policy } = parts;
  const waiting: { order: OpenOrder; receivedTick: number | undefined }[] = [];
  let inFlight = 0;

  const post = async (order: OpenOrder, receivedTick: number | undefined) => {
    inFlight += 1;
    order.posting = true;
    order.sends += 1;
    order.inherited = false;
    const { orderId, payload } = order.row;
    const startTick = performance.now();
    const outcome = await venue.post({ orderId, payload }, () => {
      if (receivedTick !== undefined) stats.internal.record(performance.now() - receivedTick);
    });
    const endTick = performance.now();
    stats.ack.record(endTick - startTick);
    order.posting = false;
    order.sentTick = endTick;
    order.misses = 0;
    inFlight -= 1;
    try {
      handle(parts, settlement, order, outcome);
    } catch (error) {
      // The order stays open, and is looked after like one without an answer.
      parts.notice('error', `order ${orderId}: ${reasonOf(error)}`);
    }
    next();
  };
  const next = () => {
    const item = waiting.shift();
    if (!item) return;
    const { order } = item;
    const { side, createdAtMs } = order.row;
    const late = clock.now() - createdAtMs > policy().maxTradeAgeMs;
    const barred = !permits(parts.desk.state(), 'enter');
    if (side === 'BUY' && (late || barred)) {
      order.posting = false;
      settlement.end(order, 'void', late ? 'too late to be sent' : 'the breaker tripped first');
      next();
    } else void post(order, item.receivedTick);
  };
  const enter = (order: OpenOrder, receivedTick: number | undefined) => {
    if (inFlight < MAX_IN_FLIGHT) void post(order, receivedTick);
    else {
      order.posting = true;
      waiting.push({ order, receivedTick });
    }
  };

  return {
    place: enter,
    resend(order) {
      stats.order('resent');
      void post(order, undefined);
    },
    inFlight: () => inFlight,
    async drained(timeoutMs) {
      waiting.length = 0;
      const until = performance.now() + timeoutMs;
      while (inFlight > 0 && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

function handle(
  parts: Parts,
  settlement: Settlement,
  order: OpenOrder,
  outcome: PostOutcome,
): void {
  if (outcome.kind === 'accepted') accepted(parts, settlement, order, outcome);
  else if (outcome.kind === 'unknown') unknown(parts, order, outcome.message);
  else if (order.sends === 1) refused(parts, settlement, order, outcome);
  else if (outcome.code === 'duplicate') {
    // It is there since an earlier send: what became of it is asked by its hash.
    note(parts, order, 'accepted', 'known to the venue since an earlier post');
    order.lookTick = 0;
  } else unknown(parts, order, `${outcome.code}: ${outcome.message} (an earlier post is open)`);
}

function accepted(
  parts: Parts,
  settlement: Settlement,
  order: OpenOrder,
  outcome: Extract<PostOutcome, { kind: 'accepted' }>,
): void {
  const { filledSharesMicro, filledUsdcMicro, status } = outcome;
  order.row.filledUsdcMicro = filledUsdcMicro;
  note(parts, order, 'accepted', `${status}, ${formatMicro(filledSharesMicro)} shares`);
  parts.stats.order('accepted');
  emitOrder(parts, order, 'accepted', status, filledSharesMicro, filledUsdcMicro);
  // A matched FAK order is over: the rest of it is killed. Any other answer is looked after.
  if (status === 'matched' && filledSharesMicro > 0) settlement.complete(order, filledSharesMicro);
  order.lookTick = performance.now() + parts.patience.lookMs;
}

function refused(
  parts: Parts,
  settlement: Settlement,
  order: OpenOrder,
  outcome: Extract<PostOutcome, { kind: 'rejected' }>,
): void {
  const { code, message } = outcome;
  if (!settlement.end(order, 'rejected', `${code}: ${message}`)) return;
  const noMatch = NO_MATCH.has(code);
  parts.stats.order(noMatch ? 'killed' : 'rejected');
  emitOrder(parts, order, noMatch ? 'killed' : 'rejected', `${code}: ${message}`, 0, 0);
  // An exit before its buy has settled is refused for want of balance; it is simply tried again.
  const failed = !noMatch && !(order.row.side === 'SELL' && code === 'insufficient_balance');
  if (failed) parts.desk.orderEnded(order.row.side, true);
}

function unknown(parts: Parts, order: OpenOrder, message: string): void {
  note(parts, order, order.row.status === 'accepted' ? 'accepted' : 'unknown', message);
  order.lookTick = performance.now() + parts.patience.lookMs;
  parts.stats.order('unknown');
  emitOrder(parts, order, 'unknown', message, 0, 0);
}

function note(
  parts: Parts,
  order: OpenOrder,
  status: 'accepted' | 'unknown',
  detail: string,
): void {
  const { row } = order;
  const atMs = parts.clock.now();
  row.status = status;
  const { filledUsdcMicro } = row;
  durable(parts, () =>
    parts.journal.write((tx) => {
      tx.orderChange(row.orderId, { status, filledUsdcMicro }, atMs);
      tx.orderEvent({ orderId: row.orderId, atMs, kind: status, detail });
    }, 'soon'),
  );
}

function emitOrder(
  parts: Parts,
  { row }: OpenOrder,
  outcome: string,
  detail: string,
  sharesMicro: number,
  usdcMicro: number,
): void {
  const { fillId, orderId } = row;
  parts.emit({ kind: 'order', fillId, orderId, outcome, detail, sharesMicro, usdcMicro });
}
