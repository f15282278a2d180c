import type { Clock } from '../clock.ts';
import type { TargetRow } from '../core/trade.ts';
import { type DataApi, DataApiError } from './data-api.ts';

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

interface Wallet {
  /** Newest trade seen; reads begin a while before it, since rows appear late and unordered. */
  watermarkMs: number;
  readAtMs: number | undefined;
  busy: boolean;
}

/** Rows reach the Data API seconds to minutes after the trade. */
const LATE_MS = 300_000;
const PAUSE_MS = 10_000;

/** The polling backstop: reads the followed wallets in turn, spread evenly over the interval. */
export function createPoller(options: PollerOptions): Poller {
  const { api, clock } = options;
  let wallets = new Map<string, Wallet>();
  let order: string[] = [];
  let next = 0;
  let failures = 0;
  let pausedUntil = 0;
  let hurried = 0;
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const read = async (name: string, wallet: Wallet, sinceMs: number) => {
    const rows = await api.tradesOf(name, sinceMs);
    if (!running) return;
    wallet.readAtMs = clock.now();
    for (const { tradedAtMs } of rows)
      wallet.watermarkMs = Math.max(wallet.watermarkMs, tradedAtMs);
    if (rows.length > 0) options.onPage(rows, name);
  };
  const turn = async () => {
    schedule();
    if (order.length === 0 || performance.now() < pausedUntil) return;
    next = (next + 1) % order.length;
    const name = order[next] ?? '';
    const wallet = wallets.get(name);
    if (!wallet || wallet.busy) return;
    wallet.busy = true;
    try {
      await read(name, wallet, wallet.watermarkMs - LATE_MS);
    } catch (error) {
      failures += 1;
      const limited = error instanceof DataApiError && error.message.includes('HTTP 429');
      if (limited) pausedUntil = performance.now() + (error.retryAfterMs ?? PAUSE_MS);
    } finally {
      wallet.busy = false;
    }
  };
  const schedule = () => {
    if (!running) return;
    const share = hurried > 0 ? 0 : clock.realMs(options.intervalMs) / Math.max(1, order.length);
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
      const before = wallets;
      const nowMs = clock.now();
      const fresh = () => ({ watermarkMs: nowMs, readAtMs: undefined, busy: false });
      wallets = new Map([...names].map((name) => [name, before.get(name) ?? fresh()]));
      order = [...names];
      schedule();
    },
    hurry() {
      hurried = order.length;
      schedule();
    },
    async backfill(name, sinceMs) {
      const wallet = wallets.get(name);
      await read(
        name,
        wallet ?? { watermarkMs: sinceMs, readAtMs: undefined, busy: true },
        sinceMs,
      );
    },
    lastPollAtMs() {
      let oldest = Number.POSITIVE_INFINITY;
      for (const { readAtMs } of wallets.values()) {
        if (readAtMs === undefined) return undefined;
        oldest = Math.min(oldest, readAtMs);
      }
      return Number.isFinite(oldest) ? oldest : undefined;
    },
    get failures() {
      return failures;
    },
    close() {
      running = false;
      clearTimeout(timer);
    },
  };
}
