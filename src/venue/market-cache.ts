import type { Book, MarketInfo } from '../core/market.ts';
import type { TokenBook } from './token-book.ts';

/** Markets by token, books of the watched tokens, and whoever waits for them. */
export interface MarketCache {
  readonly books: Map<string, TokenBook>;
  market(tokenId: string): MarketInfo | undefined;
  book(tokenId: string): Book | undefined;
  /** Keeps a market under both its tokens; tells of what matters to trading. */
  keep(info: MarketInfo): void;
  /** Forgets a token, and its market when none of its tokens is left. */
  drop(tokenId: string): boolean;
  /** The socket that feeds the books has just proved alive. */
  alive(): void;
  /** Ends the waits for this token if both its parts are known. */
  wake(tokenId: string): void;
  /** Until both parts are known, or so many real ms have passed. */
  wait(tokenId: string, timeoutMs: number): Promise<void>;
  /** Ends every wait. */
  close(): void;
}

/**
 * Real ms for which a proof of life counts as one of now. Less than what a fast clock's limits on
 * the age of a book come to would make every pause of this process look like a dead socket.
 */
const PROOF_MS = 1_000;

export function createMarketCache(
  now: () => number,
  onChange: (market: MarketInfo) => void,
): MarketCache {
  const books = new Map<string, TokenBook>();
  const markets = new Map<string, MarketInfo>();
  const waiting = new Map<string, Set<() => void>>();
  let aliveAtMs = 0;
  let aliveTick = Number.NEGATIVE_INFINITY;
  const book = (tokenId: string) =>
    books.get(tokenId)?.book(performance.now() - aliveTick <= PROOF_MS ? now() : aliveAtMs);
  const known = (tokenId: string) => markets.has(tokenId) && book(tokenId) !== undefined;
  const wake = (tokenId: string) => {
    if (!waiting.has(tokenId) || !known(tokenId)) return;
    for (const done of [...(waiting.get(tokenId) ?? [])]) done();
  };
  return {
    books,
    market: (tokenId) => markets.get(tokenId),
    book,
    keep(info) {
      const before = markets.get(info.tokenIds[0]);
      for (const tokenId of info.tokenIds) markets.set(tokenId, info);
      if (before && matters(before, info)) onChange(info);
      info.tokenIds.forEach(wake);
    },
    drop(tokenId) {
      if (!books.delete(tokenId)) return false;
      const pair = markets.get(tokenId)?.tokenIds ?? [];
      if (!pair.some((id) => books.has(id))) for (const id of pair) markets.delete(id);
      return true;
    },
    alive() {
      aliveAtMs = now();
      aliveTick = performance.now();
    },
    wake,
    async wait(tokenId, timeoutMs) {
      if (known(tokenId)) return;
      await new Promise<void>((resolve) => {
        const waiters = waiting.get(tokenId) ?? new Set();
        waiting.set(tokenId, waiters);
        const done = () => {
          clearTimeout(limit);
          waiters.delete(done);
          if (waiters.size === 0) waiting.delete(tokenId);
          resolve();
        };
        const limit = setTimeout(done, timeoutMs);
        waiters.add(done);
      });
    },
    close() {
      for (const waiters of [...waiting.values()]) for (const done of [...waiters]) done();
    },
  };
}

function matters(before: MarketInfo, after: MarketInfo): boolean {
  return (
    before.tickMicro !== after.tickMicro ||
    before.closed !== after.closed ||
    before.acceptingOrders !== after.acceptingOrders ||
    before.resolution !== after.resolution
  );
}
