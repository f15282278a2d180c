import { MICRO, mulDiv, notional } from '../core/money.ts';
import { type Account, holdingOf } from './accounts.ts';
import { complement } from './book.ts';
import type { NewOrder, SubmitResult } from './engine.ts';
import { takeIntoEscrow } from './escrow.ts';
import { DUST_SHARES, limitOf, planSweep, type Sweep } from './matching.ts';
import {
  changed,
  end,
  finishIfDone,
  lock,
  release,
  relock,
  remember,
  removeFromBook,
  tellOrder,
} from './order-life.ts';
import { openTrade } from './settlement.ts';
import {
  checkMarketable,
  checkOrder,
  NO_FAK_MATCH,
  NO_FOK_FILL,
  type Refusal,
  tooPoor,
} from './validate.ts';
import type { LiveOrder, MarketState, World } from './world.ts';

const refused = (refusal: Refusal): SubmitResult => ({ ok: false, ...refusal });

/** Takes an order in: checks, matches, rests or kills it. Nothing changes when it is refused. */
export function submitOrder(world: World, input: NewOrder): SubmitResult {
  const state = world.tokens.get(input.tokenId);
  const refusal = checkOrder(world, state, input);
  if (refusal || !state)
    return refused(refusal ?? { httpStatus: 400, message: 'market not found' });
  const account = world.accounts.get(input.maker);
  if (!account) return refused(tooPoor(0, input.makerAmountMicro));
  const order = liveOrder(world, state, input);
  const sweep = planOrder(state, order);
  const marketable = sweep.levels.length > 0;
  const objection = marketable ? checkMarketable(order, input.postOnly) : undefined;
  if (objection) return refused(objection);
  const delayMs = input.faults?.delayMs ?? state.market.secondsDelay * 1_000;
  if (delayMs > 0 && marketable) return delay(world, state, account, order, delayMs);
  const poor = checkFunds(account, order, sweep);
  if (poor) return refused(poor);
  return acceptOrder(world, state, order, sweep);
}

export function planOrder(state: MarketState, order: LiveOrder): Sweep {
  const { feeRate: rate, feeExponent: exponent } = state.market;
  return planSweep(state.book, order, { rate, exponent });
}

function liveOrder(world: World, state: MarketState, input: NewOrder): LiveOrder {
  const { side, makerAmountMicro, takerAmountMicro } = input;
  const outcome = state.market.tokenIds[0] === input.tokenId ? 0 : 1;
  const priceMicro = limitOf(side, makerAmountMicro, takerAmountMicro);
  const sizeMicro = side === 'BUY' ? takerAmountMicro : makerAmountMicro;
  const immediate = input.orderType === 'FAK' || input.orderType === 'FOK';
  return {
    orderId: input.orderId,
    owner: input.owner,
    maker: input.maker,
    tokenId: input.tokenId,
    conditionId: state.market.conditionId,
    side,
    orderType: input.orderType,
    priceMicro,
    originalSizeMicro: sizeMicro,
    matchedSizeMicro: 0,
    status: 'LIVE',
    createdAtMs: world.nowMs,
    expiresAtMs: input.expiresAtMs,
    tradeIds: [],
    cancelReason: undefined,
    sequence: ++world.sequence,
    outcome,
    bookSide: (side === 'BUY') === (outcome === 0) ? 'bids' : 'asks',
    bookPriceMicro: outcome === 0 ? priceMicro : complement(priceMicro),
    remainingMicro: sizeMicro,
    budgetMicro: immediate && side === 'BUY' ? makerAmountMicro : undefined,
    makerAmountMicro,
    lockedMicro: 0,
    dueAtMs: undefined,
    failSettlement: input.faults?.failSettlement ?? false,
  };
}

/** What the order needs from the account: for its fills with fees, and for the rest if it rests. */
export function checkFunds(account: Account, order: LiveOrder, sweep: Sweep): Refusal | undefined {
  if (order.side === 'SELL') {
    const free = holdingOf(account, order.tokenId).freeMicro;
    return free < order.makerAmountMicro ? tooPoor(free, order.makerAmountMicro) : undefined;
  }
  const rests = order.budgetMicro === undefined;
  const rest = rests ? notional(order.remainingMicro - sweep.sizeMicro, order.priceMicro, 'up') : 0;
  const needed = Math.max(sweep.usdcMicro + rest, rests ? 0 : order.makerAmountMicro);
  const total = needed + sweep.feeMicro;
  return account.freeMicro < total ? tooPoor(account.freeMicro, total) : undefined;
}

