import { createHash } from 'node:crypto';
import { floorTo, type MicroShares, type MicroUsdc, type PriceMicro } from '../core/money.ts';
import {
  type Account,
  accountOf,
  bookDisposal,
  holdingOf,
  receiveShares,
  touch,
} from './accounts.ts';
import { end } from './order-life.ts';
import { appendActivity } from './settlement.ts';
import { emit, type MarketState, type World } from './world.ts';

/** The fine grid that prices near 0 and 1 get, and where "near" begins. */
const FINE_TICK: PriceMicro = 1_000;
const NEAR_ZERO: PriceMicro = 40_000;
const NEAR_ONE: PriceMicro = 960_000;

function changed(world: World, state: MarketState): void {
  world.dirty.markets.add(state.market.conditionId);
  emit(world, { kind: 'market', market: { ...state.market } });
}

/** Stops taking orders, as a market does when its event ends. */
export function stopAccepting(world: World, state: MarketState): void {
  if (!state.market.acceptingOrders) return;
  state.market.acceptingOrders = false;
  changed(world, state);
}

/** Closes and pays out: open orders end, and shares become redeemable. */
export function resolveMarket(world: World, state: MarketState, outcome: 0 | 1 | 'split'): void {
  const { market } = state;
  market.acceptingOrders = false;
  market.closed = true;
  market.resolution = outcome;
  market.closedAtMs = world.nowMs;
  const open = [...world.orders.values()].filter(
    (order) =>
      order.conditionId === market.conditionId &&
      (order.status === 'LIVE' || order.status === 'DELAYED'),
  );
  for (const order of open) end(world, order, 'CANCELED_MARKET_RESOLVED', 'market resolved');
  changed(world, state);
  emit(world, { kind: 'resolved', market: { ...market } });
}

/** What one whole set of shares of this outcome is worth now; undefined while unresolved. */
function payout(state: MarketState, outcome: number, size: MicroShares): MicroUsdc {
  if (state.market.resolution === 'split') return floorTo(size, 2) / 2;
  return state.market.resolution === outcome ? size : 0;
}

/** Pays out the wallet's shares of a resolved market: winners and losers leave the account. */
export function redeem(world: World, wallet: string, conditionId: string): MicroUsdc {
  const state = world.markets.get(conditionId);
  const account = world.accounts.get(wallet);
  if (!state || !account || state.market.resolution === undefined) return 0;
  let paid = 0;
  let size = 0;
  for (const [outcome, tokenId] of state.market.tokenIds.entries()) {
    const holding = account.holdings.get(tokenId);
    if (!holding || holding.freeMicro === 0) continue;
    const worth = payout(state, outcome, holding.freeMicro);
    const shares = holding.freeMicro;
    holding.freeMicro = 0;
    bookDisposal(holding, shares, worth);
    paid += worth;
    size += shares;
  }
  if (size === 0) return 0;
  account.freeMicro += paid;
  state.collateralMicro -= paid;
  touch(world, account);
  world.dirty.markets.add(conditionId);
  appendPayment(world, 'REDEEM', wallet, conditionId, size, paid);
  return paid;
}

/** Pairs of free shares become cash, one USDC a pair; false, and nothing done, without enough. */
export function merge(
  world: World,
  wallet: string,
  conditionId: string,
  size: MicroShares,
): boolean {
  const state = world.markets.get(conditionId);
  const account = world.accounts.get(wallet);
  if (!state || !account || !Number.isSafeInteger(size) || size <= 0) return false;
  const pair = state.market.tokenIds.map((tokenId) => holdingOf(account, tokenId));
  if (pair.some((holding) => holding.freeMicro < size)) return false;
  const half = floorTo(size, 2) / 2;
  for (const [outcome, holding] of pair.entries()) {
    holding.freeMicro -= size;
    bookDisposal(holding, size, outcome === 0 ? size - half : half);
  }
  account.freeMicro += size;
  state.collateralMicro -= size;
  touch(world, account);
  world.dirty.markets.add(conditionId);
  appendPayment(world, 'MERGE', wallet, conditionId, size, size);
  return true;
}

/** The row of a payment that is no trade: it names no token, as on the venue. */
function appendPayment(
  world: World,
  type: 'REDEEM' | 'MERGE',
  wallet: string,
  conditionId: string,
  sizeMicro: MicroShares,
  usdcMicro: MicroUsdc,
): void {
  const origin = `${type.toLowerCase()}:${wallet}:${conditionId}:${world.sequence}`;
  const hash = createHash('sha256').update(origin).digest('hex');
  appendActivity(world, {
    type,
    wallet,
    tokenId: '',
    conditionId,
    side: '',
    sizeMicro,
    priceMicro: 0,
    usdcMicro,
    timestampMs: world.nowMs,
    transactionHash: `0x${hash}`,
    outcomeIndex: 999,
    taker: false,
  });
}

/** Turns cash into pairs of shares: how makers get their stock. */
export function splitCash(
  world: World,
  wallet: string,
  state: MarketState,
  size: MicroShares,
): void {
  const account = accountOf(world, wallet);
  if (account.freeMicro < size) throw new RangeError(`${wallet} cannot split ${size}`);
  account.freeMicro -= size;
  state.collateralMicro += size;
  const half = floorTo(size, 2) / 2;
  receiveShares(holdingOf(account, state.market.tokenIds[0]), size, size - half);
  receiveShares(holdingOf(account, state.market.tokenIds[1]), size, half);
  touch(world, account);
  world.dirty.markets.add(state.market.conditionId);
}

/** Refines the grid of a market whose price came near 0 or 1; the venue never coarsens it again. */
export function refineTick(world: World, state: MarketState): void {
  const { market, book } = state;
  if (market.tickMicro <= FINE_TICK || !market.acceptingOrders) return;
  const bid = book.bids.best();
  const ask = book.asks.best();
  const near = (bid !== undefined && bid >= NEAR_ONE) || (ask !== undefined && ask <= NEAR_ZERO);
  if (!near) return;
  const oldTickMicro = market.tickMicro;
  market.tickMicro = FINE_TICK;
  world.dirty.markets.add(market.conditionId);
  emit(world, { kind: 'tick', market: { ...market }, oldTickMicro });
}

/** Drops what an actor no longer has; outside accounts keep their history of realised gains. */
export function forgetEmpty(account: Account, state: MarketState): void {
  if (account.api) return;
  for (const tokenId of state.market.tokenIds) {
    const holding = account.holdings.get(tokenId);
    if (holding && holding.freeMicro + holding.lockedMicro + holding.outgoingMicro === 0) {
      account.holdings.delete(tokenId);
    }
  }
}
