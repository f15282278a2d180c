import { formatMicro, MICRO } from '../../../core/money.ts';
import type { EngineEvent, ExchangeEngine, ExchangeMarket, ExchangeTrade } from '../../engine.ts';
import { bookOf } from './book.ts';

/** Messages of the market socket. */

type BookEvent = Extract<EngineEvent, { kind: 'book' }>;

export function priceChange(engine: ExchangeEngine, { tokenId, changes }: BookEvent) {
  const { best_bid, best_ask } = bestOf(engine, tokenId);
  const hash = bookOf(engine, tokenId)?.hash ?? '';
  return {
    event_type: 'price_change',
    market: engine.marketOf(tokenId)?.conditionId ?? '',
    price_changes: changes.map((change) => ({
      asset_id: tokenId,
      price: formatMicro(change.priceMicro),
      size: formatMicro(change.sizeMicro),
      side: change.side,
      hash,
      best_bid,
      best_ask,
    })),
    timestamp: String(engine.now()),
  };
}

export function bestBidAsk(engine: ExchangeEngine, { tokenId }: BookEvent) {
  const { best_bid, best_ask, spread } = bestOf(engine, tokenId);
  const market = engine.marketOf(tokenId)?.conditionId ?? '';
  const timestamp = String(engine.now());
  const event_type = 'best_bid_ask';
  return { event_type, market, asset_id: tokenId, best_bid, best_ask, spread, timestamp };
}

/** An empty side is as good as a price of 0 or 1. */
function bestOf(engine: ExchangeEngine, tokenId: string) {
  const book = engine.book(tokenId);
  const bid = book?.bids.at(-1)?.priceMicro ?? 0;
  const ask = book?.asks.at(-1)?.priceMicro ?? MICRO;
  return {
    best_bid: formatMicro(bid),
    best_ask: formatMicro(ask),
    spread: formatMicro(ask - bid),
  };
}

export function lastTradePrice(engine: ExchangeEngine, trade: ExchangeTrade) {
  return {
    event_type: 'last_trade_price',
    market: trade.conditionId,
    asset_id: trade.tokenId,
    fee_rate_bps: '0',
    price: formatMicro(trade.priceMicro),
    side: trade.side,
    size: formatMicro(trade.sizeMicro),
    timestamp: String(engine.now()),
  };
}

export function tickSizeChange(
  engine: ExchangeEngine,
  market: ExchangeMarket,
  tokenId: string,
  oldTickMicro: number,
) {
  return {
    event_type: 'tick_size_change',
    market: market.conditionId,
    asset_id: tokenId,
    old_tick_size: formatMicro(oldTickMicro),
    new_tick_size: formatMicro(market.tickMicro),
    timestamp: String(engine.now()),
  };
}

export function newMarket(market: ExchangeMarket, timestamp: string) {
  return {
    event_type: 'new_market',
    id: market.id,
    question: market.question,
    market: market.conditionId,
    slug: market.slug,
    description: market.question,
    assets_ids: market.tokenIds,
    outcomes: market.outcomes,
    event_message: {
      id: market.eventId,
      ticker: market.eventSlug,
      slug: market.eventSlug,
      title: market.eventTitle,
      description: market.eventTitle,
    },
    timestamp,
    tags: [market.category],
    condition_id: market.conditionId,
    active: !market.closed,
    clob_token_ids: market.tokenIds,
    sports_market_type: '',
    line: '',
    game_start_time: '',
    order_price_min_tick_size: formatMicro(market.tickMicro),
    group_item_title: '',
  };
}

/** A split has no winner. */
export function marketResolved(market: ExchangeMarket, timestamp: string) {
  const winner = typeof market.resolution === 'number' ? market.resolution : undefined;
  return {
    event_type: 'market_resolved',
    id: market.id,
    market: market.conditionId,
    assets_ids: market.tokenIds,
    winning_asset_id: winner === undefined ? null : market.tokenIds[winner],
    winning_outcome: winner === undefined ? null : market.outcomes[winner],
    timestamp,
    tags: [market.category],
  };
}
