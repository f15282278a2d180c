import type { Clock } from '../clock.ts';
import type { Book, MarketInfo } from '../core/market.ts';
import type { HttpClient } from './http.ts';
import { isFields, listOf, parseJson } from './json.ts';
import { applyMarketEvent, type Cache } from './market-events.ts';
import type { MarketReader } from './market-info.ts';
import { keepConnected, type Reconnecting } from './reconnecting.ts';
import { createTokenBook } from './token-book.ts';

export interface MarketDataOptions {
  socketUrl: string;
  clob: HttpClient;
  reader: MarketReader;
  clock: Clock;
  onMarket(market: MarketInfo): void;
}

export interface MarketData {
  watch(tokenId: string): void;
  unwatch(tokenId: string): void;
  market(tokenId: string): MarketInfo | undefined;
  book(tokenId: string): Book | undefined;
  /** Watches, and waits until both are known or the real ms have passed. */
  gather(tokenId: string, timeoutMs: number): Promise<void>;
  /** From memory, or read once without watching. */
  findMarket(tokenId: string): Promise<MarketInfo | undefined>;
  readonly connected: boolean;
  close(): void;
}

/** The book is proven alive this often, in clock ms, so that a quiet market does not look old. */
const PING_CLOCK_MS = 5_000;
const DEAD_MS = 15_000;
/** Clock ms; while the socket does not carry a book, it is read this often. */
const REREAD_MS = 5_000;
const MARKET_MAX_AGE_MS = 60_000;
/** However fast the clock runs, the venue is not asked about a market more often (real ms). */
const MARKET_MIN_GAP_MS = 10_000;
const UPKEEP_MS = 1_000;

/** Markets and books of the watched tokens, kept in memory by one socket and repaired by REST. */
export function createMarketData(options: MarketDataOptions): MarketData {
  const { clob, reader, clock } = options;
  const cache: Cache = { books: new Map(), markets: new Map() };
  const waiting = new Map<string, Set<() => void>>();
  const inFlight = new Set<string>();
  let socket: Reconnecting | undefined;
  let aliveAtMs = 0;

  const known = (tokenId: string) =>
    cache.markets.has(tokenId) && cache.books.get(tokenId)?.book(aliveAtMs) !== undefined;
  const wake = (tokenId: string) => {
    if (!known(tokenId)) return;
    for (const done of waiting.get(tokenId) ?? []) done();
  };
  const keep = (info: MarketInfo) => {
    const before = cache.markets.get(info.tokenIds[0]);
    for (const tokenId of info.tokenIds) cache.markets.set(tokenId, info);
    if (before && materialChange(before, info)) options.onMarket(info);
    info.tokenIds.forEach(wake);
  };
  /** Runs one read at a time for each key; a failed one is repeated by the upkeep. */
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
      if (info) keep(info);
    });
  const readBook = (tokenId: string) =>
    once(`book ${tokenId}`, async () => {
      const query = { token_id: tokenId };
      const reply = await clob.send({ method: 'GET', path: '/book', query });
      const body = parseJson(reply.text);
      if (reply.status !== 200 || !isFields(body)) return;
      cache.books.get(tokenId)?.reread(body, clock.now());
      wake(tokenId);
    });
  const readAt = new Map<string, number>();
  const upkeep = () => {
    const nowMs = clock.now();
    for (const [tokenId, book] of cache.books) {
      if (book.broken || (!book.synced && nowMs - book.updatedAtMs >= REREAD_MS)) {
        void readBook(tokenId);
      }
      const info = cache.markets.get(tokenId);
      const rested = performance.now() - (readAt.get(tokenId) ?? 0) >= MARKET_MIN_GAP_MS;
      if (!info || (nowMs - info.fetchedAtMs >= MARKET_MAX_AGE_MS && rested)) {
        void readMarket(tokenId);
      }
    }
  };
  const timer = setInterval(upkeep, UPKEEP_MS);

  const onText = (text: string) => {
    const frame = parseJson(text);
    for (const event of Array.isArray(frame) ? listOf(frame) : [frame]) {
      const { tokens, market, reread } = applyMarketEvent(event, cache, clock.now());
      if (market) keep(market);
      tokens.forEach(wake);
      for (const tokenId of reread) void readMarket(tokenId);
    }
  };
  const open = () =>
    keepConnected({
      url: options.socketUrl,
      pingMs: Math.max(20, Math.min(10_000, clock.realMs(PING_CLOCK_MS))),
      deadMs: DEAD_MS,
      onAlive() {
        aliveAtMs = clock.now();
      },
      onText,
      onUp(connection, again) {
        connection.send(subscription([...cache.books.keys()], { type: 'market' }));
        if (again) for (const tokenId of cache.books.keys()) void readBook(tokenId);
      },
      onDown() {
        for (const book of cache.books.values()) book.detach();
      },
    });

  const data: MarketData = {
    watch(tokenId) {
      if (cache.books.has(tokenId)) return;
      cache.books.set(tokenId, createTokenBook(tokenId));
      socket ??= open();
      socket.send(subscription([tokenId], { operation: 'subscribe' }));
      void readBook(tokenId);
      void readMarket(tokenId);
    },
    unwatch(tokenId) {
      if (!cache.books.delete(tokenId)) return;
      readAt.delete(tokenId);
      const pair = cache.markets.get(tokenId)?.tokenIds ?? [];
      if (!pair.some((id) => cache.books.has(id))) for (const id of pair) cache.markets.delete(id);
      socket?.send(subscription([tokenId], { operation: 'unsubscribe' }));
    },
    market: (tokenId) => cache.markets.get(tokenId),
    book: (tokenId) => cache.books.get(tokenId)?.book(aliveAtMs),
    async gather(tokenId, timeoutMs) {
      data.watch(tokenId);
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
    async findMarket(tokenId) {
      const info = cache.markets.get(tokenId) ?? (await reader.byToken(tokenId));
      if (info && !cache.markets.has(tokenId)) keep(info);
      return info;
    },
    get connected() {
      return socket?.connected === true;
    },
    close() {
      clearInterval(timer);
      socket?.close();
      for (const waiters of waiting.values()) for (const done of [...waiters]) done();
    },
  };
  return data;
}

function subscription(tokenIds: string[], kind: { type: string } | { operation: string }): string {
  return JSON.stringify({ assets_ids: tokenIds, ...kind, custom_feature_enabled: true });
}

function materialChange(before: MarketInfo, after: MarketInfo): boolean {
  return (
    before.tickMicro !== after.tickMicro ||
    before.closed !== after.closed ||
    before.acceptingOrders !== after.acceptingOrders ||
    before.resolution !== after.resolution
  );
}
