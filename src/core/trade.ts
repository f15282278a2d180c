import type { MicroShares, PriceMicro } from './money.ts';

export type Side = 'BUY' | 'SELL';

/** Where a row was seen. Each source counts identical rows on its own (core/identity.ts). */
export type FeedSource = 'rtds_trades' | 'rtds_orders_matched' | 'data_api' | 'replay';

/** One feed row of a followed wallet, parsed and checked once at the venue edge. */
export interface TargetRow {
  source: FeedSource;
  /** The leader's funder address, lower case. */
  wallet: string;
  /** Lower case, 0x and 64 hex digits. */
  transactionHash: string;
  /** ERC-1155 id, decimal. */
  tokenId: string;
  conditionId: string;
  side: Side;
  sizeMicro: MicroShares;
  priceMicro: PriceMicro;
  /** When the leader traded, by the venue's clock (whole seconds on the wire). */
  tradedAtMs: number;
  /** When the row reached us. */
  seenAtMs: number;
  /** performance.now() when the row was received, for the internal latency; absent in replays. */
  receivedTick?: number;
  outcome: string;
  outcomeIndex: number;
  title: string;
  slug: string;
  eventSlug: string;
}

/** A fill of a leader, identified: what a decision is made about, exactly once. */
export interface TargetTrade extends TargetRow {
  /** See core/identity.ts; the journal's unique key. */
  fillId: string;
  /** Position among byte-identical rows, 0 for the first. */
  ordinal: number;
}
