import { posix } from 'node:path';
import type { Layout } from '../layout.ts';
import { script } from '../shell.ts';
import type { Step } from '../step.ts';
import type { Inventory } from './inventory.ts';
import type { ReleaseView } from './view.ts';

export interface Pruning {
  remove: { id: string; why: string }[];
  /** Why each of the others stays. */
  keep: { id: string; why: string }[];
}

/**
 * Keeps what is linked or runs, what a pending reversal or the newest backup returns to, the newest
 * good release that does not run, and `keep` good ones in all. Bad, untested and damaged ones go
 * first, for nobody can return to them. Pure.
 */
export function choosePruning(
  releases: readonly ReleaseView[],
  inventory: Inventory,
  backupNeeds: readonly string[],
  keep: number,
): Pruning {
  const pruning: Pruning = { remove: [], keep: [] };
  const goodIds = releases.filter(({ verdict }) => verdict === 'good').map(({ id }) => id);
  const fallback = releases.find((one) => one.verdict === 'good' && !isUsed(one))?.id;
  const newest = new Set(goodIds.slice(0, Math.max(1, keep)));
  const { revert } = inventory;
  for (const release of releases) {
    const { id, verdict } = release;
    const why = isUsed(release)
      ? 'in use'
      : revert && (revert.to === id || revert.release === id)
        ? 'a change of it waits for its confirmation'
        : backupNeeds.includes(id)
          ? 'the newest backup returns to it'
          : id === fallback
            ? 'the last good one to return to'
            : newest.has(id)
              ? 'good'
              : undefined;
    if (why !== undefined) pruning.keep.push({ id, why });
    else pruning.remove.push({ id, why: verdict === 'good' ? `good, beyond ${keep}` : verdict });
  }
  return pruning;
}

function isUsed({ current, currentBot, runs }: ReleaseView): boolean {
  return current || currentBot || runs.length > 0;
}

/** Looks again at what matters most before it removes: the links and processes of this moment. */
const REMOVE = `dir=$1/releases/$2
for link in current current-bot; do
  [ "$(readlink "$1/$link")" != "releases/$2" ] || { echo "$link points to it" >&2; exit 1; }
done
for exe in /proc/[0-9]*/exe; do
  case $(readlink "$exe") in "$dir"/*) echo "a process runs it" >&2; exit 1 ;; esac
done
mv -T "$dir" "$1/releases/.$2.gone"
rm -rf "$1/releases/.$2.gone" "$1/units/$2" "$1/marks/$2.json"`;

/** Only under the lock: nobody else unpacks anything then. */
const LEFTOVERS = `find "$1" -mindepth 1 -maxdepth 1 -name '.*' -exec rm -rf {} +`;

export function pruneSteps(layout: Layout, { remove }: Pruning): Step[] {
  const leftovers: Step = {
    id: 'prune:leftovers',
    title: 'remove what interrupted uploads left',
    reason: 'their names begin with a dot, and no deploy is under way',
    argv: script(LEFTOVERS, layout.releases),
    timeoutMs: 60_000,
  };
  const removals = remove.map(({ id, why }) => ({
    id: `prune:${id}`,
    title: `remove ${posix.join(layout.releases, id)}`,
    reason: why,
    argv: script(REMOVE, layout.root, id),
    timeoutMs: 60_000,
  }));
  return [...removals, leftovers];
}
