import type { Clock } from '../clock.ts';
import type { Book, MarketInfo } from '../core/market.ts';
import type { HttpClient } from './http.ts';
import { listOf, parseJson } from './json.ts';
import { createMarketCache, type MarketCache } from './market-cache.ts';
import { applyMarketEvent } from './market-events.ts';
import type { MarketReader } from './market-info.ts';
import { createUpkeep, type Upkeep } from './market-upkeep.ts';
import { keepConnected, type Reconnecting } from './reconnecting.ts';
import { createTokenBook } from './token-book.ts';

export interface MarketDataOptions {
  socketUrl: string;
  clob: HttpClient;
  reader: MarketReader;
  clock: Clock;
  onMarket(market: MarketInfo): void;
  random?: () => number;
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
  close(): void;
}

/** The books are proven alive this often, in clock ms, so that a quiet market does not look old. */
const PING_CLOCK_MS = 5_000;
const PING_MIN_MS = 500;
const DEAD_MS = 15_000;

/** Markets and books of the watched tokens, kept in memory by one socket and repaired by REST. */
export function createMarketData(options: MarketDataOptions): MarketData {
  const { reader } = options;
  const cache = createMarketCache(options.clock.now, options.onMarket);
  const upkeep = createUpkeep({ ...options, cache });
  let socket: Reconnecting | undefined;
  const watch = (tokenId: string) => {
    if (cache.books.has(tokenId)) return;
    cache.books.set(tokenId, createTokenBook(tokenId));
    socket ??= openSocket(options, cache, upkeep);
    socket.send(subscription([tokenId], { operation: 'subscribe' }));
    void upkeep.readBook(tokenId);
    void upkeep.readMarket(tokenId);
  };
  return {
    watch,
    unwatch(tokenId) {
      if (cache.drop(tokenId)) {
        socket?.send(subscription([tokenId], { operation: 'unsubscribe' }));
      }
    },
    market: cache.market,
    book: cache.book,
    gather(tokenId, timeoutMs) {
      watch(tokenId);
      return cache.wait(tokenId, timeoutMs);
    },
    async findMarket(tokenId) {
      return cache.market(tokenId) ?? (await reader.byToken(tokenId));
    },
    close() {
      upkeep.close();
      socket?.close();
      cache.close();
    },
  };
}

function openSocket(options: MarketDataOptions, cache: MarketCache, upkeep: Upkeep): Reconnecting {
  const { clock } = options;
  return keepConnected({
    url: options.socketUrl,
    pingMs: Math.max(PING_MIN_MS, clock.realMs(PING_CLOCK_MS)),
    deadMs: DEAD_MS,
    random: options.random,
    onAlive: cache.alive,
    onText(text) {
      const frame = parseJson(text);
      for (const event of Array.isArray(frame) ? listOf(frame) : [frame]) {
        const { tokens, market, reread } = applyMarketEvent(event, cache, clock.now());
        if (market) cache.keep(market);
        tokens.forEach(cache.wake);
        // Asking for the book also finds out whether it has crossed.
        for (const tokenId of tokens) {
          if (!cache.book(tokenId)) void upkeep.readBook(tokenId);
        }
        for (const tokenId of reread) void upkeep.readMarket(tokenId);
      }
    },
    onUp(connection, again) {
      connection.send(subscription([...cache.books.keys()], { type: 'market' }));
      // Whatever changed meanwhile is in no message: the gap is closed by reading.
      if (again) for (const tokenId of cache.books.keys()) void upkeep.readBook(tokenId);
    },
    onDown() {
      for (const book of cache.books.values()) book.detach();
    },
  });
}

function subscription(tokenIds: string[], kind: { type: string } | { operation: string }): string {
  return JSON.stringify({ assets_ids: tokenIds, ...kind, custom_feature_enabled: true });
}
