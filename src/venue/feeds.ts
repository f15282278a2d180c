import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { DataApi } from './data-api.ts';
import type { Endpoints } from './endpoints.ts';
import { createPoller } from './poller.ts';
import type { FeedHealth, QuarantinedRow, VenueHandlers } from './port.ts';
import { createRtds, type Rtds } from './rtds.ts';

export interface FeedsOptions {
  config: Config;
  clock: Clock;
  endpoints: Endpoints;
  api: DataApi;
  handlers: { current: VenueHandlers | undefined };
}

export interface Feeds {
  start(): void;
  follow(wallets: ReadonlySet<string>): void;
  backfill(wallet: string, sinceMs: number): Promise<void>;
  feedHealth(): FeedHealth;
  close(): void;
}

/** The venue allows 200 trade reads in 10 s; three quarters of that are ours to use. */
const LIVE_GAP_MS = 67;
const PAPER_GAP_MS = 5;

/** The live feed for speed and the Data API for completeness, with one health. */
export function createFeeds(options: FeedsOptions): Feeds {
  const { config, clock, handlers } = options;
  let wallets: ReadonlySet<string> = new Set();
  let rtds: Rtds | undefined;
  const poller = createPoller({
    api: options.api,
    clock,
    intervalMs: config.MONITOR_INTERVAL * 1000,
    gapMs: config.TRADING_MODE === 'paper' ? PAPER_GAP_MS : LIVE_GAP_MS,
    onPage: (rows, wallet) => handlers.current?.onPage(rows, wallet),
  });
  return {
    start() {
      rtds ??= createRtds({
        url: options.endpoints.rtds,
        clock,
        silenceMs: config.FEED_SILENCE_SECONDS * 1000,
        wallets: () => wallets,
        onRow: (row) => handlers.current?.onRow(row),
        onQuarantine: (row: QuarantinedRow) => handlers.current?.onQuarantine(row),
        onGap: () => poller.hurry(),
      });
      poller.start();
    },
    follow(next) {
      wallets = new Set(next);
      poller.follow(next);
    },
    backfill: poller.backfill,
    feedHealth() {
      const live = rtds?.health();
      return {
        lastMessageAtMs: live?.lastMessageAtMs,
        connected: live?.connected ?? false,
        rows: live?.rows ?? 0,
        followedRows: live?.followedRows ?? 0,
        quarantined: live?.quarantined ?? 0,
        reconnects: live?.reconnects ?? 0,
        lastPollAtMs: poller.lastPollAtMs(),
        pollFailures: poller.failures,
      };
    },
    close() {
      rtds?.close();
      poller.close();
    },
  };
}
