import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defineCommand, type Options, type Outcome, type Paint } from '../src/command.ts';
import type { Context } from '../src/context.ts';
import type { Applied } from '../src/deploy/apply/apply.ts';
import type { Fleet } from '../src/deploy/fleet.ts';
import type { ReleaseArchive, Target } from '../src/deploy/plan/request.ts';
import type { Prepared, Wanted } from '../src/deploy/prepare.ts';
import type { SavedPlan } from '../src/deploy/saved-plan.ts';
import { RefusedError, UsageError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
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

let lines: ((deployment: Deployment, paint: Paint) => string[]) | undefined;

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
    { flags: '--bot', summary: 'switch the bot, too: entries pause, exits go on' },
    { flags: '--yes', summary: 'do not ask before production is changed' },
    { flags: '--lock-wait <seconds>', summary: 'wait for another deploy', parse: 'integer' },
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
  render: ({ data }, paint) => (lines?.(data as Deployment, paint) ?? []).join('\n'),
});

async function deploy(options: Options, context: Context): Promise<Outcome<Deployment>> {
  const saved = await savedPlan(options);
  const target = targetOf(options, saved);
  const dryRun = isDryRun(options, target);
  if (!context.flags.json) {
    const { deploymentLines } = await import('../src/screen/deploy-view.ts');
    lines = (deployment, paint) => deploymentLines(deployment, paint, context.flags.verbose);
  }
  const scratch = mkdtempSync(join(tmpdir(), 'pmcp-deploy-'));
  const { openFleet } = await import('../src/deploy/open-fleet.ts');
  const release = await releaseOf(options, saved, scratch, context);
  const fleet = await openFleet({
    context,
    target,
    release,
    by: operatorName(),
    bot: options['bot'] === true || saved?.bot === true,
    hosts: (options['host'] as string[] | undefined) ?? saved?.hosts.map(({ host }) => host),
    observeSeconds: (options['observe'] as number | undefined) ?? saved?.observeSeconds,
  });
  try {
    return await withFleet(fleet, { options, context, saved, target, dryRun, release });
  } finally {
    for (const host of fleet.hosts) await host.close();
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
  const { prepareFleet, refuseProblems, deployFleet, mendingCommand } = await import(
    '../src/deploy/fleet.ts'
  );
  const { planView } = await import('../src/deploy/plan/view.ts');
  const { savePlan, refuseChanged } = await import('../src/deploy/saved-plan.ts');
  const prepared = await prepareFleet(open);
  for (const each of saved ? prepared : []) if (saved) refuseChanged(saved, each);
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
    lockWaitSeconds: Number(options['lockWait'] ?? 0),
    progress: await progressOf(context),
    decide: await decisionOf(options, context),
    check: (now) => {
      if (saved) return refuseChanged(saved, now);
      if (agreed.get(now.facts.host)?.plan.factsHash === now.plan.factsHash) return undefined;
      throw new RefusedError(`${now.facts.host}: changed while it was waited for`, {
        hint: 'Somebody else deployed, perhaps. Look again with --dry-run.',
      });
    },
  };
  data.results = await deployFleet(fleet);
  data.mend = mendingCommand(fleet, data.results) ?? null;
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

async function savedPlan({ plan, dryRun }: Options): Promise<SavedPlan | undefined> {
  if (plan === undefined) return undefined;
  if (dryRun === true) throw new UsageError('--plan carries a plan out: leave out --dry-run');
  const { readSavedPlan } = await import('../src/deploy/saved-plan.ts');
  return readSavedPlan(String(plan));
}

function targetOf({ target }: Options, saved: SavedPlan | undefined): Target {
  if (saved && saved.target !== target) {
    throw new UsageError(`the plan is for ${saved.target}, not for ${target}`);
  }
  return target as Target;
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
  const { openArchive, packOwn } = await import('../src/deploy/release/archive.ts');
  const file = release ?? saved?.release.archive;
  if (file !== undefined) return openArchive(resolve(String(file)));
  context.out.note('packing the release');
  return packOwn(typeof out === 'string' ? dirname(resolve(out)) : scratch, Date.now());
}

async function confirm({ options, context, target, release }: Work, prepared: readonly Prepared[]) {
  if (target !== 'production' || options['yes'] === true) return;
  if (!process.stdin.isTTY || context.flags.json) {
    throw new RefusedError('production is changed without a question only with --yes', {
      hint: 'Look first with --dry-run, then add --yes.',
    });
  }
  const { choose } = await import('../src/screen/prompt.ts');
  const hosts = prepared.map(({ facts }) => facts.host).join(', ');
  const question = `Deploy ${release.manifest.id} to production on ${hosts}?`;
  if ((await choose(question, ['no', 'yes'], context.signal)) === 'yes') return;
  throw new RefusedError('not confirmed: nothing was changed');
}

async function progressOf(context: Context): Promise<Fleet['progress']> {
  const { taskWords } = await import('../src/screen/tasks.ts');
  const { paintFor } = await import('../src/screen/paint.ts');
  const paint = paintFor(process.stderr, context.flags);
  return ({ name }) => {
    const note = (text: string) => context.out.note(`${name}  ${text}`);
    return {
      onStep: () => {},
      onEnd: (title, result, detail, durationMs) =>
        note(taskWords({ name: title, result, detail, durationMs }, paint)),
      onNote: (words) => note(paint.dim(words)),
    };
  };
}

async function decisionOf(options: Options, context: Context): Promise<Fleet['decide']> {
  const chosen = options['onInconclusive'];
  if (chosen !== undefined) return async () => chosen === 'hold';
  if (!process.stdin.isTTY) return async () => false;
  const { choose } = await import('../src/screen/prompt.ts');
  const question = 'Nothing can be told of the new release. Roll back, or let it run?';
  return async () => (await choose(question, ['rollback', 'hold'], context.signal)) === 'hold';
}
