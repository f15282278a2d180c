/**
 * The engine of the paper exchange, as its wire sees it: markets, matching, settlement, accounts.
 * Everything is synchronous and in exchange time; the wire adds HTTP, sockets, signatures, faults.
 */
import type { Level } from '../core/market.ts';
import type { MicroShares, MicroUsdc, PriceMicro } from '../core/money.ts';
import type { OrderType, TradeStatus } from '../core/order.ts';
import type { Side } from '../core/trade.ts';
import type { AccountLedger, Audit } from './ledger-types.ts';
import type { EngineFaults } from './options.ts';

export interface ExchangeMarket {
  /** Gamma's numeric id, as a string. */
  id: string;
  conditionId: string;
  tokenIds: readonly [string, string];
  outcomes: readonly [string, string];
  question: string;
  slug: string;
  eventId: string;
  eventSlug: string;
  eventTitle: string;
  /** What the market is about: crypto, sports, politics, ... */
  category: string;
  createdAtMs: number;
  tickMicro: PriceMicro;
  minOrderSizeMicro: MicroShares;
  negRisk: boolean;
  feeRate: number;
  feeExponent: number;
  /** Delay of marketable orders; 0 for none. Such orders are answered `delayed`. */
  secondsDelay: number;
  endDateMs: number;
  acceptingOrders: boolean;
  closed: boolean;
  resolution: 0 | 1 | 'split' | undefined;
  closedAtMs: number | undefined;
}

export interface NewOrder {
  orderId: string;
  /** API key of the poster; undefined for the exchange's own makers and leaders. */
  owner: string | undefined;
  maker: string;
  tokenId: string;
  side: Side;
  makerAmountMicro: number;
  takerAmountMicro: number;
  orderType: OrderType;
  postOnly: boolean;
  /** GTD: the stated expiration, clock ms; undefined otherwise. It dies one minute before. */
  expiresAtMs: number | undefined;
  /**
   * Faults on purpose: delay it as a `secondsDelay` market would; let its taker trades end FAILED.
   */
  faults?: { delayMs?: number; failSettlement?: boolean };
}

/** A wallet of the scenario that is worth following. */
export interface Leader {
  /** Lower case. */
  wallet: string;
  name: string;
  /** How it trades, in one sentence. */
  style: string;
}

export interface ExchangeOrder {
  orderId: string;
  owner: string | undefined;
  maker: string;
  tokenId: string;
  conditionId: string;
  side: Side;
  orderType: OrderType;
  priceMicro: PriceMicro;
  /**
   * In shares. A FAK or FOK BUY spends its USDC: at better prices it gets more than it asked for,
   * so its matched size may exceed this.
   */
  originalSizeMicro: MicroShares;
  matchedSizeMicro: MicroShares;
  status: 'LIVE' | 'MATCHED' | 'DELAYED' | 'UNMATCHED' | 'CANCELED' | 'CANCELED_MARKET_RESOLVED';
  createdAtMs: number;
  expiresAtMs: number | undefined;
  tradeIds: string[];
  /**
   * Why it was killed or canceled, in the venue's words: a FOK or FAK that found nothing keeps its
   * id as CANCELED (so the same bytes are `Duplicated`). Undefined when its owner canceled it.
   */
  cancelReason: string | undefined;
}

/**
 * One match between a taker order and the maker orders of ONE price level, settling on its own. An
 * order that sweeps three levels makes three trades; they share one transaction. Sizes are such
 * that size x price is a whole number of micro-USDC, so nobody ever has to round cash.
 */
export interface ExchangeTrade {
  id: string;
  conditionId: string;
  tokenId: string;
  takerOrderId: string;
  takerOwner: string | undefined;
  taker: string;
  side: Side;
  sizeMicro: MicroShares;
  /** In the taker's token; a maker on the other token traded at 1 minus this. */
  priceMicro: PriceMicro;
  /** Size x price, exact; the fee comes on top of a BUY and off a SELL. */
  usdcMicro: MicroUsdc;
  takerFeeMicro: MicroUsdc;
  makers: {
    orderId: string;
    owner: string | undefined;
    maker: string;
    tokenId: string;
    side: Side;
    sizeMicro: MicroShares;
    priceMicro: PriceMicro;
    usdcMicro: MicroUsdc;
  }[];
  status: TradeStatus;
  matchedAtMs: number;
  updatedAtMs: number;
  /** Known once broadcast. */
  transactionHash: string | undefined;
}

export type SubmitResult =
  | {
      ok: true;
      status: 'live' | 'matched' | 'delayed';
      makingMicro: number;
      takingMicro: number;
      tradeIds: string[];
    }
  /** `message` is the venue's own text (polymarket facts, section 6); `httpStatus` usually 400. */
  | { ok: false; httpStatus: number; message: string };

