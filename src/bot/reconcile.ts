import { formatMicro, MICRO, notional } from '../core/money.ts';
import type { VenueOrder, VenuePosition, VenueTrade } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import type { Parts } from './parts.ts';

/** What a comparison with the venue found. */
export interface Comparison {
  /** Held or resting there, and unknown to the journal. */
  unexpected: string[];
  /** Cash or known positions that differ. */
  disagreements: string[];
  /** Shares of ours in markets that are over, and the journal holds none of them any more. */
  leftBehind: VenuePosition[];
  /** Why nothing can be said: the venue did not answer, or the books moved meanwhile. */
  inconclusive: string | undefined;
  /** Venue cash minus ours, when nothing was in flight; undefined otherwise. */
  cashGapMicro: number | undefined;
}

/** Settlements this recent may be missing from the venue's slower reads: clock ms, real ms. */
const RECENT_MS = 30_000;
const RECENT_REAL_MS = 2000;
/** Less than this is rounding in the venue's own reads of positions. */
const DUST_MICRO = 100;

interface Span {
  low: number;
  high: number;
}

/**
 * Compares cash, positions and open orders with the venue. What is in flight may or may not have
 * arrived there, so each figure is a span: everything settled, plus or minus all that is not.
 */
export async function compare(parts: Parts): Promise<Comparison> {
  const { venue, books, orders } = parts;
  const nothing = { unexpected: [], disagreements: [], leftBehind: [], cashGapMicro: undefined };
  const version = books.version();
  const flying = orders.count;
  let read: [number, VenuePosition[], VenueOrder[]];
  try {
    read = await Promise.all([venue.cash(), venue.positions(), venue.openOrders()]);
  } catch (error) {
    return { ...nothing, inconclusive: `the venue cannot be read: ${reasonOf(error)}` };
  }
  if (version !== books.version() || flying !== orders.count) {
    return { ...nothing, inconclusive: 'the books moved meanwhile' };
  }
  const [cashMicro, positions, open] = read;
  const unexpected = open
    .filter((order) => !orders.get(order.orderId))
    .map((order) => `order ${order.orderId} rests at the venue`);
  const disagreements: string[] = [];
  const span = cashSpan(parts);
  if (cashMicro < span.low || cashMicro > span.high) {
    disagreements.push(`cash: venue ${formatMicro(cashMicro)}, journal ${words(span)}`);
  }
  const leftBehind = comparePositions(parts, positions, unexpected, disagreements);
  const still = span.low === span.high;
  const cashGapMicro = still ? cashMicro - span.low : undefined;
  return { unexpected, disagreements, leftBehind, inconclusive: undefined, cashGapMicro };
}

function words({ low, high }: Span): string {
  return low === high ? formatMicro(low) : `${formatMicro(low)} to ${formatMicro(high)}`;
}

/** Fills that the venue's balances may or may not show. */
function unsettled({ orders, clock }: Parts): VenueTrade[] {
  const tick = performance.now() - RECENT_REAL_MS;
  const atMs = clock.now() - RECENT_MS;
  const recent = orders.recent.filter((item) => item.tick > tick || item.atMs > atMs);
  orders.recent = recent;
  return [
    ...Array.from(orders.trades.values(), ({ trade }) => trade),
    ...recent.map(({ trade }) => trade),
  ];
}

function cashSpan(parts: Parts): Span {
  const { cashMicro, receivableMicro } = parts.books.ledger.totals();
  const span = {
    low: cashMicro + Math.min(0, receivableMicro),
    high: cashMicro + Math.max(0, receivableMicro),
  };
  for (const trade of unsettled(parts)) {
    const usdcMicro = notional(trade.sizeMicro, trade.priceMicro, 'nearest');
    const moved = trade.side === 'BUY' ? -(usdcMicro + trade.feeMicro) : usdcMicro - trade.feeMicro;
    // Booked and perhaps not there yet; a failed one is unbooked and perhaps still there.
    const change = trade.status === 'FAILED' ? moved : -moved;
    if (change > 0) span.high += change;
    else span.low += change;
  }
  for (const { row } of parts.orders.all()) {
    if (row.side === 'BUY') span.low -= row.reserveMicro;
    else span.high += notional(row.reserveSharesMicro, MICRO, 'up');
  }
  return span;
}

function shareSpans(parts: Parts): Map<string, Span> {
  const spans = new Map<string, Span>();
  const spanOf = (tokenId: string) => {
    let span = spans.get(tokenId);
    if (!span) {
      span = { low: 0, high: 0 };
      spans.set(tokenId, span);
    }
    return span;
  };
  for (const { tokenId, sharesMicro } of parts.books.ledger.positions()) {
    const span = spanOf(tokenId);
    span.low += sharesMicro;
    span.high += sharesMicro;
  }
  for (const { tokenId, side, sizeMicro, status } of unsettled(parts)) {
    const bought = (side === 'BUY') !== (status === 'FAILED');
    if (bought) spanOf(tokenId).low -= sizeMicro;
    else spanOf(tokenId).high += sizeMicro;
  }
  for (const { row } of parts.orders.all()) {
    if (row.side === 'SELL') spanOf(row.tokenId).low -= row.reserveSharesMicro;
    else spanOf(row.tokenId).high += boughtAtMost(row.draft.makerAmountMicro);
  }
  return spans;
}

/** An order in flight may fill below its limit: any number of shares that its cash can buy. */
function boughtAtMost(cashMicro: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, cashMicro * 10_000);
}

function comparePositions(
  parts: Parts,
  positions: readonly VenuePosition[],
  unexpected: string[],
  disagreements: string[],
): VenuePosition[] {
  const spans = shareSpans(parts);
  const leftBehind: VenuePosition[] = [];
  const there = new Map<string, number>();
  for (const position of positions) {
    const { tokenId, sizeMicro, redeemable } = position;
    if (sizeMicro <= DUST_MICRO) continue;
    there.set(tokenId, sizeMicro);
    if (spans.has(tokenId)) continue;
    const over = redeemable || parts.venue.market(tokenId)?.resolution !== undefined;
    if (over && parts.journal.hasTraded(tokenId)) leftBehind.push(position);
    else {
      unexpected.push(`${formatMicro(sizeMicro)} shares of token ${tokenId} are held at the venue`);
    }
  }
  for (const [tokenId, span] of spans) {
    const size = there.get(tokenId) ?? 0;
    if (size >= span.low - DUST_MICRO && size <= span.high + DUST_MICRO) continue;
    if (parts.venue.market(tokenId)?.resolution !== undefined) continue;
    disagreements.push(
      `token ${tokenId}: venue ${formatMicro(size)} shares, journal ${words(span)}`,
    );
  }
  return leftBehind;
}