export function acceptOrder(
  world: World,
  state: MarketState,
  order: LiveOrder,
  sweep: Sweep,
): SubmitResult {
  remember(world, order);
  const reason = killReason(order, sweep);
  if (reason !== undefined) {
    end(world, order, order.dueAtMs === undefined ? 'CANCELED' : 'UNMATCHED', reason);
    return refused({ httpStatus: 400, message: reason });
  }
  execute(world, state, order, sweep);
  const buy = order.side === 'BUY';
  return {
    ok: true,
    status: sweep.sizeMicro > 0 ? 'matched' : 'live',
    makingMicro: buy ? sweep.usdcMicro : sweep.sizeMicro,
    takingMicro: buy ? sweep.sizeMicro : sweep.usdcMicro,
    tradeIds: [...order.tradeIds],
  };
}

function killReason(order: LiveOrder, sweep: Sweep): string | undefined {
  if (order.orderType === 'FOK' && !sweep.complete) return NO_FOK_FILL;
  if (order.orderType === 'FAK' && sweep.sizeMicro === 0) return NO_FAK_MATCH;
  return undefined;
}

function execute(world: World, state: MarketState, order: LiveOrder, sweep: Sweep): void {
  const change = order.dueAtMs === undefined ? 'PLACEMENT' : 'UPDATE';
  order.dueAtMs = undefined;
  order.status = 'LIVE';
  for (const level of sweep.levels) {
    for (const fill of level.fills) release(world, fill.maker);
    const trade = openTrade(world, order, level);
    takeIntoEscrow(world, trade);
    take(order, level.sizeMicro, trade.id);
    for (const { maker, sizeMicro } of level.fills) {
      state.book[maker.bookSide].reduced(maker, sizeMicro);
      take(maker, sizeMicro, trade.id);
      if (maker.remainingMicro < DUST_SHARES) removeFromBook(world, maker);
      settleRest(world, maker);
      tellOrder(world, maker, 'UPDATE');
    }
    state.book.lastTradeMicro =
      order.outcome === 0 ? level.priceMicro : complement(level.priceMicro);
  }
  const rests = order.budgetMicro === undefined && order.remainingMicro >= DUST_SHARES;
  if (rests && order.orderType !== 'FAK') {
    state.book[order.bookSide].add(order);
    if (order.expiresAtMs !== undefined) world.expiring.add(order);
    relock(world, order);
  } else order.status = 'MATCHED';
  finishIfDone(world, order);
  tellOrder(world, order, change);
}

function take(order: LiveOrder, sizeMicro: number, tradeId: string): void {
  order.matchedSizeMicro += sizeMicro;
  order.remainingMicro = Math.max(0, order.remainingMicro - sizeMicro);
  order.tradeIds.push(tradeId);
}

/** After a fill a resting order is either done, or locked again for what is left of it. */
function settleRest(world: World, order: LiveOrder): void {
  changed(world, order);
  if (order.remainingMicro < DUST_SHARES) order.status = 'MATCHED';
  else relock(world, order);
  finishIfDone(world, order);
}

function delay(
  world: World,
  state: MarketState,
  account: Account,
  order: LiveOrder,
  delayMs: number,
): SubmitResult {
  // The fee of a BUY is at most its cash times the rate, as (p(1-p))^e / p never exceeds 1.
  const fee =
    order.side === 'BUY' ? mulDiv(order.makerAmountMicro, rateMicro(state), MICRO, 'up') : 0;
  const needed = order.makerAmountMicro + fee;
  const free =
    order.side === 'BUY' ? account.freeMicro : holdingOf(account, order.tokenId).freeMicro;
  if (free < needed) return refused(tooPoor(free, needed));
  lock(world, order, needed);
  order.status = 'DELAYED';
  order.dueAtMs = world.nowMs + delayMs;
  remember(world, order);
  world.delayed.add(order);
  tellOrder(world, order, 'PLACEMENT');
  return { ok: true, status: 'delayed', makingMicro: 0, takingMicro: 0, tradeIds: [] };
}

function rateMicro(state: MarketState): number {
  return Math.round(state.market.feeRate * MICRO);
}

export function cancelOrder(
  world: World,
  orderId: string,
  owner: string,
): { ok: true } | { ok: false; reason: string } {
  const order = world.orders.get(orderId);
  if (!order || order.owner !== owner)
    return { ok: false, reason: 'Order not found or already canceled' };
  if (order.status === 'MATCHED') return { ok: false, reason: 'Order already matched' };
  if (order.status === 'DELAYED') {
    return { ok: false, reason: 'Order is delayed and cannot be canceled' };
  }
  if (order.status !== 'LIVE') return { ok: false, reason: 'Order not found or already canceled' };
  end(world, order, 'CANCELED');
  return { ok: true };
}
