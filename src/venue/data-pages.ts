/**
 * Several pages of one newest-first list as one list. New trades push rows down between two
 * requests, so pages are asked for with an overlap, and joined where they agree: only that tells
 * a row seen twice from two equal fills.
 */
export function joinPages(newer: readonly string[], older: readonly string[]): string[] {
  for (let shared = Math.min(newer.length, older.length); shared > 0; shared--) {
    if (agree(newer, older, shared)) return [...newer, ...older.slice(shared)];
  }
  return [...newer, ...older];
}

/** Whether the last `shared` rows of one are the first of the other. */
function agree(newer: readonly string[], older: readonly string[], shared: number): boolean {
  const offset = newer.length - shared;
  for (let i = 0; i < shared; i++) if (newer[offset + i] !== older[i]) return false;
  return true;
}
