import type { TargetRow } from '../core/trade.ts';
import { reasonOf } from '../errors.ts';
import type { CursorRow } from '../state/journal-rows.ts';
import { durable } from './durable.ts';
import type { Holdings } from './holdings.ts';
import type { Parts } from './parts.ts';
import { MAX_PAUSE_MS } from './pause.ts';

/** The followed wallets: since when, seen up to where, and what they hold. */
export interface Followed {
  /** Follows these wallets; one that is new begins now, with a durable baseline. */
  follow(wallets: ReadonlySet<string>): void;
  isBaseline(row: Pick<TargetRow, 'wallet' | 'tradedAtMs'>): boolean;
  /** A Data API page reached up to here. */
  seen(wallet: string, tradedAtMs: number): void;
  /** Reads every wallet from its watermark, less an overlap. */
  backfill(): Promise<void>;
  /** Every wallet has been read at least once since the start. */
  caughtUp(): boolean;
  /** Reads what leaders hold whose positions we copied; one wallet a call. */
  readHoldings(): Promise<void>;
  /** Makes moved watermarks durable, though none beyond the oldest trade still undecided. */
  save(undecidedSinceMs: number | undefined): void;
}

/**
 * Rows appear late and out of order: a backfill begins this much before the watermark, and before
 * it by the time that rows may have waited, undecided, for a process that was killed.
 */
const OVERLAP_MS = 120_000;
const SECOND_MS = 1000;

export function createFollowed(parts: Parts, holdings: Holdings): Followed {
  const { clock, venue, journal, books, notice, patience } = parts;
  const overlapMs =
    OVERLAP_MS + (patience.gatherMs + Math.max(patience.holdMs, MAX_PAUSE_MS)) * clock.speed;
  const cursors = new Map(journal.cursors().map((row) => [row.wallet, row]));
  const moved = new Set<string>();
  /** Newest trade that a page has shown, by wallet. */
  const newest = new Map<string, number>();
  const pending = new Set<string>();
  let wallets: ReadonlySet<string> = new Set();
  let filling = false;
  let turn = 0;

  const begin = (fresh: readonly string[]) => {
    const nowMs = clock.now();
    const rows = fresh.map((wallet) => ({ wallet, baselineMs: nowMs, watermarkMs: nowMs }));
    durable(parts, () =>
      journal.write((tx) => {
        for (const row of rows) tx.cursor(row);
      }),
    );
    // Without a durable baseline entries are stopped; the wallet begins again at the next start.
    for (const row of rows) cursors.set(row.wallet, row);
  };

  const advance = (wallet: string) => {
    const cursor = cursors.get(wallet);
    const reachedMs = newest.get(wallet) ?? 0;
    if (!cursor || reachedMs <= cursor.watermarkMs) return;
    cursor.watermarkMs = reachedMs;
    moved.add(wallet);
  };

  return {
    follow(next) {
      const fresh = [...next].filter((wallet) => !cursors.has(wallet));
      if (fresh.length > 0) begin(fresh);
      for (const wallet of next) if (!wallets.has(wallet)) pending.add(wallet);
      wallets = next;
      holdings.retain(next);
      venue.follow(next);
    },
    isBaseline({ wallet, tradedAtMs }) {
      const baselineMs = cursors.get(wallet)?.baselineMs;
      // Trades are timed in whole seconds: one of the baseline's own second may be after it.
      return (
        baselineMs === undefined || tradedAtMs < Math.floor(baselineMs / SECOND_MS) * SECOND_MS
      );
    },
    seen(wallet, tradedAtMs) {
      newest.set(wallet, Math.max(tradedAtMs, newest.get(wallet) ?? 0));
      // Until its backfill is through, there may be a gap below what a page shows.
      if (!pending.has(wallet)) advance(wallet);
    },
    async backfill() {
      for (const wallet of wallets) pending.add(wallet);
      if (filling) return;
      filling = true;
      for (const wallet of [...pending]) {
        if (!wallets.has(wallet)) pending.delete(wallet);
        else if (await fill(wallet)) {
          pending.delete(wallet);
          advance(wallet);
        }
      }
      filling = false;
    },
    caughtUp: () => pending.size === 0,
    async readHoldings() {
      const leaders = new Set<string>();
      for (const { lots } of books.ledger.positions()) {
        for (const { wallet } of lots) if (wallets.has(wallet)) leaders.add(wallet);
      }
      const list = [...leaders];
      turn += 1;
      const wallet = list[turn % Math.max(1, list.length)];
      if (wallet === undefined) return;
      try {
        holdings.take(wallet, await venue.holdingsOf(wallet));
      } catch (error) {
        notice('warning', `holdings of ${wallet} could not be read: ${reasonOf(error)}`);
      }
    },
    save(undecidedSinceMs = Number.POSITIVE_INFINITY) {
      if (moved.size === 0) return;
      const rows = [...moved].map((wallet) => {
        const { baselineMs, watermarkMs } = cursors.get(wallet) as CursorRow;
        return { wallet, baselineMs, watermarkMs: Math.min(watermarkMs, undecidedSinceMs) };
      });
      const saved = durable(parts, () =>
        journal.write((tx) => {
          for (const row of rows) tx.cursor(row);
        }, 'soon'),
      );
      if (saved) moved.clear();
    },
  };

  async function fill(wallet: string): Promise<boolean> {
    const watermarkMs = cursors.get(wallet)?.watermarkMs ?? clock.now();
    try {
      await venue.backfill(wallet, watermarkMs - overlapMs);
      return true;
    } catch (error) {
      notice('warning', `backfill of ${wallet} failed: ${reasonOf(error)}`);
      return false;
    }
  }
}
