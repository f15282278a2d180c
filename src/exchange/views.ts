import type { Level } from '../core/market.ts';
import type { Side } from '../core/trade.ts';
import { complement } from './book.ts';
import type { EngineEvent, ExchangeEngine, ExchangeTrade } from './engine.ts';
import { audit, ledgerOf, positionsOf } from './ledger.ts';
import { type MarketState, publicOrder, publicTrade, type World } from './world.ts';

type Views = Pick<
  ExchangeEngine,
  | 'now'
  | 'markets'
  | 'market'
  | 'marketOf'
  | 'book'
  | 'order'
  | 'ordersOf'
  | 'trade'
  | 'tradesOf'
  | 'activityOf'
  | 'positionsOf'
  | 'cashOf'
  | 'sharesOf'
  | 'ledger'
  | 'audit'
>;

/** Everything that only reads. */
export function viewsOn(world: World): Views {
  return {
    now: () => world.nowMs,
    markets: () => [...world.markets.values()].map((state) => state.market),
    market: (conditionId) => world.markets.get(conditionId)?.market,
    marketOf: (tokenId) => world.tokens.get(tokenId)?.market,
    book: (tokenId) => bookOf(world, tokenId),
    order(orderId) {
      const order = world.orders.get(orderId);
      return order && publicOrder(order);
    },
    ordersOf: (owner, status) =>
      found(world.byOwner.get(owner)?.orders, (id) => world.orders.get(id))
        .filter((order) => status === undefined || order.status === status)
        .map(publicOrder),
    trade(id) {
      const trade = world.trades.get(id);
      return trade && publicTrade(trade);
    },
    tradesOf: (owner, sinceMs = 0) => tradesOf(world, owner, sinceMs),
    activityOf: (wallet, query = {}) => world.activity.list(wallet, query),
    positionsOf: (wallet) => positionsOf(world, wallet),
    cashOf(wallet) {
      const account = world.accounts.get(wallet);
      return { freeMicro: account?.freeMicro ?? 0, lockedMicro: account?.lockedMicro ?? 0 };
    },
    sharesOf(wallet, tokenId) {
      const holding = world.accounts.get(wallet)?.holdings.get(tokenId);
      return { freeMicro: holding?.freeMicro ?? 0, lockedMicro: holding?.lockedMicro ?? 0 };
    },
    ledger: (wallet) => ledgerOf(world, wallet),
    audit: () => audit(world),
  };
}

function tradesOf(world: World, owner: string, sinceMs: number): ExchangeTrade[] {
  const ids = world.byOwner.get(owner)?.trades ?? [];
  const trades: ExchangeTrade[] = [];
  // In order of time: a bot asks for the last minute, time and again, of ever more of them.
  for (let at = ids.length - 1; at >= 0; at -= 1) {
    const trade = world.trades.get(ids[at] ?? '');
    if (!trade) continue;
    if (trade.matchedAtMs < sinceMs) break;
    trades.push(publicTrade(trade));
  }
  return trades;
}

function found<T>(ids: readonly string[] | undefined, get: (id: string) => T | undefined): T[] {
  return (ids ?? []).map(get).filter((item) => item !== undefined);
}

/** The book of one outcome: the second outcome's is the first's, mirrored. */
function bookOf(world: World, tokenId: string): ReturnType<ExchangeEngine['book']> {
  const state = world.tokens.get(tokenId);
  if (!state) return undefined;
  const { book, market } = state;
  const first = market.tokenIds[0] === tokenId;
  const price = (micro: number) => (first ? micro : complement(micro));
  const levels = (side: 'bids' | 'asks'): Level[] =>
    [...book[side].levels()]
      .map(({ priceMicro, totalMicro }) => ({
        priceMicro: price(priceMicro),
        sizeMicro: totalMicro,
      }))
      .reverse();
  return {
    bids: levels(first ? 'bids' : 'asks'),
    asks: levels(first ? 'asks' : 'bids'),
    lastTradeMicro: book.lastTradeMicro === undefined ? undefined : price(book.lastTradeMicro),
    updatedAtMs: book.updatedAtMs,
  };
}

/** The levels that changed since the last call, once for each outcome. */
export function bookEvents(world: World): EngineEvent[] {
  const events: EngineEvent[] = [];
  for (const state of world.markets.values()) {
    const { bids, asks } = state.book.touched;
    if (bids.size + asks.size === 0) continue;
    state.book.updatedAtMs = world.nowMs;
    if (world.listening) events.push(...changesOf(state));
    bids.clear();
    asks.clear();
  }
  return events;
}

function changesOf(state: MarketState): EngineEvent[] {
  const changes: { side: Side; priceMicro: number; sizeMicro: number }[] = [];
  for (const [name, side] of [
    ['bids', 'BUY'],
    ['asks', 'SELL'],
  ] as const) {
    for (const priceMicro of state.book.touched[name]) {
      const sizeMicro = state.book[name].level(priceMicro)?.totalMicro ?? 0;
      changes.push({ side, priceMicro, sizeMicro });
    }
  }
  const mirrored = changes.map(({ side, priceMicro, sizeMicro }) => ({
    side: side === 'BUY' ? ('SELL' as const) : ('BUY' as const),
    priceMicro: complement(priceMicro),
    sizeMicro,
  }));
  const [first, second] = state.market.tokenIds;
  return [
    { kind: 'book', tokenId: first, changes },
    { kind: 'book', tokenId: second, changes: mirrored },
  ];
}
