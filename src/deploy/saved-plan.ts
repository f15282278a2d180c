import { readFileSync } from 'node:fs';
import { RefusedError, reasonOf, UsageError } from '../errors.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { changedFacts, type StableFacts, stableFacts } from './facts/facts.ts';
import type { Target } from './plan/request.ts';
import type { Prepared } from './prepare.ts';

/** A plan that was looked at and is to be carried out as it was. */
export interface SavedPlan {
  schema: 'pmcp.saved_plan';
  version: 1;
  target: Target;
  bot: boolean;
  /** Whom the secrets in its backup are encrypted to; absent: they are not in it. */
  recipient?: string;
  observeSeconds: number;
  release: { id: string; archive: string; manifestSha256: string };
  hosts: { host: string; factsHash: string; facts: StableFacts }[];
}

export function savePlan(path: string, prepared: readonly Prepared[]): SavedPlan {
  const [first] = prepared;
  if (!first) throw new UsageError('there is no host to plan for');
  const { target, bot, recipient, observeSeconds, release } = first.request;
  const { manifest, manifestSha256, path: archive } = release;
  const saved: SavedPlan = {
    schema: 'pmcp.saved_plan',
    version: 1,
    target,
    bot,
    ...(recipient === undefined ? {} : { recipient }),
    observeSeconds,
    release: { id: manifest.id, archive, manifestSha256 },
    hosts: prepared.map(({ facts, plan }) => {
      return { host: facts.host, factsHash: plan.factsHash, facts: stableFacts(facts) };
    }),
  };
  writeFileAtomic(path, `${JSON.stringify(saved, null, 1)}\n`);
  return saved;
}

export function readSavedPlan(path: string): SavedPlan {
  let value: SavedPlan;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as SavedPlan;
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${reasonOf(error)}`);
  }
  if (value?.schema !== 'pmcp.saved_plan' || value.version !== 1) {
    throw new UsageError(`${path}: is no saved plan`, { hint: 'Make one with --out.' });
  }
  return value;
}

/** Throws RefusedError, naming what changed, unless the host is as it was when the plan was made. */
export function refuseChanged(saved: SavedPlan, { facts, plan, request }: Prepared): void {
  const then = saved.hosts.find(({ host }) => host === facts.host);
  if (!then) throw new RefusedError(`${facts.host}: is not part of the plan`);
  const hint = 'Plan again with --out, and look at what it says.';
  if (saved.release.manifestSha256 !== request.release.manifestSha256) {
    throw new RefusedError(`${request.release.path}: is not the release of the plan`, { hint });
  }
  if (then.factsHash === plan.factsHash) return;
  const problems = changedFacts(then.facts, stableFacts(facts)).map((message) => ({ message }));
  throw new RefusedError(`${facts.host}: changed since the plan was made`, { hint, problems });
}
