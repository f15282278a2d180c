import { draftSell, MAKER_STEP_MICRO } from './amounts.ts';
import type { SkipReason } from './decision.ts';
import type { Position } from './ledger-types.ts';
import type { Book, MarketInfo } from './market.ts';
import { markOfBook } from './marks.ts';
import { formatMicro, type MicroShares, notional, type PriceMicro } from './money.ts';
import type { OrderDraft } from './order.ts';
import { exitBound } from './slippage.ts';

export type ExitReason = 'stop_loss' | 'take_profit' | 'max_holding';

export interface ExitPolicy {
  /** Fraction of the cost lost at which a position is sold; 0 is off. */
  stopLoss: number;
  /** Fraction of the cost gained at which a position is sold; 0 is off. */
  takeProfit: number;
  /** Age at which a position is sold; 0 is off. */
  maxHoldingMs: number;
  maxBookAgeMs: number;
}

/** What the exit rules say of one open position. */
export type ExitVerdict =
  | { kind: 'hold' }
  | { kind: 'exit'; reason: ExitReason; detail: string }
  /** No book to judge it by: reported, never guessed. */
  | { kind: 'unmarked'; detail: string };

/** Marks the position at the best bid and asks the rules, the most urgent first. */
export function judgeExit(
  position: Position,
  book: Book | undefined,
  nowMs: number,
  policy: ExitPolicy,
): ExitVerdict {
  const mark = markOfBook(book);
  if (book === undefined || mark === undefined) return unmarked('no book with a bid');
  const bookAgeMs = nowMs - book.updatedAtMs;
  if (!(bookAgeMs <= policy.maxBookAgeMs)) return unmarked(`book is ${bookAgeMs} ms old`);
  const worth = notional(position.sharesMicro, mark, 'down');
  const gain = position.costMicro === 0 ? 0 : (worth - position.costMicro) / position.costMicro;
  const change = `${formatMicro(position.costMicro)} -> ${formatMicro(worth)} USDC`;
  if (policy.stopLoss > 0 && gain <= -policy.stopLoss) return exit('stop_loss', change);
  if (policy.takeProfit > 0 && gain >= policy.takeProfit) return exit('take_profit', change);
  const ageMs = nowMs - position.openedAtMs;
  if (policy.maxHoldingMs > 0 && ageMs >= policy.maxHoldingMs) {
    return exit('max_holding', `held for ${Math.round(ageMs / 1000)} s`);
  }
  return { kind: 'hold' };
}

function unmarked(detail: string): ExitVerdict {
  return { kind: 'unmarked', detail };
}

function exit(reason: ExitReason, detail: string): ExitVerdict {
  return { kind: 'exit', reason, detail };
}

/** A FAK sell, or why there can be none. */
export type ExitPlan =
  | {
      draft: OrderDraft;
      limitMicro: PriceMicro;
      reserveSharesMicro: MicroShares;
      bestBidMicro: PriceMicro;
    }
  | { skip: SkipReason; detail: string };

/**
 * Sells at most `sharesMicro` at the best bid less `maxSlippage`. No breaker, no limit and no age
 * of the book stands in its way; only what an order cannot be written without.
 */
export function planExit(
  tokenId: string,
  sharesMicro: MicroShares,
  market: MarketInfo | undefined,
  book: Book | undefined,
  maxSlippage: number,
): ExitPlan {
  if (market === undefined || !market.tokenIds.includes(tokenId)) {
    return { skip: 'market_unknown', detail: 'market not known yet' };
  }
  if (market.closed || !market.acceptingOrders || market.resolution !== undefined) {
    return { skip: 'market_closed', detail: 'market takes no orders; the position awaits payout' };
  }
  const bestBid = book?.tokenId === tokenId ? markOfBook(book) : undefined;
  if (bestBid === undefined) return { skip: 'no_book', detail: 'no bid to sell to' };
  const terms = { tokenId, tickMicro: market.tickMicro, negRisk: market.negRisk };
  const limitMicro = exitBound(bestBid, maxSlippage, market.tickMicro);
  const draft = draftSell(terms, limitMicro, sharesMicro);
  if (draft === undefined) {
    const least = formatMicro(MAKER_STEP_MICRO);
    const detail =
      `${formatMicro(sharesMicro)} shares cannot be sold: the venue's step is ` + `${least}`;
    return { skip: 'below_min', detail };
  }
  return { draft, limitMicro, reserveSharesMicro: draft.makerAmountMicro, bestBidMicro: bestBid };
}
