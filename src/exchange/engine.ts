/**
 * The engine of the paper exchange, as its wire sees it: markets, matching, settlement, accounts.
 * Everything is synchronous and in exchange time; the wire adds HTTP, sockets, signatures, faults.
 */
import type { Level } from '../core/market.ts';
import type { MicroShares, MicroUsdc, PriceMicro } from '../core/money.ts';
import type { OrderType, TradeStatus } from '../core/order.ts';
import type { Side } from '../core/trade.ts';

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
  /** GTD: when it dies, clock ms; undefined otherwise. */
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
  originalSizeMicro: MicroShares;
  matchedSizeMicro: MicroShares;
  status: 'LIVE' | 'MATCHED' | 'DELAYED' | 'UNMATCHED' | 'CANCELED' | 'CANCELED_MARKET_RESOLVED';
  createdAtMs: number;
  expiresAtMs: number | undefined;
  tradeIds: string[];
}

/** One match between a taker order and one or more maker orders, settling on its own. */
export interface ExchangeTrade {
  id: string;
  conditionId: string;
  tokenId: string;
  takerOrderId: string;
  takerOwner: string | undefined;
  taker: string;
  side: Side;
  sizeMicro: MicroShares;
  /** Average over the makers, the taker's view. */
  priceMicro: PriceMicro;
  takerFeeMicro: MicroUsdc;
  makers: {
    orderId: string;
    owner: string | undefined;
    maker: string;
    tokenId: string;
    side: Side;
    sizeMicro: MicroShares;
    priceMicro: PriceMicro;
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
  type: 'TRADE' | 'REDEEM';
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

export interface ExchangePosition {
  wallet: string;
  tokenId: string;
  conditionId: string;
  /** Settled (CONFIRMED) shares. */
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
  now(): number;
  markets(): readonly ExchangeMarket[];
  market(conditionId: string): ExchangeMarket | undefined;
  marketOf(tokenId: string): ExchangeMarket | undefined;
  /** Best level LAST on both sides, as on the wire. */
  book(
    tokenId: string,
  ):
    | { bids: Level[]; asks: Level[]; lastTradeMicro: PriceMicro | undefined; updatedAtMs: number }
    | undefined;
  /** Funds a wallet once; later calls with the same wallet change nothing. */
  openAccount(wallet: string, cashMicro: MicroUsdc): void;
  submit(order: NewOrder): SubmitResult;
  cancel(orderId: string, owner: string): { ok: true } | { ok: false; reason: string };
  order(orderId: string): ExchangeOrder | undefined;
  ordersOf(owner: string): ExchangeOrder[];
  trade(id: string): ExchangeTrade | undefined;
  /** Trades in which this API key took part, newest first. */
  tradesOf(owner: string): ExchangeTrade[];
  /** Newest first. */
  activityOf(wallet: string | undefined): readonly ActivityRow[];
  positionsOf(wallet: string): ExchangePosition[];
  /** Cash free to spend, and cash locked by resting or delayed buys. */
  cashOf(wallet: string): { freeMicro: MicroUsdc; lockedMicro: MicroUsdc };
  /** Settled shares free to sell. */
  sharesOf(wallet: string, tokenId: string): { freeMicro: MicroShares; lockedMicro: MicroShares };
  redeem(wallet: string, conditionId: string): MicroUsdc;
  leaders(): readonly Leader[];
  /** Closes and resolves a market now, as the scenario would; unknown or resolved ones: false. */
  resolve(conditionId: string, outcome: 0 | 1 | 'split'): boolean;
  /** Whether cash and shares are conserved; each problem is a sentence, none is the good answer. */
  audit(): { problems: string[] };
  on(listener: (event: EngineEvent) => void): () => void;
  /** Advances to `nowMs`: settlements, delays, expiries, the scenario's actors. */
  advance(nowMs: number): void;
  close(): void;
}
