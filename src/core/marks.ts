import type { Book } from './market.ts';
import type { PriceMicro } from './money.ts';

/** What one share would bring now: the best bid; undefined without a bid. */
export function markOfBook(book: Book | undefined): PriceMicro | undefined {
  return book?.bids[0]?.priceMicro;
}

/**
 * The last known mark of each token. A book that vanishes keeps its last mark: falling back to cost
 * would hide the very loss that the daily limit watches.
 */
export interface Marks {
  /** Takes the book's mark, when it has one. */
  update(tokenId: string, book: Book | undefined): void;
  set(tokenId: string, markMicro: PriceMicro): void;
  markOf(tokenId: string): PriceMicro | undefined;
  /** Keeps only these tokens. */
  retain(tokenIds: ReadonlySet<string>): void;
}

export function createMarks(): Marks {
  const marks = new Map<string, PriceMicro>();
  return {
    update(tokenId, book) {
      const mark = markOfBook(book);
      if (mark !== undefined) marks.set(tokenId, mark);
    },
    set(tokenId, markMicro) {
      marks.set(tokenId, markMicro);
    },
    markOf: (tokenId) => marks.get(tokenId),
    retain(tokenIds) {
      for (const tokenId of marks.keys()) if (!tokenIds.has(tokenId)) marks.delete(tokenId);
    },
  };
}
