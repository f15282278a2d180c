import { createHash } from 'node:crypto';
import type { Level } from '../../../core/market.ts';
import { formatMicro } from '../../../core/money.ts';
import type { ExchangeEngine } from '../../engine.ts';

/** A book by REST and as the market socket's snapshot: best level last on both sides. */
export function bookOf(engine: ExchangeEngine, tokenId: string) {
  const market = engine.marketOf(tokenId);
  const book = engine.book(tokenId);
  if (!market || !book) return undefined;
  const bids = book.bids.map(level);
  const asks = book.asks.map(level);
  return {
    market: market.conditionId,
    asset_id: tokenId,
    timestamp: String(book.updatedAtMs),
    bids,
    asks,
    min_order_size: formatMicro(market.minOrderSizeMicro),
    tick_size: formatMicro(market.tickMicro),
    neg_risk: market.negRisk,
    last_trade_price: book.lastTradeMicro === undefined ? '' : formatMicro(book.lastTradeMicro),
    hash: hashOf(tokenId, bids, asks),
  };
}

/** The venue's is a SHA-1 of its own summary; clients can only compare it. */
function hashOf(tokenId: string, bids: object, asks: object): string {
  return createHash('sha1')
    .update(JSON.stringify([tokenId, bids, asks]))
    .digest('hex');
}

function level({ priceMicro, sizeMicro }: Level) {
  return { price: formatMicro(priceMicro), size: formatMicro(sizeMicro) };
}
