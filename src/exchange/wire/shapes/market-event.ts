import { formatMicro } from '../../../core/money.ts';
import type { ExchangeMarket } from '../../engine.ts';

/** A market's birth and end on the market socket (custom events). */

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
