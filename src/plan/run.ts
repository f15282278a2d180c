import { redactDeep } from '../core/redact.ts';
import { reasonOf } from '../errors.ts';
import type { PlanCheck } from './check.ts';
import { type Evidence, type Finding, fail, inconclusive, skipped } from './evidence.ts';
import type { Recorded } from './recorded.ts';
import type { Site } from './site.ts';
import type { RunStore } from './store.ts';

export interface RunOptions {
  checks: readonly PlanCheck[];
  site: Site;
  store: RunStore;
  commit: string | null;
  /** Evidence of the run that is resumed; what passed is not made again. */
  earlier: ReadonlyMap<string, Evidence>;
  /** For what cannot be made here; undefined: nothing was recorded. */
  recorded: Recorded | undefined;
  onStart(check: PlanCheck): void;
  onEnd(check: PlanCheck, evidence: Evidence, isEarlier: boolean): void;
}

/** Makes the checks in order; each is kept as soon as it is known. False: it was interrupted. */
export async function runChecks(options: RunOptions): Promise<boolean> {
  const { checks, site, store, earlier, onStart, onEnd } = options;
  for (const check of checks) {
    if (site.signal.aborted) return false;
    const before = earlier.get(check.id);
    if (before?.result === 'PASS') {
      onEnd(check, before, true);
      continue;
    }
    onStart(check);
    const evidence = redactDeep(await make(check, options), site.redact);
    // What an interruption left half done is no evidence.
    if (site.signal.aborted) return false;
    store.keep(evidence);
    onEnd(check, evidence, false);
  }
  return true;
}

async function make(check: PlanCheck, options: RunOptions): Promise<Evidence> {
  const { site, commit } = options;
  const startedAt = new Date().toISOString();
  const startTick = performance.now();
  const { id } = check;
  const lacking = check.needs.map((need) => ({ need, why: site.lacks(need) }));
  const missing = lacking.find(({ why }) => why !== undefined);
  if (missing?.need === 'sources') {
    const recorded = options.recorded?.find(id);
    if (recorded) return recorded;
  }
  const finding = missing ? skipped(missing.why ?? '') : await found(check, site);
  const durationMs = Math.round(performance.now() - startTick);
  return { id, ...finding, startedAt, durationMs, commit };
}

async function found(check: PlanCheck, site: Site): Promise<Finding> {
  const isHeavy = check.needs.includes('load') || check.needs.includes('sources');
  try {
    if (check.needs.includes('running')) await site.ensure(true);
    else if (isHeavy) await site.ensure(false);
  } catch (error) {
    return fail(`it could not be started: ${reasonOf(error)}`);
  }
  return check.run(site).catch((error: unknown) => inconclusive(reasonOf(error)));
}
