import type { Clock } from '../clock.ts';
import type { TargetRow } from '../core/trade.ts';
import { type DataApi, DataApiError } from './data-api.ts';
import { createWalletRing } from './wallet-ring.ts';

export interface PollerOptions {
  api: DataApi;
  clock: Clock;
  /** Clock ms in which each followed wallet is read once, if the rate limit allows. */
  intervalMs: number;
  /** Real ms between two requests, at the least: the venue's rate limit. */
  gapMs: number;
  onPage(rows: readonly TargetRow[], wallet: string): void;
}

export interface Poller {
  start(): void;
  follow(wallets: ReadonlySet<string>): void;
  /** Reads one wallet now; rows come by onPage. */
  backfill(wallet: string, sinceMs: number): Promise<void>;
  /** One round through all wallets as fast as allowed: something was missed. */
  hurry(): void;
  /** Clock ms of the oldest of the wallets' last good reads; undefined before the first round. */
  lastPollAtMs(): number | undefined;
  readonly failures: number;
  close(): void;
}

/** Rows reach the Data API seconds to minutes after the trade, and not in order. */
const LATE_MS = 300_000;

/** The polling backstop: reads the followed wallets in turn, spread evenly over the interval. */
export function createPoller(options: PollerOptions): Poller {
  const { api, clock } = options;
  const ring = createWalletRing();
  let failures = 0;
  let pausedUntil = 0;
  let hurried = 0;
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const read = async (name: string, sinceMs: number) => {
    const rows = await api.tradesOf(name, sinceMs);
    if (!running) return;
    const wallet = ring.get(name);
    if (wallet) {
      wallet.readAtMs = clock.now();
      wallet.watermarkMs = Math.max(wallet.watermarkMs, rows.at(-1)?.tradedAtMs ?? 0);
    }
    if (rows.length > 0) options.onPage(rows, name);
  };
  const turn = async () => {
    schedule();
    const wallet = performance.now() < pausedUntil ? undefined : ring.next();
    if (!wallet || wallet.busy) return;
    wallet.busy = true;
    try {
      await read(wallet.name, wallet.watermarkMs - LATE_MS);
    } catch (error) {
      failures += 1;
      const pauseMs = error instanceof DataApiError ? error.pauseMs : undefined;
      if (pauseMs !== undefined) pausedUntil = performance.now() + pauseMs;
    } finally {
      wallet.busy = false;
    }
  };
  const schedule = () => {
    if (!running) return;
    const share = hurried > 0 ? 0 : clock.realMs(options.intervalMs) / Math.max(1, ring.size);
    hurried = Math.max(0, hurried - 1);
    clearTimeout(timer);
    timer = setTimeout(() => void turn(), Math.max(options.gapMs, share));
  };

  return {
    start() {
      running = true;
      schedule();
    },
    follow(names) {
      ring.replace(names, clock.now());
      schedule();
    },
    hurry() {
      hurried = ring.size;
      schedule();
    },
    backfill: read,
    lastPollAtMs: ring.oldestReadMs,
    get failures() {
      return failures;
    },
    close() {
      running = false;
      clearTimeout(timer);
    },
  };
}
