import { floorTo, MICRO, type PriceMicro } from '../../core/money.ts';
import { accountOf } from '../accounts.ts';
import { complement } from '../book.ts';
import { splitCash } from '../markets.ts';
import type { MarketState, World } from '../world.ts';
import { keepFunded, rest, withdraw } from './actors.ts';
import type { Preset } from './presets.ts';

/** Ten million USDC each: makers never run dry for want of money. */
const DESK_CASH = 10_000_000 * MICRO;
/** Pairs of shares the first desk keeps in stock per market, to offer by SELL. */
const STOCK = 20_000 * MICRO;
const REFRESH_MS = 5_000;
/** A quote with less than this part left is replaced. */
const WORN = 0.5;

interface Quote {
  desk: number;
  side: 'bids' | 'asks';
  /** First outcome's price. */
  priceMicro: PriceMicro;
  sizeMicro: number;
}

interface Quoted {
  fairMicro: PriceMicro;
  atMs: number;
  lastTradeMicro: PriceMicro | undefined;
  orders: Map<string, { orderId: string; sizeMicro: number }>;
}

/** Two market makers who quote around a fair price, in the manner of the preset. */
export interface Desk {
  quote(world: World, state: MarketState, fair: number): void;
  pull(world: World, conditionId: string): void;
  forget(conditionId: string): void;
}

export function createDesk(wallets: readonly [string, string], preset: Preset): Desk {
  const quoted = new Map<string, Quoted>();
  const withdrawAll = (world: World, conditionId: string) => {
    for (const { orderId } of quoted.get(conditionId)?.orders.values() ?? [])
      withdraw(world, orderId);
    quoted.delete(conditionId);
  };
  return {
    quote(world, state, fair) {
      const { conditionId } = state.market;
      const fairMicro = Math.round(fair * MICRO);
      const last = quoted.get(conditionId);
      if (last && !stale(world, state, last, fairMicro)) return;
      for (const wallet of wallets) keepFunded(world, wallet, DESK_CASH);
      keepStock(world, state, wallets[0]);
      const orders = last?.orders ?? new Map();
      replace(world, state, orders, {
        wallets,
        wanted: wantedQuotes(world, state, fairMicro, preset),
      });
      const lastTradeMicro = state.book.lastTradeMicro;
      quoted.set(conditionId, { fairMicro, atMs: world.nowMs, lastTradeMicro, orders });
    },
    pull: withdrawAll,
    forget: (conditionId) => quoted.delete(conditionId),
  };
}

function stale(world: World, state: MarketState, last: Quoted, fairMicro: PriceMicro): boolean {
  return (
    Math.abs(fairMicro - last.fairMicro) >= state.market.tickMicro / 2 ||
    last.lastTradeMicro !== state.book.lastTradeMicro ||
    world.nowMs - last.atMs >= REFRESH_MS
  );
}

function keepStock(world: World, state: MarketState, wallet: string): void {
  const holdings = accountOf(world, wallet).holdings;
  if (!holdings.has(state.market.tokenIds[0])) splitCash(world, wallet, state, STOCK);
}

function wantedQuotes(world: World, state: MarketState, fair: PriceMicro, preset: Preset): Quote[] {
  const { tickMicro: tick } = state.market;
  const { halfSpread, levels, shares } = preset.desk;
  const half = Math.max(tick / 2, Math.round(halfSpread * MICRO * (tick < 10_000 ? 0.5 : 1)));
  const bid = floorTo(Math.max(tick, fair - half), tick);
  const ask = Math.max(bid + tick, MICRO - floorTo(Math.max(tick, MICRO - fair - half), tick));
  // Fine grids get wider steps, so that the book is as deep in price.
  const stride = tick < 10_000 ? tick * 2 : tick;
  const quotes: Quote[] = [];
  for (let level = 0; level < levels; level++) {
    for (const side of ['bids', 'asks'] as const) {
      const priceMicro = side === 'bids' ? bid - level * stride : ask + level * stride;
      if (priceMicro < tick || priceMicro > MICRO - tick) continue;
      const sizeMicro = sizeAt(world, state, priceMicro, shares) * (1 + level * 0.4);
      const desks = level === 0 ? [0, 1] : [level % 2];
      for (const desk of desks) {
        quotes.push({ desk, side, priceMicro, sizeMicro: floorTo(Math.round(sizeMicro), 10_000) });
      }
    }
  }
  return quotes;
}

/** Sizes look random, but stay as they are for half a minute so that books do not flicker. */
function sizeAt(
  world: World,
  state: MarketState,
  price: PriceMicro,
  shares: readonly [number, number],
) {
  const epoch = Math.floor(world.nowMs / 30_000);
  const salt = Number.parseInt(state.market.conditionId.slice(2, 8), 16);
  const mixed = Math.imul(price ^ Math.imul(epoch, 2_654_435_761) ^ salt, 2_246_822_519) >>> 0;
  const [from, to] = shares;
  return (from + ((mixed >>> 8) % 1_000) * ((to - from) / 1_000)) * MICRO;
}

/** First everything that has to go, then what is new: so the desks do not trade with each other. */
function replace(
  world: World,
  state: MarketState,
  orders: Quoted['orders'],
  target: { wallets: readonly [string, string]; wanted: readonly Quote[] },
): void {
  const wanted = new Map(
    target.wanted.map((quote) => [`${quote.desk}${quote.side}${quote.priceMicro}`, quote]),
  );
  for (const [key, { orderId, sizeMicro }] of orders) {
    const left = world.orders.get(orderId)?.remainingMicro ?? 0;
    if (wanted.has(key) && left >= sizeMicro * WORN) continue;
    withdraw(world, orderId);
    orders.delete(key);
  }
  for (const [key, quote] of wanted) {
    if (orders.has(key)) continue;
    const wallet = target.wallets[quote.desk === 0 ? 0 : 1];
    const orderId = rest(world, wallet, orderFor(world, state, wallet, quote));
    if (orderId !== undefined) orders.set(key, { orderId, sizeMicro: quote.sizeMicro });
  }
}

/** An offer is a SELL out of stock, or a BUY of the other outcome. */
function orderFor(world: World, state: MarketState, wallet: string, quote: Quote) {
  const [first, second] = state.market.tokenIds;
  const { priceMicro, sizeMicro } = quote;
  if (quote.side === 'bids') return { tokenId: first, side: 'BUY' as const, priceMicro, sizeMicro };
  const stock = accountOf(world, wallet).holdings.get(first)?.freeMicro ?? 0;
  if (stock >= sizeMicro) return { tokenId: first, side: 'SELL' as const, priceMicro, sizeMicro };
  const other = complement(priceMicro);
  return { tokenId: second, side: 'BUY' as const, priceMicro: other, sizeMicro };
}
