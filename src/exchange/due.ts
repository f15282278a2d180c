import { accountOf } from './accounts.ts';
import { end, release } from './order-life.ts';
import { acceptOrder, checkFunds, planOrder } from './orders.ts';
import { EXPIRY_MARGIN_MS } from './validate.ts';
import type { World } from './world.ts';

/** Matches delayed orders whose time has come, in the order of their coming due. */
export function runDelayed(world: World): void {
  if (world.faults.frozen) return;
  const due = [...world.delayed].filter((order) => (order.dueAtMs ?? 0) <= world.nowMs);
  for (const order of due.sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))) {
    const state = world.markets.get(order.conditionId);
    if (!state?.market.acceptingOrders) {
      end(world, order, 'UNMATCHED', 'the market is not yet ready to process new orders');
      continue;
    }
    release(world, order);
    world.delayed.delete(order);
    const sweep = planOrder(state, order);
    const poor = checkFunds(accountOf(world, order.maker), order, sweep);
    if (poor) end(world, order, 'UNMATCHED', poor.message);
    else acceptOrder(world, state, order, sweep);
  }
}

/** Ends GTD orders one minute before their stated expiration, as the venue does. */
export function expireDue(world: World): void {
  for (const order of world.expiring) {
    if ((order.expiresAtMs ?? 0) - EXPIRY_MARGIN_MS <= world.nowMs) {
      end(world, order, 'CANCELED', 'order expired');
    }
  }
}
