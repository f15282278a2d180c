import type { OrderDraft, OrderType } from '../core/order.ts';
import { isFields, textOf } from './json.ts';

const ORDER_TYPES: readonly OrderType[] = ['FAK', 'FOK', 'GTC', 'GTD'];

/**
 * The draft that an order's body was built from; undefined for anything we did not build. The body
 * does not say whether its market is neg-risk.
 */
export function draftOf(body: unknown): OrderDraft | undefined {
  if (!isFields(body) || !isFields(body.order)) return undefined;
  const { tokenId, side, makerAmount, takerAmount } = body.order;
  const orderType = ORDER_TYPES.find((type) => type === body.orderType);
  if ((side !== 'BUY' && side !== 'SELL') || !orderType) return undefined;
  return {
    tokenId: textOf(tokenId),
    side,
    makerAmountMicro: Number(makerAmount),
    takerAmountMicro: Number(takerAmount),
    orderType,
    negRisk: false,
  };
}
