import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import { type AuditEvent, appendAudit, readAudit } from '../src/deploy/audit.ts';
import type { Host } from '../src/deploy/host.ts';
import { askHosts, chooseHosts } from '../src/deploy/hosts/chosen.ts';
import type { Layout } from '../src/deploy/layout.ts';
import { unlockDeploy } from '../src/deploy/lock.ts';
import { holderState, lockWords } from '../src/deploy/lock-holder.ts';
import { takeInventory } from '../src/deploy/releases/inventory.ts';
import { markRelease, type Pruned, pruneReleases } from '../src/deploy/releases/operate.ts';
import { type InstallationView, type ReleaseView, viewOf } from '../src/deploy/releases/view.ts';
import { operatorName } from '../src/host/operator.ts';
import { drawHosts } from '../src/screen/hosts.ts';
import { draw } from '../src/screen/spans.ts';
import { table } from '../src/screen/table.ts';

const hostOption = {
  flags: '--host <host...>',
  summary: 'these hosts only (default: all of DEPLOY_HOSTS)',
};

/** The same on every chosen host. */
async function each<Result>(
  options: Options,
  context: Context,
  schema: string,
  act: (host: Host, layout: Layout) => Promise<Result>,
): Promise<Outcome> {
  const named = [options['host'] ?? []].flat() as string[];
  const chosen = chooseHosts(await context.config(), named);
  return { schema, version: 1, ...(await askHosts(chosen, (host) => act(host, chosen.layout))) };
}

interface Listed extends InstallationView {
  lock: { words: string; state: string } | null;
  backups: string[];
}

const columns = [
  { title: 'release', cell: ({ id }: ReleaseView) => id },
  { title: 'verdict', cell: ({ verdict }: ReleaseView) => verdict, tone: toneOf },
  {
    title: 'is',
    cell: ({ current, currentBot, runs }: ReleaseView) =>
      [current && 'current', currentBot && 'current-bot', ...runs.map((one) => `runs ${one}`)]
        .filter((word) => word !== false)
        .join(', '),
  },
  { title: 'deployed', cell: ({ deployedAt }: ReleaseView) => deployedAt ?? '' },
  { title: 'why', cell: ({ why }: ReleaseView) => why, flexible: true },
];

function toneOf({ verdict }: ReleaseView): keyof Paint {
  return verdict === 'good' ? 'good' : verdict === 'untested' ? 'warn' : 'bad';
}

function drawListed({ releases, problems, lock }: Listed, paint: Paint): string {
  if (releases.length === 0) return 'nothing has been deployed';
  const width = process.stdout.columns;
  const lines = table(columns, releases, width).map((spans) => draw(spans, paint, width));
  if (lock) lines.push(paint.warn(`locked (${lock.state}) by ${lock.words}`));
  lines.push(...problems.map((problem) => paint.bad(problem)));
  return lines.join('\n');
}

const list = defineCommand({
  name: 'list',
  summary: 'what is installed, what runs, and what is known of each release',
  description: `Told from the links, the running processes, the marks and the audit of the host as
they are now: it is right after a crash too. untested: no deploy of it was confirmed, or it was cut
short. damaged: it lacks a manifest, or has another than was deployed.`,
  examples: ['pmcp releases', 'pmcp releases list --host ssh://root@trade1 --json'],
  options: [hostOption],
  run: (options, context) =>
    each(options, context, 'pmcp.releases', async (host, layout): Promise<Listed> => {
      const inventory = await takeInventory(host, layout);
      const { lock, backups } = inventory;
      const held = lock ? { words: lockWords(lock), state: holderState(lock) } : null;
      return { ...viewOf(inventory), lock: held, backups };
    }),
  render: ({ data }, paint) => drawHosts<Listed>(data, paint, (one) => drawListed(one, paint)),
});

