import type { Clock } from '../clock.ts';
import type { HttpClient } from './http.ts';
import { isFields, parseJson } from './json.ts';
import type { MarketCache } from './market-cache.ts';
import type { MarketReader } from './market-info.ts';

export interface Upkeep {
  /** One read at a time for each; one that fails is repeated. */
  readMarket(tokenId: string): Promise<void>;
  readBook(tokenId: string): Promise<void>;
  close(): void;
}

export interface UpkeepOptions {
  cache: MarketCache;
  clob: HttpClient;
  reader: MarketReader;
  clock: Clock;
}

/** Clock ms; while the socket does not carry a book, it is read this often. */
const REREAD_MS = 5_000;
const MARKET_MAX_AGE_MS = 60_000;
/** However fast the clock runs, the venue is not asked about a market more often (real ms). */
const MARKET_MIN_GAP_MS = 10_000;
const CHECK_MS = 1_000;

/** Reads by REST what the socket does not bring: markets now and then, books while it is away. */
export function createUpkeep({ cache, clob, reader, clock }: UpkeepOptions): Upkeep {
  const inFlight = new Set<string>();
  const readAt = new Map<string, number>();
  const once = async (key: string, work: () => Promise<void>) => {
    if (inFlight.has(key)) return;
    inFlight.add(key);
    await work().catch(() => {});
    inFlight.delete(key);
  };
  const readMarket = (tokenId: string) =>
    once(`market ${tokenId}`, async () => {
      readAt.set(tokenId, performance.now());
      const info = await reader.byToken(tokenId);
      if (info && cache.books.has(tokenId)) cache.keep(info);
    });
  const readBook = (tokenId: string) =>
    once(`book ${tokenId}`, async () => {
      const query = { token_id: tokenId };
      const reply = await clob.send({ method: 'GET', path: '/book', query });
      const body = parseJson(reply.text);
      if (reply.status !== 200 || !isFields(body)) return;
      cache.books.get(tokenId)?.reread(body, clock.now());
      cache.wake(tokenId);
    });
  const marketIsDue = (tokenId: string) => {
    const info = cache.market(tokenId);
    if (!info) return true;
    const rested = performance.now() - (readAt.get(tokenId) ?? 0) >= MARKET_MIN_GAP_MS;
    return rested && clock.now() - info.fetchedAtMs >= MARKET_MAX_AGE_MS;
  };
  const timer = setInterval(() => {
    const nowMs = clock.now();
    for (const tokenId of readAt.keys()) if (!cache.books.has(tokenId)) readAt.delete(tokenId);
    for (const [tokenId, book] of cache.books) {
      const old = !book.synced && nowMs - book.updatedAtMs >= REREAD_MS;
      if (book.broken || old) void readBook(tokenId);
      if (marketIsDue(tokenId)) void readMarket(tokenId);
    }
  }, CHECK_MS);
  return { readMarket, readBook, close: () => clearInterval(timer) };
}
