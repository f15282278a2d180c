import type { Canary, CanaryRule } from '../core/canary.ts';
import { InconclusiveError, type Problem, RefusedError, reasonOf } from '../errors.ts';
import { type Applied, applyPlan, type Progress } from './apply/apply.ts';
import type { Host } from './host.ts';
import { commandLine } from './hosts/quote.ts';
import { acquireDeployLock } from './lock.ts';
import { type Prepared, prepareHost, type Wanted } from './prepare.ts';

export interface Fleet {
  hosts: readonly Host[];
  wanted: Wanted;
  rule: CanaryRule;
  lockWaitSeconds: number;
  signal: AbortSignal;
  progress(host: Host): Progress;
  decide(canary: Canary): Promise<boolean>;
  /** Once more under the lock: throws when it is not what was agreed to. */
  check(prepared: Prepared): void;
}

/** Hosts that are deployed to at the same time, after the first. */
const BATCH = 2;
/** What is taken back from this step on is marked bad; before it, nothing of it stays. */
const ARMED = 'arm';
const NO_TOKEN = 'of the lock';

/** Looks at all hosts at once. Throws InconclusiveError that names every host out of reach. */
export async function prepareFleet(fleet: Pick<Fleet, 'hosts' | 'wanted' | 'signal'>) {
  const { hosts, wanted, signal } = fleet;
  const looks = await Promise.allSettled(
    hosts.map((host) => prepareHost(host, wanted, NO_TOKEN, signal)),
  );
  const lost: Problem[] = [];
  const prepared: Prepared[] = [];
  for (const look of looks) {
    if (look.status === 'fulfilled') prepared.push(look.value);
    else if (look.reason instanceof InconclusiveError) {
      const { message, hint } = look.reason;
      lost.push(hint === undefined ? { message } : { message, hint });
    } else throw look.reason;
  }
  if (lost.length === 0) return prepared;
  const reached = prepared.map(({ facts }) => `--host ${facts.host}`).join(' ');
  throw new InconclusiveError(`${lost.length} of ${hosts.length} hosts cannot be reached`, {
    problems: lost,
    hint: reached === '' ? 'Nothing was changed.' : `Nothing was changed. Without them: ${reached}`,
  });
}

/** Throws RefusedError with all problems of all hosts. */
export function refuseProblems(prepared: readonly Prepared[]): void {
  const problems = prepared.flatMap(({ facts, problems: found }) =>
    found.map((problem) => ({ ...problem, message: `${facts.host}: ${problem.message}` })),
  );
  if (problems.length === 0) return;
  throw new RefusedError('nothing was changed: a deploy would fail', { problems });
}

/** The first host alone, then the others in batches; what fails ends it there. */
export async function deployFleet(fleet: Fleet): Promise<Applied[]> {
  const [canary, ...others] = fleet.hosts;
  if (!canary) return [];
  const applied = [await deployHost(fleet, canary)];
  for (let at = 0; at < others.length; at += BATCH) {
    if (!applied.every(({ outcome }) => outcome === 'deployed')) break;
    const batch = others.slice(at, at + BATCH).map((host) => deployLater(fleet, host));
    applied.push(...(await Promise.all(batch)));
  }
  return applied;
}

/** After the first host an error is one host's state, told beside that of the others. */
async function deployLater(fleet: Fleet, host: Host): Promise<Applied> {
  try {
    return await deployHost(fleet, host);
  } catch (error) {
    const outcome = error instanceof InconclusiveError ? 'lost' : 'refused';
    const release = fleet.wanted.release.manifest.id;
    const why = reasonOf(error);
    return { host: host.name, release, from: undefined, outcome, why, durationMs: 0, steps: [] };
  }
}

async function deployHost(fleet: Fleet, host: Host): Promise<Applied> {
  const { wanted, signal, rule, decide, lockWaitSeconds } = fleet;
  const progress = fleet.progress(host);
  const lock = await acquireDeployLock(host, wanted.layout, {
    who: wanted.by,
    what: `deploy ${wanted.release.manifest.id}`,
    waitMs: lockWaitSeconds * 1000,
    signal,
    onWait: (words) => progress.onNote(`waiting for ${words}`),
  });
  try {
    const prepared = await prepareHost(host, wanted, lock.token, signal);
    refuseProblems([prepared]);
    fleet.check(prepared);
    const { facts, plan, request } = prepared;
    return await applyPlan({ host, facts, plan, request, lock, rule, progress, signal, decide });
  } finally {
    // Out of reach: the host's own reversal frees it, or its silence tells.
    await lock.release().catch((error: unknown) => progress.onNote(reasonOf(error)));
  }
}

/**
 * The commands that mend what is left after a deploy to several hosts, as one line for a shell;
 * undefined: nothing is. A host that took the release back holds it for bad until it is told
 * otherwise. `file`: the packed release, where one was given; without it the checkout is packed
 * again.
 */
export function mendingCommand(
  { hosts, wanted }: Pick<Fleet, 'hosts' | 'wanted'>,
  applied: readonly Applied[],
  file: string | undefined,
): string | undefined {
  const on = (name: string) => applied.find(({ host }) => host === name);
  const names = hosts.map(({ name }) => name);
  const left = names.filter((name) => on(name)?.outcome !== 'deployed');
  if (left.length === 0 || left.length === hosts.length) return undefined;
  const apply = wanted.target === 'staging' ? ['--apply'] : [];
  const bot = wanted.bot ? ['--bot'] : [];
  const release = file === undefined ? [] : ['--release', file];
  const flags = [...apply, ...bot, ...release, '--host', ...left];
  const again = commandLine(['pmcp', 'deploy', wanted.target, ...flags]);
  const bad = left.filter(
    (name) => on(name)?.outcome === 'rolled-back' && on(name)?.steps.some(({ id }) => id === ARMED),
  );
  if (bad.length === 0) return again;
  const { id } = wanted.release.manifest;
  const mark = ['pmcp', 'releases', 'mark', 'good', id, 'the host was at fault', '--host', ...bad];
  return `${commandLine(mark)} && ${again}`;
}
