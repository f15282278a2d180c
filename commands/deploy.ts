import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defineCommand, type Options, type Outcome } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { Applied } from '../src/deploy/apply/apply.ts';
import {
  deployFleet,
  type Fleet,
  mendingCommand,
  prepareFleet,
  refuseProblems,
} from '../src/deploy/fleet.ts';
import { openFleet } from '../src/deploy/open-fleet.ts';
import type { ReleaseArchive, Target } from '../src/deploy/plan/request.ts';
import { planView } from '../src/deploy/plan/view.ts';
import type { Prepared, Wanted } from '../src/deploy/prepare.ts';
import { checkRecipient } from '../src/deploy/recipient.ts';
import { openArchive, packOwn } from '../src/deploy/release/archive.ts';
import {
  readSavedPlan,
  refuseChanged,
  type SavedPlan,
  savePlan,
} from '../src/deploy/saved-plan.ts';
import { RefusedError, UsageError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
import { confirmProduction, keepsInconclusive } from '../src/screen/deploy-questions.ts';
import { deploymentLines, progressLines } from '../src/screen/deploy-view.ts';
import { paintFor } from '../src/screen/paint.ts';
import type { PlanView } from '../src/screen/plan-view.ts';

interface Deployment {
  target: Target;
  dryRun: boolean;
  release: string;
  plans: PlanView[];
  results: Applied[];
  /** What mends a deploy that reached only some hosts; null: nothing is to be mended. */
  mend: string | null;
}

/** Of the one deployment that this process draws. */
let isVerbose = false;

export default defineCommand({
  name: 'deploy',
  summary: 'bring a release to hosts, observed and reversible',
  description: `Packs this checkout (or takes --release), looks at every host, checks everything that
can fail, and then changes: backup, release, units, switch, restart of monitoring. The bot is left
running, unless --bot switches it too. The new release must be healthy and is then observed; one
that fails more often than the former is taken back. A host that hears nothing from here takes an
unfinished deploy back by itself.

\`deploy staging\` shows what would be done and changes nothing; --apply does it.
\`deploy production\` does it after asking; --dry-run only shows it.

Exit code 3: refused, nothing was changed. 4: it cannot be told, or a host is out of reach. 5: failed,
and taken back. 6: failed and NOT taken back: somebody must look now.`,
  examples: [
    'pmcp deploy staging',
    'pmcp deploy staging --apply',
    'pmcp deploy production --out plan.json --dry-run',
    'pmcp deploy production --plan plan.json --yes',
    'pmcp deploy production --bot --observe 600',
  ],
  arguments: [
    { name: '<target>', summary: 'staging or production', choices: ['staging', 'production'] },
  ],
  options: [
    { flags: '--dry-run', summary: 'show every step and change nothing (staging: the default)' },
    { flags: '--apply', summary: 'carry it out (production: the default)' },
    { flags: '--host <host...>', summary: 'only these of DEPLOY_HOSTS, in this order' },
    { flags: '--release <file>', summary: 'a packed release instead of this checkout' },
    { flags: '--out <file>', summary: 'save the plan, and the release beside it' },
    { flags: '--plan <file>', summary: 'carry out a saved plan; refused when a host has changed' },
    {
      flags: '--include-secrets <recipient>',
      summary: 'the backup holds them too, encrypted to this age key',
    },
    { flags: '--bot', summary: 'switch the bot, too: entries pause, exits go on' },
    { flags: '--yes', summary: 'do not ask before production is changed' },
    {
      flags: '--lock-wait <seconds>',
      summary: 'wait for another deploy',
      parse: 'integer',
      defaultValue: 0,
    },
    {
      flags: '--observe <seconds>',
      summary: 'instead of DEPLOY_OBSERVE_SECONDS',
      parse: 'integer',
    },
    {
      flags: '--on-inconclusive <what>',
      summary: 'when nothing can be told (default: ask; rollback without a terminal)',
      choices: ['hold', 'rollback'],
    },
  ],
  run: deploy,
  render: ({ data }, paint) => deploymentLines(data as Deployment, paint, isVerbose).join('\n'),
});

async function deploy(options: Options, context: Context): Promise<Outcome<Deployment>> {
  isVerbose = context.flags.verbose;
  const saved = savedPlan(options);
  const target = targetOf(options, saved);
  const dryRun = isDryRun(options, target);
  const recipient = recipientOf(options, saved);
  const scratch = mkdtempSync(join(tmpdir(), 'pmcp-deploy-'));
  const hosts: Fleet['hosts'][number][] = [];
  try {
    const release = await releaseOf(options, saved, scratch, context);
    const fleet = await openFleet({
      context,
      target,
      release,
      by: operatorName(),
      bot: options['bot'] === true || saved?.bot === true,
      recipient,
      hosts: (options['host'] as string[] | undefined) ?? saved?.hosts.map(({ host }) => host),
      observeSeconds: (options['observe'] as number | undefined) ?? saved?.observeSeconds,
    });
    hosts.push(...fleet.hosts);
    return await withFleet(fleet, { options, context, saved, target, dryRun, release });
  } finally {
    for (const host of hosts) await host.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Work {
  options: Options;
  context: Context;
  saved: SavedPlan | undefined;
  target: Target;
  dryRun: boolean;
  release: ReleaseArchive;
}

type OpenFleet = Pick<Fleet, 'hosts' | 'rule' | 'signal'> & { wanted: Wanted };

async function withFleet(open: OpenFleet, work: Work): Promise<Outcome<Deployment>> {
  const { options, context, saved, target, dryRun, release } = work;
  const prepared = await prepareFleet(open);
  if (saved) for (const each of prepared) refuseChanged(saved, each);
  const out = options['out'];
  if (typeof out === 'string') savePlan(resolve(out), prepared);
  const data: Deployment = {
    target,
    dryRun,
    release: release.manifest.id,
    plans: dryRun ? prepared.map(planView) : [],
    results: [],
    mend: null,
  };
  if (dryRun) {
    const ready = prepared.every(({ problems }) => problems.length === 0);
    return { schema: 'pmcp.deploy', version: 1, data, exitCode: ready ? 0 : 3 };
  }
  refuseProblems(prepared);
  await confirm(work, prepared);
  const agreed = new Map(prepared.map((each) => [each.facts.host, each]));
  const fleet: Fleet = {
    ...open,
    lockWaitSeconds: Number(options['lockWait']),
    progress: progressOf(context),
    decide: decisionOf(options, context),
    check: (now) => {
      if (saved) return refuseChanged(saved, now);
      if (agreed.get(now.facts.host)?.plan.factsHash === now.plan.factsHash) return undefined;
      throw new RefusedError(`${now.facts.host}: changed while it was waited for`, {
        hint: 'Somebody else deployed, perhaps. Look again with --dry-run.',
      });
    },
  };
  data.results = await deployFleet(fleet);
  data.mend = mendingCommand(fleet, data.results, options['release'] as string | undefined) ?? null;
  return { schema: 'pmcp.deploy', version: 1, data, exitCode: exitCodeOf(data.results) };
}

const EXIT_CODES: Record<Applied['outcome'], number> = {
  deployed: 0,
  refused: 3,
  held: 4,
  lost: 4,
  'rolled-back': 5,
  'rollback-failed': 6,
};

/** The worst of all hosts. */
function exitCodeOf(results: readonly Applied[]): number {
  return Math.max(0, ...results.map(({ outcome }) => EXIT_CODES[outcome]));
}

function savedPlan({ plan, dryRun }: Options): SavedPlan | undefined {
  if (plan === undefined) return undefined;
  if (dryRun === true) throw new UsageError('--plan carries a plan out: leave out --dry-run');
  return readSavedPlan(String(plan));
}

function targetOf({ target }: Options, saved: SavedPlan | undefined): Target {
  if (saved && saved.target !== target) {
    throw new UsageError(`the plan is for ${saved.target}, not for ${target}`);
  }
  return target as Target;
}

function recipientOf({ includeSecrets }: Options, saved: SavedPlan | undefined) {
  const recipient = includeSecrets ?? saved?.recipient;
  return recipient === undefined ? undefined : checkRecipient(String(recipient));
}

function isDryRun({ dryRun, apply, plan }: Options, target: Target): boolean {
  if (dryRun === true && apply === true) throw new UsageError('either --dry-run or --apply');
  if (dryRun === true) return true;
  return target === 'staging' && apply !== true && plan === undefined;
}

async function releaseOf(
  { release, out }: Options,
  saved: SavedPlan | undefined,
  scratch: string,
  context: Context,
): Promise<ReleaseArchive> {
  const file = release ?? saved?.release.archive;
  if (file !== undefined) return openArchive(resolve(String(file)));
  context.out.note('packing the release');
  return packOwn(typeof out === 'string' ? dirname(resolve(out)) : scratch, Date.now());
}

async function confirm({ options, context, target, release }: Work, prepared: readonly Prepared[]) {
  if (target !== 'production' || options['yes'] === true) return;
  const hosts = prepared.map(({ facts }) => facts.host);
  await confirmProduction(release.manifest.id, hosts, mayAsk(context), context.signal);
}

function progressOf({ flags, out }: Context): Fleet['progress'] {
  const paint = paintFor(process.stderr, flags);
  return ({ name }) => progressLines((text) => out.note(`${name}  ${text}`), paint);
}

function decisionOf(options: Options, context: Context): Fleet['decide'] {
  const chosen = options['onInconclusive'];
  if (chosen !== undefined) return async () => chosen === 'hold';
  return async () => mayAsk(context) && keepsInconclusive(context.signal);
}

const mayAsk = ({ flags }: Context) => process.stdin.isTTY && !flags.json;
