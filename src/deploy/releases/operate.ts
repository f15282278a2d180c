import { posix } from 'node:path';
import { RefusedError } from '../../errors.ts';
import { runStep } from '../apply/run-step.ts';
import { auditStep } from '../audit.ts';
import { backupName, backupPath, backupStep, verifyBackup } from '../backup.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import { acquireDeployLock } from '../lock.ts';
import { type Mark, markStep } from '../marks.ts';
import { checkReleaseId } from '../shell.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { choosePruning, type Pruning, pruneSteps } from './prune.ts';
import { viewOf } from './view.ts';

/** Throws RefusedError when there is no such release there. */
export async function markRelease(
  host: Host,
  layout: Layout,
  wanted: Pick<Mark, 'release' | 'mark' | 'why' | 'by'>,
): Promise<Mark> {
  const { releases } = await takeInventory(host, layout);
  const release = checkReleaseId(wanted.release);
  if (!releases.some(({ id }) => id === release)) {
    throw new RefusedError(`${host.name}: no release ${release} there`, {
      hint: `There are: ${releases.map(({ id }) => id).join(', ') || 'none'}.`,
    });
  }
  const mark: Mark = { ...wanted, at: new Date().toISOString() };
  await runStep(host, markStep(layout, mark));
  const { by, at, why } = mark;
  const detail = `${mark.mark}: ${why}`;
  await runStep(host, auditStep(layout, { at, event: 'marked', by, release, detail }));
  return mark;
}

/** By the release that is current, whose Node reads the monitor's database. */
export async function makeBackup(
  host: Host,
  layout: Layout,
  { by, recipient }: { by: string; recipient?: string },
): Promise<{ path: string }> {
  const at = new Date();
  const node = posix.join(layout.current, 'runtime', 'node');
  const lock = await acquireDeployLock(host, layout, { who: by, what: 'backup' });
  try {
    const options = recipient === undefined ? { at, node } : { at, node, recipient };
    await runStep(host, backupStep(layout, options));
    const path = backupPath(layout, backupName(at));
    const event = { at: at.toISOString(), event: 'backed-up', by, detail: path } as const;
    await runStep(host, auditStep(layout, event));
    return { path };
  } finally {
    await lock.release();
  }
}

/** What the newest backup returns to; a damaged one returns to nothing. */
async function backupNeeds(host: Host, layout: Layout, { backups }: Inventory): Promise<string[]> {
  const [newest] = backups;
  if (newest === undefined) return [];
  const content = await verifyBackup(host, layout, newest).catch(() => undefined);
  return [content?.current, content?.currentBot].filter((id) => id !== undefined);
}

export interface Pruned extends Pruning {
  /** Nothing was removed: only asked for. */
  dryRun: boolean;
}

export async function pruneReleases(
  host: Host,
  layout: Layout,
  { keep, dryRun, by }: { keep: number; dryRun: boolean; by: string },
): Promise<Pruned> {
  const look = async () => {
    const inventory = await takeInventory(host, layout);
    const { releases } = viewOf(inventory);
    return choosePruning(releases, inventory, await backupNeeds(host, layout, inventory), keep);
  };
  if (dryRun) return { ...(await look()), dryRun };
  const lock = await acquireDeployLock(host, layout, { who: by, what: 'prune releases' });
  try {
    const pruning = await look();
    for (const step of pruneSteps(layout, pruning)) await runStep(host, step);
    if (pruning.remove.length > 0) {
      const detail = pruning.remove.map(({ id, why }) => `${id} (${why})`).join(', ');
      const at = new Date().toISOString();
      await runStep(host, auditStep(layout, { at, event: 'pruned', by, detail }));
    }
    return { ...pruning, dryRun };
  } finally {
    await lock.release();
  }
}
