import type { OrderDraft, VenueTrade } from '../core/order.ts';
import type { Side, TargetTrade } from '../core/trade.ts';

/** Where an order stands. `done`, `rejected` and `void` are final and hold no reservation. */
export const ORDER_STATUSES = [
  'signed', // journaled; whether the venue has it is not known
  'unknown', // posted without an answer that proves anything
  'accepted', // the venue has it; fills are not all known yet
  'done', // fills are known and none can follow
  'rejected', // the venue refused it
  'void', // it never reached the venue, and no longer can
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface DecisionRow {
  fillId: string;
  wallet: string;
  transactionHash: string;
  ordinal: number;
  source: string;
  tokenId: string;
  conditionId: string;
  side: Side;
  sizeMicro: number;
  priceMicro: number;
  outcome: string;
  title: string;
  slug: string;
  eventSlug: string;
  tradedAtMs: number;
  seenAtMs: number;
  decidedAtMs: number;
  result: 'copy' | 'skip';
  /** A SkipReason, or `copied`. */
  reason: string;
  detail: string;
  facts: Record<string, string | number>;
  orderId: string | undefined;
}

export interface OrderRow {
  orderId: string;
  /** The fill it copies, or `exit:<tokenId>:<n>`. */
  fillId: string;
  kind: 'copy' | 'exit';
  /** The leader whose exposure this is; for an exit, the position's. */
  wallet: string;
  tokenId: string;
  conditionId: string;
  eventSlug: string;
  side: Side;
  draft: OrderDraft;
  /** The signed bytes, exactly as posted. */
  payload: string;
  limitMicro: number;
  reserveMicro: number;
  reserveSharesMicro: number;
  status: OrderStatus;
  filledSharesMicro: number;
  filledUsdcMicro: number;
  createdAtMs: number;
  updatedAtMs: number;
}

export interface OrderEventRow {
  orderId: string;
  atMs: number;
  kind: string;
  detail: string;
}

export interface TradeRow extends VenueTrade {
  updatedAtMs: number;
}

export interface CursorRow {
  wallet: string;
  /** Trades before this moment are never copied. */
  baselineMs: number;
  /** Newest trade seen; a backfill begins somewhat before it. */
  watermarkMs: number;
}

export function decisionRow(
  trade: TargetTrade,
  verdict: Pick<DecisionRow, 'decidedAtMs' | 'result' | 'reason' | 'detail' | 'facts' | 'orderId'>,
): DecisionRow {
  return {
    fillId: trade.fillId,
    wallet: trade.wallet,
    transactionHash: trade.transactionHash,
    ordinal: trade.ordinal,
    source: trade.source,
    tokenId: trade.tokenId,
    conditionId: trade.conditionId,
    side: trade.side,
    sizeMicro: trade.sizeMicro,
    priceMicro: trade.priceMicro,
    outcome: trade.outcome,
    title: trade.title,
    slug: trade.slug,
    eventSlug: trade.eventSlug,
    tradedAtMs: trade.tradedAtMs,
    seenAtMs: trade.seenAtMs,
    ...verdict,
  };
}
