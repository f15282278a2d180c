import type { Book, MarketInfo } from '../core/market.ts';
import type { MicroUsdc } from '../core/money.ts';
import type {
  OrderDraft,
  PostOutcome,
  SignedOrder,
  VenueOrder,
  VenuePosition,
  VenueTrade,
} from '../core/order.ts';
import type { FeedSource, TargetRow } from '../core/trade.ts';

/** A feed row that could not be understood: counted and kept aside, never guessed at. */
export interface QuarantinedRow {
  source: FeedSource;
  /** Field, what was received, what is allowed. */
  reason: string;
  /** The row's text, cut to 2,000 characters. */
  excerpt: string;
  seenAtMs: number;
}

export interface VenueHandlers {
  /** One live row of a followed wallet. */
  onRow(row: TargetRow): void;
  /** One whole Data API response, oldest first: identical rows in ONE page are genuine fills. */
  onPage(rows: readonly TargetRow[], wallet: string): void;
  onQuarantine(row: QuarantinedRow): void;
  /** A change of one of our own fills, by user socket or by REST. */
  onTrade(trade: VenueTrade): void;
  /** A change of one of our own orders. */
  onOrder(order: VenueOrder): void;
  /** A market closed and paid out, or its tick or state changed. */
  onMarket(market: MarketInfo): void;
}

/** What discovery can and cannot see right now. */
export interface FeedHealth {
  /** Clock ms of the last live row or message of any wallet; undefined before the first. */
  lastMessageAtMs: number | undefined;
  connected: boolean;
  /** Rows of any wallet since start, followed ones and refused ones among them. */
  rows: number;
  followedRows: number;
  quarantined: number;
  reconnects: number;
  /** Clock ms of the last complete Data API poll of every followed wallet. */
  lastPollAtMs: number | undefined;
  pollFailures: number;
}

/** The venue as the bot sees it: the same for paper, shadow and live. */
export interface Venue {
  readonly mode: 'paper' | 'shadow' | 'live';
  readonly chainId: number;
  /** Funder address, lower case: whose cash and positions these are. */
  readonly account: string;

  /** Connects feeds and sockets. Rejects when the venue refuses us (auth, closed-only, region). */
  start(handlers: VenueHandlers): Promise<void>;
  close(): Promise<void>;

  /** Replaces the followed wallets (lower case). Cost per unrelated row does not depend on it. */
  follow(wallets: ReadonlySet<string>): void;
  /** Keeps market and book of this token in memory from now on. */
  watch(tokenId: string): void;
  unwatch(tokenId: string): void;
  /** From memory, never from the network; undefined is unknown, and unknown is not tradable. */
  market(tokenId: string): MarketInfo | undefined;
  book(tokenId: string): Book | undefined;
  /** Watches, and waits until market and book are known or `timeoutMs` real ms have passed. */
  gather(tokenId: string, timeoutMs: number): Promise<void>;

  /**
   * Synchronous: amounts are already integers, the key is in memory. `timestampMs` is clock time.
   */
  sign(draft: OrderDraft, timestampMs: number): SignedOrder;
  /**
   * Sends these bytes. Never throws and never retries. `onSent` is called once they are with the
   * socket; not when they never left.
   */
  post(order: SignedOrder, onSent?: () => void): Promise<PostOutcome>;
  cancel(orderId: string): Promise<void>;

  /** undefined: the venue says there is no such order. Throws when it cannot be asked. */
  fetchOrder(orderId: string): Promise<VenueOrder | undefined>;
  /** All fills of one order (its associated trades), any status. */
  fetchTrades(orderId: string): Promise<VenueTrade[]>;
  openOrders(): Promise<VenueOrder[]>;
  /** All our fills since a moment, oldest first. */
  tradesSince(sinceMs: number): Promise<VenueTrade[]>;
  positions(): Promise<VenuePosition[]>;
  cash(): Promise<MicroUsdc>;
  /** The leader's holdings, for mirroring a reduction as a fraction: tokenId -> micro-shares. */
  holdingsOf(wallet: string): Promise<ReadonlyMap<string, number>>;
  redeem(conditionId: string): Promise<void>;
  /** Asks the Data API now, from `sinceMs`; rows come by onPage. */
  backfill(wallet: string, sinceMs: number): Promise<void>;

  feedHealth(): FeedHealth;
  /** Our clock minus the venue's, clock ms; null: not known. Left out where nobody asks it. */
  clockSkewMs?(): number | null;
}
