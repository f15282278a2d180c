/**
 * Several pages of one newest-first list as one list. New trades push rows down between two
 * requests, so pages are asked for with an overlap, and joined where they agree: only that tells
 * a row seen twice from two equal fills.
 */
export function joinPages(newer: readonly unknown[], older: readonly unknown[]): unknown[] {
  const longest = Math.min(newer.length, older.length);
  const tail = newer.slice(newer.length - longest).map((row) => JSON.stringify(row));
  const head = older.map((row) => JSON.stringify(row));
  for (let shared = longest; shared > 0; shared--) {
    if (agree(tail, head, shared)) return [...newer, ...older.slice(shared)];
  }
  return [...newer, ...older];
}

/** Whether the last `shared` rows of one are the first of the other. */
function agree(tail: readonly string[], head: readonly string[], shared: number): boolean {
  const offset = tail.length - shared;
  for (let i = 0; i < shared; i++) if (tail[offset + i] !== head[i]) return false;
  return true;
}
