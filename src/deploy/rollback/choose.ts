/** Which release a rollback puts a host on. Pure. */
import { type Problem, RefusedError } from '../../errors.ts';
import type { BackupContent } from '../backup.ts';
import type { Inventory } from '../releases/inventory.ts';
import { type ReleaseView, viewOf } from '../releases/view.ts';

export interface Choice {
  target: ReleaseView;
  /** The release that is left; undefined: nothing was current. */
  from: string | undefined;
  /** Others that would have been nearer, and why they are not taken. */
  passed: { id: string; why: string }[];
}

/** The good release that was current last before this one; or `to`, unless it is bad or damaged. */
export function chooseTarget(inventory: Inventory, to?: string): Choice {
  const { releases } = viewOf(inventory);
  const from = inventory.current;
  if (to !== undefined) return { target: named(releases, inventory, to), from, passed: [] };
  const passed: Choice['passed'] = [];
  for (const release of [...releases].filter(({ id }) => id !== from).sort(byLastUse)) {
    const why = release.verdict === 'good' ? cannotRead(release, inventory) : release.verdict;
    if (why === undefined) return { target: release, from, passed };
    passed.push({ id: release.id, why });
  }
  throw new RefusedError(`${inventory.host}: there is no good release to roll back to`, {
    hint: 'Stop the mcp service, which leaves the bot alone: `pmcp rollback --immediate`.',
    problems: passed.map(({ id, why }) => ({ message: `${id}: ${why}` })),
  });
}

function byLastUse(a: ReleaseView, b: ReleaseView): number {
  const [x, y] = [a, b].map(({ deployedAt, id }) => `${deployedAt ?? ''} ${id}`);
  return (x ?? '') < (y ?? '') ? 1 : -1;
}

function named(releases: readonly ReleaseView[], inventory: Inventory, to: string): ReleaseView {
  const release = releases.find(({ id }) => id === to);
  const problems: Problem[] = [];
  if (!release) problems.push({ message: 'it is not on the host' });
  else {
    const { verdict, why } = release;
    if (verdict === 'bad') {
      const hint = `If it is good after all: pmcp releases mark good ${to}`;
      problems.push({ message: `it is marked bad (${why})`, hint });
    }
    if (verdict === 'damaged') problems.push({ message: why });
    const unread = cannotRead(release, inventory);
    if (unread !== undefined) problems.push({ message: unread });
  }
  if (release && problems.length === 0) return release;
  throw new RefusedError(`${inventory.host}: cannot roll back to ${to}`, {
    hint: 'See `pmcp releases`.',
    problems,
  });
}

/** Files that a newer release has written are not rolled back with the code. */
export function cannotRead(
  { schemas }: Pick<ReleaseView, 'schemas'>,
  inventory: Pick<Inventory, 'schemas'>,
  files: readonly (keyof Inventory['schemas'])[] = ['journal', 'breaker', 'monitor'],
): string | undefined {
  const found = files.flatMap((file) => {
    const there = inventory.schemas[file];
    const known = schemas?.[file] ?? 0;
    if (typeof there !== 'number' || there <= known) return [];
    return [`cannot read today's ${file}: it is of version ${there}, the release knows ${known}`];
  });
  return found.length > 0 ? found.join('; ') : undefined;
}

export interface BackupChoice {
  name: string;
  content: BackupContent;
  /** Newer backups, and why they are not restored. */
  passed: { id: string; why: string }[];
}

/** The newest backup whose releases are there, whole and not bad. `candidates` newest first. */
export function chooseBackup(
  inventory: Inventory,
  candidates: readonly { name: string; content: BackupContent | undefined; damage?: string }[],
): BackupChoice {
  const passed: BackupChoice['passed'] = [];
  for (const { name, content, damage } of candidates) {
    const why = content ? whyNotRestored(inventory, content) : (damage ?? 'damaged');
    if (content && why === undefined) return { name, content, passed };
    passed.push({ id: name, why: why ?? 'damaged' });
  }
  throw new RefusedError(`${inventory.host}: there is no backup that can be restored`, {
    hint: 'Roll back without one: `pmcp rollback`, or `pmcp rollback --immediate`.',
    problems: passed.map(({ id, why }) => ({ message: `${id}: ${why}` })),
  });
}

function whyNotRestored(inventory: Inventory, content: BackupContent): string | undefined {
  const { releases } = viewOf(inventory);
  if (content.current === undefined) return 'nothing was installed when it was made';
  // The monitor's database comes back with it.
  const needs = [
    [content.current, ['breaker']],
    [content.currentBot, ['journal', 'breaker']],
  ] as const;
  for (const [id, files] of needs) {
    if (id === undefined) continue;
    const release = releases.find((one) => one.id === id);
    if (!release) return `release ${id} is not on the host any more`;
    if (release.verdict === 'bad' || release.verdict === 'damaged') {
      return `release ${id} is ${release.verdict} (${release.why})`;
    }
    const unread = cannotRead(release, inventory, files);
    if (unread !== undefined) return `release ${id} ${unread}`;
  }
  return undefined;
}
