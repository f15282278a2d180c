import { formatMicro } from '../../../core/money.ts';
import type { ExchangeEngine, ExchangeTrade } from '../../engine.ts';
import { outcomeOf } from './market.ts';

/** A fill as one of its parties sees it: by REST, and on the user socket. */

/** The exchange's own makers have no API key; the wire needs some. */
const HOUSE_KEY = '00000000-0000-0000-0000-000000000000';

export function accountTrade(engine: ExchangeEngine, trade: ExchangeTrade, reader: string) {
  return {
    id: trade.id,
    taker_order_id: trade.takerOrderId,
    market: trade.conditionId,
    asset_id: trade.tokenId,
    side: trade.side,
    size: formatMicro(trade.sizeMicro),
    fee_rate_bps: '0',
    price: formatMicro(trade.priceMicro),
    status: trade.status,
    match_time: seconds(trade.matchedAtMs),
    last_update: seconds(trade.updatedAtMs),
    outcome: outcomeOf(engine, trade.tokenId),
    bucket_index: 0,
    owner: trade.takerOwner ?? HOUSE_KEY,
    maker_address: trade.taker,
    // Empty until the settlement is broadcast: execution is asynchronous.
    transaction_hash: trade.transactionHash ?? '',
    trader_side: trade.takerOwner === reader ? 'TAKER' : 'MAKER',
    maker_orders: trade.makers.map((maker) => ({
      order_id: maker.orderId,
      owner: maker.owner ?? HOUSE_KEY,
      maker_address: maker.maker,
      matched_amount: formatMicro(maker.sizeMicro),
      price: formatMicro(maker.priceMicro),
      fee_rate_bps: '0',
      asset_id: maker.tokenId,
      outcome: outcomeOf(engine, maker.tokenId),
      side: maker.side,
    })),
  };
}

export function userTrade(engine: ExchangeEngine, trade: ExchangeTrade, reader: string) {
  return {
    event_type: 'trade',
    type: 'TRADE',
    ...accountTrade(engine, trade, reader),
    trade_owner: reader,
    timestamp: String(engine.now()),
  };
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
