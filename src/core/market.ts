import type { MicroShares, PriceMicro } from './money.ts';

/** What the order path must know of a market before it may trade it. */
export interface MarketInfo {
  conditionId: string;
  /** The two outcome tokens, in outcome order. */
  tokenIds: readonly [string, string];
  outcomes: readonly [string, string];
  title: string;
  slug: string;
  /** Groups markets of one real-world event, for the event exposure limit. */
  eventSlug: string;
  /** Price grid: 100000, 10000, 5000, 2500, 1000 or 100. */
  tickMicro: PriceMicro;
  /** Smallest resting order. */
  minOrderSizeMicro: MicroShares;
  negRisk: boolean;
  /** Taker fee = shares x rate x (p(1-p))^exponent. */
  feeRate: number;
  feeExponent: number;
  acceptingOrders: boolean;
  closed: boolean;
  /** Index of the winning outcome once resolved; 0.5 each when 'split'. */
  resolution?: 0 | 1 | 'split';
  fetchedAtMs: number;
}

export interface Level {
  priceMicro: PriceMicro;
  sizeMicro: MicroShares;
}

/** A live book, best level FIRST on both sides (the wire has it last). */
export interface Book {
  tokenId: string;
  bids: readonly Level[];
  asks: readonly Level[];
  /** When we last heard of this book from a live socket or a fresh read. */
  updatedAtMs: number;
}