const mark = defineCommand({
  name: 'mark',
  summary: 'say that a release is good or bad; a bad one is never rolled back to',
  examples: ['pmcp releases mark bad 20260901T101500Z-3c3c318 "leaks memory"'],
  arguments: [
    { name: '<mark>', summary: 'good or bad', choices: ['good', 'bad'] },
    { name: '<release>', summary: 'its id' },
    { name: '[reason...]', summary: 'why' },
  ],
  options: [hostOption],
  run: (options, context) =>
    each(options, context, 'pmcp.release-mark', (host, layout) =>
      markRelease(host, layout, {
        release: String(options['release']),
        mark: options['mark'] === 'good' ? 'good' : 'bad',
        why: [options['reason'] ?? []].flat().join(' ') || 'marked by hand',
        by: operatorName(),
      }),
    ),
  render: ({ data }, paint) =>
    drawHosts<{ release: string; mark: 'good' | 'bad' }>(data, paint, (one) => {
      return `${one.release} is marked ${paint[one.mark](one.mark)}`;
    }),
});

const prune = defineCommand({
  name: 'prune',
  summary: 'remove releases that nobody returns to',
  description: `Never one that is linked or runs, nor the last good one, nor what the newest backup
or a change under way returns to. Of the good ones the newest --keep stay.`,
  examples: ['pmcp releases prune --dry-run', 'pmcp releases prune --keep 3'],
  options: [
    hostOption,
    { flags: '--keep <count>', summary: 'good ones', parse: 'integer', defaultValue: 5 },
    { flags: '--dry-run', summary: 'tell what would be removed, and why' },
  ],
  run: (options, context) =>
    each(options, context, 'pmcp.releases-pruned', (host, layout) =>
      pruneReleases(host, layout, {
        keep: Number(options['keep']),
        dryRun: options['dryRun'] === true,
        by: operatorName(),
      }),
    ),
  render: ({ data }, paint) =>
    drawHosts<Pruned>(data, paint, ({ remove, keep, dryRun }) => {
      const verb = dryRun ? 'would remove' : 'removed';
      const lines = remove.map(({ id, why }) => `${paint.warn(verb)} ${id} (${why})`);
      return [...lines, ...keep.map(({ id, why }) => paint.dim(`keeps ${id} (${why})`))].join('\n');
    }),
});

const unlock = defineCommand({
  name: 'unlock',
  summary: 'free the deploy lock of a holder that is dead',
  description: `Refused while the holder gives signs of life, or a change of his waits to be taken
back by the host; --force frees it all the same.`,
  examples: ['pmcp releases unlock', 'pmcp releases unlock --force'],
  options: [hostOption, { flags: '--force', summary: 'even from a holder that is alive' }],
  run: (options, context) =>
    each(options, context, 'pmcp.releases-unlocked', async (host, layout) => {
      const found = await unlockDeploy(host, layout, options['force'] === true);
      if (!found) return { unlocked: false, holder: null };
      const holder = lockWords(found);
      const at = new Date().toISOString();
      const by = operatorName();
      await appendAudit(host, layout, { at, event: 'unlocked', by, detail: holder });
      return { unlocked: true, holder };
    }),
  render: ({ data }, paint) =>
    drawHosts<{ holder: string | null }>(data, paint, ({ holder }) =>
      holder === null ? 'was not locked' : `${paint.warn('unlocked')} from ${holder}`,
    ),
});

const log = defineCommand({
  name: 'log',
  summary: 'the audit of a host: who changed what, when; oldest first',
  examples: ['pmcp releases log', 'pmcp releases log --limit 200 --json'],
  options: [
    hostOption,
    { flags: '--limit <count>', summary: 'most events', parse: 'integer', defaultValue: 30 },
  ],
  run: (options, context) =>
    each(options, context, 'pmcp.releases-log', (host, layout) =>
      readAudit(host, layout, Number(options['limit'])),
    ),
  render: ({ data }, paint) =>
    drawHosts<{ events: AuditEvent[]; unreadable: number }>(data, paint, (one) => {
      const lines = one.events.map(({ at, event, by, release = '', detail = '' }) => {
        return `${at}  ${event.padEnd(17)} ${release} ${paint.dim(`by ${by}`)} ${detail}`.trimEnd();
      });
      if (one.unreadable > 0) lines.push(paint.warn(`${one.unreadable} lines cannot be read`));
      return lines.join('\n') || 'nothing has happened yet';
    }),
});

export default defineCommand({
  ...list,
  name: 'releases',
  summary: 'list, mark, prune and unlock what is deployed',
  // Would take them from the subcommands, which have their own.
  options: [],
  subcommands: [list, mark, prune, unlock, log],
});
