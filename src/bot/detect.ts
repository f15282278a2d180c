import type { Completeness } from '../core/completeness.ts';
import { createSightings } from '../core/sightings.ts';
import type { TargetRow, TargetTrade } from '../core/trade.ts';
import type { Copier } from './copy.ts';
import type { Followed } from './follow.ts';
import type { Gatherer } from './gather.ts';
import type { Parts } from './parts.ts';

export interface Detector {
  onRow(row: TargetRow): void;
  onPage(rows: readonly TargetRow[], wallet: string): void;
  /** Lets go of what is too old to come back; called now and then. */
  tidy(): void;
  /** Contents remembered. */
  readonly size: number;
}

/** Rows traded longer ago than this are known, or were missed for good. */
const REMEMBER_MS = 6 * 3_600_000;
/** What is forgotten beyond it is still known to the journal. */
const MAX_CONTENTS = 10_000;

/** Feed rows to fills, each exactly once; what the journal has decided is never decided again. */
export function createDetector(
  parts: Parts,
  copier: Copier,
  gatherer: Gatherer,
  followed: Followed,
  completeness: Completeness,
): Detector {
  const { clock, journal, stats } = parts;
  const sightings = createSightings({ completeness, limit: MAX_CONTENTS });

  const take = (trade: TargetTrade) => {
    if (journal.hasDecision(trade.fillId)) return;
    if (followed.isBaseline(trade)) {
      copier.skip(trade, 'baseline', 'traded before this wallet was followed');
    } else gatherer.take(trade);
  };
  return {
    onRow(row) {
      stats.feed.record(row.seenAtMs - row.tradedAtMs);
      const seen = sightings.seeLive(row);
      if (typeof seen !== 'string') take(seen);
      else if (seen === 'repeat') stats.repeats += 1;
    },
    onPage(rows, wallet) {
      for (const trade of sightings.seePage(rows)) take(trade);
      const newest = rows.at(-1);
      if (newest) followed.seen(wallet, newest.tradedAtMs);
    },
    tidy() {
      const nowMs = clock.now();
      if (followed.caughtUp()) sightings.forget(nowMs - REMEMBER_MS);
    },
    get size() {
      return sightings.size;
    },
  };
}
