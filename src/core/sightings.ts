import type { Completeness } from './completeness.ts';
import { contentKey, fillId } from './identity.ts';
import type { TargetRow, TargetTrade } from './trade.ts';

/**
 * `repeat`: this content is known already; if it is a second, equal fill, the Data API will prove
 * it. `forgotten`: older than what we remember, so that it cannot be told from a repeat.
 */
export type LiveRefusal = 'repeat' | 'forgotten';

export interface Sightings {
  /** One live row: a new fill (ordinal 0), or why it is not one. */
  seeLive(row: TargetRow): TargetTrade | LiveRefusal;
  /** One whole Data API response, oldest first: the fills in it that are new, oldest first. */
  seePage(rows: readonly TargetRow[]): TargetTrade[];
  /** A fill that the journal holds already. */
  remember(fill: TargetRow & { ordinal: number }): void;
  /**
   * From now on nothing traded before `beforeMs` is new, and memory of it may go. Cost is that of
   * a walk over everything remembered: call it now and then, not per row.
   */
  forget(beforeMs: number): void;
  /** Contents remembered now. */
  readonly size: number;
}

interface Content {
  /** Ordinals given out: 0 to fills - 1. */
  fills: number;
  /** Most identical rows in any one Data API response. */
  shown: number;
  /** Identical live rows by source; sources repeat each other, so that they are never added up. */
  liveTrades: number;
  liveOrders: number;
  tradedAtMs: number;
}

/**
 * Sources time the same fill a few seconds apart. A content is therefore kept this much longer than
 * rows of its age are accepted, so that it can never come back as new under a later timestamp.
 */
const KEEP_LONGER_MS = 600_000;

export interface SightingsOptions {
  completeness?: Completeness;
  /**
   * Contents remembered at most, the oldest forgotten first. One that comes back is taken for new:
   * set it only where fills are checked against the journal afterwards.
   */
  limit?: number;
}

/**
 * Merges the live feeds and the Data API into one multiset of fills.
 *
 * Identical rows are ambiguous: a transaction may hold two equal fills, and feeds also repeat rows.
 * So the first sighting of a content is a fill at once (speed), a further identical live row never
 * is, and only k identical rows inside ONE Data API response prove k fills. Counts of different
 * responses are compared, never added: overlapping pages repeat rows.
 *
 * The price of that: an equal second fill is copied at the next poll, not at once; and were its two
 * rows ever split by a page border in every poll, it would be missed. Copying less is the safe
 * side.
 */
export function createSightings(options: SightingsOptions = {}): Sightings {
  const contents = new Map<string, Content>();
  const { limit = Number.POSITIVE_INFINITY } = options;
  let floorMs = 0;

  const contentOf = (row: TargetRow): Content => {
    const key = contentKey(row);
    let content = contents.get(key);
    if (content === undefined) {
      content = { fills: 0, shown: 0, liveTrades: 0, liveOrders: 0, tradedAtMs: row.tradedAtMs };
      contents.set(key, content);
      if (contents.size > limit) contents.delete(contents.keys().next().value ?? key);
    } else if (row.tradedAtMs > content.tradedAtMs) {
      content.tradedAtMs = row.tradedAtMs;
    }
    return content;
  };

  const seeLive = (row: TargetRow): TargetTrade | LiveRefusal => {
    if (!(row.tradedAtMs >= floorMs)) return 'forgotten';
    const content = contentOf(row);
    if (row.source === 'rtds_orders_matched') content.liveOrders += 1;
    else content.liveTrades += 1;
    if (content.fills > 0) return 'repeat';
    content.fills = 1;
    return identified(row, 0);
  };

  const seePage = (rows: readonly TargetRow[]): TargetTrade[] => {
    // A row alone has no equal beside it.
    const counts = rows.length > 1 ? new Map<Content, number>() : undefined;
    const fresh: TargetTrade[] = [];
    for (const row of rows) {
      if (!(row.tradedAtMs >= floorMs)) continue;
      const content = contentOf(row);
      const ordinal = counts?.get(content) ?? 0;
      counts?.set(content, ordinal + 1);
      if (ordinal >= content.shown) {
        content.shown = ordinal + 1;
        const live = Math.max(content.liveTrades, content.liveOrders);
        options.completeness?.record(ordinal < live, row.tradedAtMs, row.seenAtMs);
      }
      if (ordinal >= content.fills) {
        content.fills = ordinal + 1;
        fresh.push(identified(row, ordinal));
      }
    }
    return fresh;
  };

  return {
    seeLive,
    seePage,
    remember(fill) {
      const content = contentOf(fill);
      content.fills = Math.max(content.fills, fill.ordinal + 1);
      content.shown = Math.max(content.shown, fill.ordinal + 1);
    },
    forget(beforeMs) {
      if (!(beforeMs > floorMs)) return;
      floorMs = beforeMs;
      for (const [key, content] of contents) {
        if (content.tradedAtMs < floorMs - KEEP_LONGER_MS) contents.delete(key);
      }
    },
    get size() {
      return contents.size;
    },
  };
}

function identified(row: TargetRow, ordinal: number): TargetTrade {
  return { ...row, fillId: fillId(row, ordinal), ordinal };
}
