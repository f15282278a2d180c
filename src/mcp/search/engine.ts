import { relative } from 'node:path';
import { abortable } from '../abortable.ts';
import type { CallContext } from '../definition.ts';
import { createRateLimit } from '../rate-limit.ts';
import { type ChangeWatch, watchDirectoriesOf } from './change-watch.ts';
import { createResultCache } from './result-cache.ts';
import { fits, ripgrep, type SearchQuery, type SearchResult, searchableFiles } from './ripgrep.ts';
import type { Roots } from './roots.ts';

export interface SearchEngine {
  roots: Roots;
  search(
    query: SearchQuery,
    context: Pick<CallContext, 'signal' | 'caller'>,
  ): Promise<SearchResult & { cached: boolean }>;
  /** Whether a search would read this file, or anything below this directory. */
  isVisible(path: string, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface EngineOptions {
  roots: Roots;
  cacheTtlMs: number;
}

/** Results kept, by the size of their JSON. */
const CACHE_BYTES = 8 * 1024 * 1024;
/** Calls that miss the cache; each costs a process. */
const SEARCHES_PER_SECOND = { all: 10, caller: 6 };
const MAX_FILES = 100_000;
/** Longest that listing the files may take. */
const LISTING_MS = 20_000;

interface Tree {
  files: readonly string[];
  watch: ChangeWatch;
}

/** ripgrep behind a cache that a changed file empties, and a rate limit. */
export function createSearchEngine({ roots, cacheTtlMs }: EngineOptions): SearchEngine {
  const nowMs = () => performance.now();
  const cache = createResultCache<SearchResult>(cacheTtlMs, CACHE_BYTES, nowMs);
  const limit = createRateLimit(SEARCHES_PER_SECOND, nowMs);
  let tree: Promise<Tree> | undefined;

  async function readTree(signal: AbortSignal): Promise<Tree> {
    const files = await searchableFiles(roots.directories, MAX_FILES, signal);
    return { files, watch: watchDirectoriesOf(files) };
  }

  /** The visible files as of the last change; read again only after one, once for all who ask. */
  async function currentTree(signal: AbortSignal): Promise<Tree> {
    const asked = tree;
    const known = await asked?.catch(() => undefined);
    if (known?.watch.state() === 'unchanged') return known;
    if (tree === asked || !tree) {
      known?.watch.close();
      // Not under the signal of the one who asked: his going away must not fail the others.
      tree = readTree(AbortSignal.timeout(LISTING_MS));
    }
    return abortable(tree, signal);
  }

  async function run(query: SearchQuery, signal: AbortSignal): Promise<SearchResult> {
    const result = await ripgrep(query, signal);
    const matches = result.matches.filter(({ path }) => fits(within(roots, path), query.globs));
    return { matches, capped: result.capped };
  }

  return {
    roots,
    async search(query, { signal, caller }) {
      const { watch } = await currentTree(signal);
      const key = JSON.stringify(query);
      const hit = cache.get(key, watch);
      if (hit) return { ...hit, cached: true };
      limit(caller);
      const result = await run(query, signal);
      // A change while searching makes the result old at once: it is answered, but not kept.
      if (watch.state() === 'unchanged')
        cache.set(key, watch, result, JSON.stringify(result).length);
      return { ...result, cached: false };
    },
    async isVisible(path, signal) {
      const { files } = await currentTree(signal);
      return (
        files.some((file) => file === path || file.startsWith(`${path}/`)) ||
        roots.directories.includes(path)
      );
    },
    close() {
      tree?.then(({ watch }) => watch.close()).catch(() => undefined);
    },
  };
}

function within(roots: Roots, path: string): string {
  const root = roots.directories.find((directory) => path.startsWith(`${directory}/`));
  return root === undefined ? path : relative(root, path);
}