/** A row of the public feed and of the Data API: one wallet's side of a fill, after the chain. */
export interface ActivityRow {
  type: 'TRADE' | 'REDEEM' | 'MERGE';
  wallet: string;
  tokenId: string;
  conditionId: string;
  side: Side | '';
  sizeMicro: MicroShares;
  priceMicro: PriceMicro;
  usdcMicro: MicroUsdc;
  timestampMs: number;
  transactionHash: string;
  outcomeIndex: number;
  /** The taker's row: what `orders_matched` shows and `takerOnly=true` keeps. */
  taker: boolean;
  /** Position in the whole history; later rows have larger numbers. */
  sequence: number;
}

export interface ActivityQuery {
  offset?: number;
  /** At most this many rows; all when left out. */
  limit?: number;
  sinceMs?: number;
  untilMs?: number;
  conditionId?: string;
  type?: ActivityRow['type'];
  takerOnly?: boolean;
  side?: Side;
}

export interface ExchangePosition {
  wallet: string;
  tokenId: string;
  conditionId: string;
  /** Settled (CONFIRMED) shares, those of sales that have not settled yet included. */
  sizeMicro: MicroShares;
  avgPriceMicro: PriceMicro;
  costMicro: MicroUsdc;
  realisedMicro: MicroUsdc;
  redeemable: boolean;
}

export type EngineEvent =
  | {
      kind: 'book';
      tokenId: string;
      changes: { side: Side; priceMicro: PriceMicro; sizeMicro: MicroShares }[];
    }
  | { kind: 'order'; order: ExchangeOrder; change: 'PLACEMENT' | 'UPDATE' | 'CANCELLATION' }
  | { kind: 'trade'; trade: ExchangeTrade }
  /** A fill reached the chain: one event per wallet side, taker first. */
  | { kind: 'activity'; row: ActivityRow }
  | { kind: 'tick'; market: ExchangeMarket; oldTickMicro: PriceMicro }
  | { kind: 'market'; market: ExchangeMarket }
  | { kind: 'resolved'; market: ExchangeMarket };

export interface ExchangeEngine {
  readonly faults: EngineFaults;
  now(): number;
  markets(): readonly ExchangeMarket[];
  market(conditionId: string): ExchangeMarket | undefined;
  marketOf(tokenId: string): ExchangeMarket | undefined;
  /** Best level LAST on both sides, as on the wire. Undefined: no such token. */
  book(
    tokenId: string,
  ):
    | { bids: Level[]; asks: Level[]; lastTradeMicro: PriceMicro | undefined; updatedAtMs: number }
    | undefined;
  /** Funds a wallet once; later calls with the same wallet change nothing. */
  openAccount(wallet: string, cashMicro: MicroUsdc): void;
  /** Durable when it returns ok. */
  submit(order: NewOrder): SubmitResult;
  cancel(orderId: string, owner: string): { ok: true } | { ok: false; reason: string };
  order(orderId: string): ExchangeOrder | undefined;
  ordersOf(owner: string, status?: ExchangeOrder['status']): ExchangeOrder[];
  trade(id: string): ExchangeTrade | undefined;
  /** Trades in which this API key took part since then, newest first. */
  tradesOf(owner: string, sinceMs?: number): ExchangeTrade[];
  /** Newest first; undefined is every wallet. */
  activityOf(wallet: string | undefined, query?: ActivityQuery): ActivityRow[];
  positionsOf(wallet: string): ExchangePosition[];
  /** Cash free to spend, and cash locked by resting or delayed buys. */
  cashOf(wallet: string): { freeMicro: MicroUsdc; lockedMicro: MicroUsdc };
  /** Settled shares free to sell, and those locked by resting or delayed sells. */
  sharesOf(wallet: string, tokenId: string): { freeMicro: MicroShares; lockedMicro: MicroShares };
  /** Pays out a resolved market's shares and returns the amount; 0 when there is nothing. */
  redeem(wallet: string, conditionId: string): MicroUsdc;
  /** Turns pairs of settled shares back into cash; false when the wallet has not so many. */
  merge(wallet: string, conditionId: string, size: MicroShares): boolean;
  leaders(): readonly Leader[];
  /** Shows a fill to everybody that no order here caused: the load of a benchmark. */
  record(row: Omit<ActivityRow, 'sequence'>): void;
  /** Closes and resolves a market now, as the scenario would; unknown or resolved ones: false. */
  resolve(conditionId: string, outcome: 0 | 1 | 'split'): boolean;
  /** Events come after the state they tell of is durable. A listener may call the engine. */
  on(listener: (event: EngineEvent) => void): () => void;
  /** Advances to `nowMs`: settlements, delays, expiries, the scenario's actors. */
  advance(nowMs: number): void;
  ledger(wallet: string): AccountLedger;
  audit(): Audit;
  close(): void;
}
