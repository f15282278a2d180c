import type { MarketInfo } from '../core/market.ts';
import { parseMicro } from '../core/money.ts';
import { type Fields, isFields, listOf, textOf } from './json.ts';
import type { MarketCache } from './market-cache.ts';

export interface Applied {
  /** Tokens whose book changed. */
  tokens: readonly string[];
  /** A market that changed. */
  market?: MarketInfo;
  /** Tokens whose market must be read again. */
  reread: readonly string[];
}

const NOTHING: Applied = { tokens: [], reread: [] };

/** Applies one event of the market channel to the cache; what is not understood changes nothing. */
export function applyMarketEvent(event: unknown, cache: MarketCache, nowMs: number): Applied {
  if (!isFields(event)) return NOTHING;
  switch (event.event_type) {
    case 'book':
      return applyBook(event, cache, nowMs);
    case 'price_change':
      return applyChanges(event, cache, nowMs);
    case 'tick_size_change':
      return applyTick(event, cache);
    case 'market_resolved':
      return applyResolution(event, cache);
    default:
      return NOTHING;
  }
}

function applyBook(event: Fields, cache: MarketCache, nowMs: number): Applied {
  const tokenId = textOf(event.asset_id);
  const book = cache.books.get(tokenId);
  book?.snapshot(event, nowMs);
  return book ? { tokens: [tokenId], reread: [] } : NOTHING;
}

function applyChanges(event: Fields, cache: MarketCache, nowMs: number): Applied {
  const tokens: string[] = [];
  for (const change of listOf(event.price_changes)) {
    const tokenId = isFields(change) ? textOf(change.asset_id) : '';
    const book = cache.books.get(tokenId);
    book?.change(change, nowMs);
    if (book) tokens.push(tokenId);
  }
  return { tokens, reread: [] };
}

function applyTick(event: Fields, cache: MarketCache): Applied {
  const tokenId = textOf(event.asset_id);
  const market = cache.market(tokenId);
  const tickMicro = parseMicro(event.new_tick_size);
  if (!market) return NOTHING;
  // A tick that cannot be read is asked for.
  if (!tickMicro) return { tokens: [], reread: [tokenId] };
  return { tokens: [], market: { ...market, tickMicro }, reread: [] };
}

function applyResolution(event: Fields, cache: MarketCache): Applied {
  const tokenIds = listOf(event.assets_ids).map(String);
  const market = tokenIds.map((tokenId) => cache.market(tokenId)).find(Boolean);
  if (!market) return NOTHING;
  const winner = market.tokenIds.indexOf(textOf(event.winning_asset_id));
  const closed: MarketInfo = { ...market, closed: true, acceptingOrders: false };
  if (winner === 0 || winner === 1) closed.resolution = winner;
  // A split pays both sides and names no winner: the market itself tells.
  return { tokens: [], market: closed, reread: winner < 0 ? [market.tokenIds[0]] : [] };
}
