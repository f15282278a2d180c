import { relative } from 'node:path';
import { createRateLimit } from '../rate-limit.ts';
import { type ChangeWatch, watchDirectoriesOf } from './change-watch.ts';
import { createResultCache } from './result-cache.ts';
import { fits, ripgrep, type SearchQuery, type SearchResult, searchableFiles } from './ripgrep.ts';
import type { Roots } from './roots.ts';

export interface SearchEngine {
  roots: Roots;
  search(query: SearchQuery, signal: AbortSignal): Promise<SearchResult & { cached: boolean }>;
  close(): void;
}

export interface EngineOptions {
  roots: Roots;
  cacheTtlMs: number;
}

/** Results kept, by the size of their JSON. */
const CACHE_BYTES = 8 * 1024 * 1024;
/** Calls that miss the cache; each costs a process. */
const SEARCHES_PER_SECOND = 10;
const WATCHED_FILES = 50_000;

/** ripgrep behind a cache that a changed file empties, and a rate limit. */
export function createSearchEngine({ roots, cacheTtlMs }: EngineOptions): SearchEngine {
  const nowMs = () => performance.now();
  const cache = createResultCache<SearchResult>(cacheTtlMs, CACHE_BYTES, nowMs);
  const limit = createRateLimit(SEARCHES_PER_SECOND, 2 * SEARCHES_PER_SECOND, nowMs);
  let changes: Promise<ChangeWatch> | undefined;

  const watching = (signal: AbortSignal) => {
    changes ??= searchableFiles(roots.directories, WATCHED_FILES, signal).then(
      watchDirectoriesOf,
      (error) => {
        changes = undefined;
        throw error;
      },
    );
    return changes;
  };

  async function run(query: SearchQuery, signal: AbortSignal): Promise<SearchResult> {
    const result = await ripgrep(query, signal);
    const matches = result.matches.filter(({ path }) => fits(within(roots, path), query.globs));
    return { matches, capped: result.capped };
  }

  return {
    roots,
    async search(query, signal) {
      const { generation } = await watching(signal);
      const key = JSON.stringify(query);
      const before = generation();
      const hit = cache.get(key, before);
      if (hit) return { ...hit, cached: true };
      limit();
      const result = await run(query, signal);
      // A change while searching makes the result old at once: it is answered, but not kept.
      if (before === generation()) cache.set(key, before, result, JSON.stringify(result).length);
      return { ...result, cached: false };
    },
    close() {
      changes?.then((watch) => watch.close()).catch(() => undefined);
    },
  };
}

function within(roots: Roots, path: string): string {
  const root = roots.directories.find((directory) => path.startsWith(`${directory}/`));
  return root === undefined ? path : relative(root, path);
}
