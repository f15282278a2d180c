import type { ActivityQuery, ActivityRow } from './engine.ts';

/** How many rows of the scenario's actors are kept at least. */
export const ACTIVITY_KEPT = 50_000;
/** Pruning looks at everything, so it waits until this share of it is new. */
const PRUNE_EVERY = 0.2;

/** The history of fills and redemptions, in order of sequence. */
export interface ActivityLog {
  append(row: ActivityRow): void;
  /** Newest first. */
  list(wallet: string | undefined, query: ActivityQuery): ActivityRow[];
  /** All rows of one wallet, oldest first. */
  of(wallet: string): readonly ActivityRow[];
  /** Rows that `saved` has not been told of. */
  unsaved(): readonly ActivityRow[];
  saved(): void;
  /**
   * Drops the oldest rows of wallets that `keep` does not name, once there are enough of them;
   * returns the sequence below which such rows are gone.
   */
  prune(keep: (wallet: string) => boolean): number | undefined;
  load(rows: readonly ActivityRow[]): void;
}

export function createActivityLog(): ActivityLog {
  let rows: ActivityRow[] = [];
  let byWallet = new Map<string, ActivityRow[]>();
  let fresh: ActivityRow[] = [];
  let lookedAt = ACTIVITY_KEPT;

  const index = (row: ActivityRow) => {
    const own = byWallet.get(row.wallet);
    if (own) own.push(row);
    else byWallet.set(row.wallet, [row]);
  };
  const replace = (all: ActivityRow[]) => {
    rows = all;
    byWallet = new Map();
    for (const row of rows) index(row);
  };
  return {
    append(row) {
      rows.push(row);
      fresh.push(row);
      index(row);
    },
    list(wallet, query) {
      const source = wallet === undefined ? rows : (byWallet.get(wallet) ?? []);
      return newestFirst(source, query);
    },
    of: (wallet) => byWallet.get(wallet) ?? [],
    unsaved: () => fresh,
    saved() {
      fresh = [];
    },
    prune(keep) {
      if (rows.length < lookedAt * (1 + PRUNE_EVERY)) return undefined;
      const below = rows[rows.length - ACTIVITY_KEPT]?.sequence ?? 0;
      const kept = rows.filter((row) => row.sequence >= below || keep(row.wallet));
      // Where nearly all are kept it frees little, and still must not run at every save.
      lookedAt = kept.length;
      replace(kept);
      return below;
    },
    load: (loaded) => replace([...loaded]),
  };
}

function newestFirst(rows: readonly ActivityRow[], query: ActivityQuery): ActivityRow[] {
  const found: ActivityRow[] = [];
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  let skip = query.offset ?? 0;
  for (let index = rows.length - 1; index >= 0 && found.length < limit; index--) {
    const row = rows[index] as ActivityRow;
    // Rows are in order of time, so nothing older can match.
    if (query.sinceMs !== undefined && row.timestampMs < query.sinceMs) break;
    if (!matches(row, query)) continue;
    if (skip > 0) skip--;
    else found.push(row);
  }
  return found;
}

function matches(row: ActivityRow, query: ActivityQuery): boolean {
  return (
    (query.untilMs === undefined || row.timestampMs <= query.untilMs) &&
    (query.conditionId === undefined || row.conditionId === query.conditionId) &&
    (query.type === undefined || row.type === query.type) &&
    (query.side === undefined || row.side === query.side) &&
    (query.takerOnly !== true || row.taker)
  );
}
