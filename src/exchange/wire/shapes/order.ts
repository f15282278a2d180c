import { formatMicro } from '../../../core/money.ts';
import type { EngineEvent, ExchangeEngine, ExchangeOrder } from '../../engine.ts';
import { outcomeOf } from './market.ts';

/** An order as its owner sees it: by REST, and on the user socket. */

function common(engine: ExchangeEngine, order: ExchangeOrder) {
  return {
    id: order.orderId,
    owner: order.owner ?? '',
    market: order.conditionId,
    asset_id: order.tokenId,
    side: order.side,
    original_size: formatMicro(order.originalSizeMicro),
    size_matched: formatMicro(order.matchedSizeMicro),
    price: formatMicro(order.priceMicro),
    associate_trades: order.tradeIds,
    outcome: outcomeOf(engine, order.tokenId),
    expiration: String(Math.floor((order.expiresAtMs ?? 0) / 1000)),
    order_type: order.orderType,
    status: order.status,
    maker_address: order.maker,
  };
}

export function openOrder(engine: ExchangeEngine, order: ExchangeOrder) {
  return { ...common(engine, order), created_at: Math.floor(order.createdAtMs / 1000) };
}

export function userOrder(
  engine: ExchangeEngine,
  { order, change }: Extract<EngineEvent, { kind: 'order' }>,
) {
  return {
    event_type: 'order',
    ...common(engine, order),
    order_owner: order.owner ?? '',
    type: change,
    created_at: String(Math.floor(order.createdAtMs / 1000)),
    timestamp: String(engine.now()),
  };
}
