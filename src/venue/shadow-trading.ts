import { parseJson } from './json.ts';
import { draftOf } from './order-body.ts';
import { createShadowAccount, type ShadowOptions } from './shadow.ts';
import type { Trading } from './trading.ts';

/** Shadow mode in the shape of a real account: nothing leaves this process. */
export function createShadowTrading(options: ShadowOptions): Trading {
  const account = createShadowAccount(options);
  return {
    owner: 'shadow',
    start: () => {},
    async post(order, onSent) {
      const draft = draftOf(parseJson(order.payload));
      if (!draft) return { kind: 'unknown', message: 'not an order of ours' };
      onSent?.();
      return account.post(order, draft);
    },
    cancel: async () => {},
    fetchOrder: async (orderId) => account.order(orderId),
    fetchTrades: async (orderId) => account.trades(orderId, 0),
    openOrders: async () => [],
    tradesSince: async (sinceMs) => account.trades(undefined, sinceMs),
    positions: async () => account.positions(),
    cash: async () => account.cash(),
    redeem: async (conditionId) => account.redeem(conditionId),
    close: () => {},
  };
}
