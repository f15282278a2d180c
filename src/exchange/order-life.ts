import { notional } from '../core/money.ts';
import { accountOf, holdingOf, touch } from './accounts.ts';
import type { ExchangeOrder } from './engine.ts';
import { emit, indexOf, type LiveOrder, publicOrder, type World } from './world.ts';

export function remember(world: World, order: LiveOrder): void {
  if (!world.orders.has(order.orderId) && order.owner !== undefined) {
    indexOf(world, order.owner).orders.push(order.orderId);
  }
  world.orders.set(order.orderId, order);
  changed(world, order);
}

export function changed(world: World, order: LiveOrder): void {
  if (order.owner !== undefined) world.dirty.orders.add(order.orderId);
}

export function tellOrder(
  world: World,
  order: LiveOrder,
  change: 'PLACEMENT' | 'UPDATE' | 'CANCELLATION',
) {
  if (world.listening && order.owner !== undefined) {
    emit(world, { kind: 'order', order: publicOrder(order), change });
  }
}

export function finishIfDone(world: World, order: LiveOrder): void {
  if (order.status !== 'LIVE' && order.owner === undefined) world.orders.delete(order.orderId);
}

export function removeFromBook(world: World, order: LiveOrder): void {
  world.markets.get(order.conditionId)?.book[order.bookSide].remove(order);
  world.expiring.delete(order);
}

/** Gives back what is locked for the order. */
export function release(world: World, order: LiveOrder): void {
  const account = accountOf(world, order.maker);
  if (order.side === 'BUY') {
    account.lockedMicro -= order.lockedMicro;
    account.freeMicro += order.lockedMicro;
  } else {
    const holding = holdingOf(account, order.tokenId);
    holding.lockedMicro -= order.lockedMicro;
    holding.freeMicro += order.lockedMicro;
  }
  order.lockedMicro = 0;
  touch(world, account, true);
}

export function lock(world: World, order: LiveOrder, amount: number): void {
  const account = accountOf(world, order.maker);
  if (order.side === 'BUY') {
    account.freeMicro -= amount;
    account.lockedMicro += amount;
  } else {
    const holding = holdingOf(account, order.tokenId);
    holding.freeMicro -= amount;
    holding.lockedMicro += amount;
  }
  order.lockedMicro = amount;
  touch(world, account, true);
}

export function relock(world: World, order: LiveOrder): void {
  const rest = order.remainingMicro;
  lock(world, order, order.side === 'BUY' ? notional(rest, order.priceMicro, 'up') : rest);
}

/** Ends an order before it was filled; what is locked for it comes free. */
export function end(
  world: World,
  order: LiveOrder,
  status: ExchangeOrder['status'],
  reason?: string,
) {
  release(world, order);
  if (order.status === 'LIVE') removeFromBook(world, order);
  world.delayed.delete(order);
  order.status = status;
  order.cancelReason = reason;
  changed(world, order);
  finishIfDone(world, order);
  tellOrder(world, order, 'CANCELLATION');
}
