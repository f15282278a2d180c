import type { MicroShares, MicroUsdc, PriceMicro } from '../core/money.ts';
import { type Account, createAccounts } from './accounts.ts';
import { type ActivityLog, createActivityLog } from './activity.ts';
import { createBook, type MarketBook } from './book.ts';
import type { EngineEvent, ExchangeMarket, ExchangeOrder, ExchangeTrade } from './engine.ts';
import type { EngineFaults, SettlementTimes } from './options.ts';
import { createPrng, type Prng } from './prng.ts';

/** An order with what matching needs to know of it. */
export interface LiveOrder extends ExchangeOrder {
  /** Arrival: time priority after a restart. */
  sequence: number;
  /** Index of its token in the market. */
  outcome: 0 | 1;
  /** Its side and price in the first outcome's terms (book.ts). */
  bookSide: 'bids' | 'asks';
  bookPriceMicro: PriceMicro;
  remainingMicro: MicroShares;
  /** USDC still to spend: FAK and FOK BUY only, which spend money rather than buy a size. */
  budgetMicro: MicroUsdc | undefined;
  makerAmountMicro: number;
  /** Locked for it: micro-USDC for a BUY, micro-shares for a SELL. */
  lockedMicro: number;
  /** When a delayed order is matched. */
  dueAtMs: number | undefined;
  failSettlement: boolean;
}

export interface LiveTrade extends ExchangeTrade {
  /** When the next step of its settlement is due; undefined when final. */
  nextAtMs: number | undefined;
  failing: boolean;
  /** An API key is on one of its sides: it is kept for good. */
  kept: boolean;
}

export interface MarketState {
  market: ExchangeMarket;
  book: MarketBook<LiveOrder>;
  /** Cash behind the outstanding pairs of shares. */
  collateralMicro: MicroUsdc;
}

/** The whole state of the engine. Modules beside this one are functions over it. */
export interface World {
  nowMs: number;
  seed: number;
  /** Counts orders, trades and everything else that needs a number. */
  sequence: number;
  markets: Map<string, MarketState>;
  tokens: Map<string, MarketState>;
  accounts: Map<string, Account>;
  orders: Map<string, LiveOrder>;
  byOwner: Map<string, { orders: string[]; trades: string[] }>;
  /** Every trade that is not final, and every final one with an API key in it. */
  trades: Map<string, LiveTrade>;
  pending: Set<LiveTrade>;
  delayed: Set<LiveOrder>;
  expiring: Set<LiveOrder>;
  activity: ActivityLog;
  feesMicro: MicroUsdc;
  depositsMicro: MicroUsdc;
  faults: EngineFaults;
  faultDice: Prng;
  settlement: Required<SettlementTimes>;
  /** What must be written before anybody hears of it. */
  dirty: { accounts: Set<string>; orders: Set<string>; trades: Set<string>; markets: Set<string> };
  events: EngineEvent[];
  listening: boolean;
}

export function createWorld(startMs: number, seed: number, settlement: SettlementTimes): World {
  return {
    nowMs: startMs,
    seed,
    sequence: 0,
    markets: new Map(),
    tokens: new Map(),
    accounts: createAccounts(),
    orders: new Map(),
    byOwner: new Map(),
    trades: new Map(),
    pending: new Set(),
    delayed: new Set(),
    expiring: new Set(),
    activity: createActivityLog(),
    feesMicro: 0,
    depositsMicro: 0,
    faults: { failNextTrades: 0, failTradeRatio: 0, settlementDelayMs: 0, frozen: false },
    faultDice: createPrng(seed, 'faults'),
    settlement: { minedMs: 2_000, confirmedMs: 3_000, ...settlement },
    dirty: { accounts: new Set(), orders: new Set(), trades: new Set(), markets: new Set() },
    events: [],
    listening: false,
  };
}

export function emit(world: World, event: EngineEvent): void {
  if (world.listening) world.events.push(event);
}

export function addMarket(world: World, market: ExchangeMarket, collateralMicro = 0): MarketState {
  const state: MarketState = { market, book: createBook(world.nowMs), collateralMicro };
  world.markets.set(market.conditionId, state);
  for (const token of market.tokenIds) world.tokens.set(token, state);
  return state;
}

/** The owner's index, made on first use. */
export function indexOf(world: World, owner: string): { orders: string[]; trades: string[] } {
  const found = world.byOwner.get(owner);
  if (found) return found;
  const index = { orders: [], trades: [] };
  world.byOwner.set(owner, index);
  return index;
}

/** The order as outsiders see it: a copy, so that later changes do not reach back. */
export function publicOrder(order: LiveOrder): ExchangeOrder {
  return {
    orderId: order.orderId,
    owner: order.owner,
    maker: order.maker,
    tokenId: order.tokenId,
    conditionId: order.conditionId,
    side: order.side,
    orderType: order.orderType,
    priceMicro: order.priceMicro,
    originalSizeMicro: order.originalSizeMicro,
    matchedSizeMicro: order.matchedSizeMicro,
    status: order.status,
    createdAtMs: order.createdAtMs,
    expiresAtMs: order.expiresAtMs,
    tradeIds: [...order.tradeIds],
    cancelReason: order.cancelReason,
  };
}

export function publicTrade(trade: LiveTrade): ExchangeTrade {
  const { nextAtMs: _next, failing: _failing, kept: _kept, ...rest } = trade;
  return { ...rest, makers: rest.makers.map((maker) => ({ ...maker })) };
}
