import type { Canary, CanaryRule } from '../../core/canary.ts';
import { FailedError, reasonOf } from '../../errors.ts';
import { appendAudit } from '../audit.ts';
import type { Facts } from '../facts/facts.ts';
import type { Host } from '../host.ts';
import type { DeployLock } from '../lock.ts';
import { isWithBot } from '../plan/plan.ts';
import type { DeployRequest } from '../plan/request.ts';
import type { Plan, Step } from '../step.ts';
import { passGate } from './gate.ts';
import { type Guard, startGuard } from './guard.ts';
import { type Look, observe, parseLook } from './observe.ts';
import { documentOf, runStep } from './run-step.ts';
import { takeBack, type Undone, undoSteps } from './undo.ts';

export interface Applied {
  host: string;
  release: string;
  from: string | undefined;
  /**
   * `held`: it runs, and nothing says yet that it is good. `lost`: the connection is gone, and the
   * host takes the change back by itself.
   */
  outcome: 'deployed' | 'held' | 'rolled-back' | 'rollback-failed' | 'lost' | 'refused';
  /** Why it is not deployed; what could not be noted although it is. */
  why?: string;
  failedStep?: string;
  canary?: Canary;
  durationMs: number;
  steps: { id: string; durationMs: number }[];
}

export interface Progress {
  onStep(title: string): void;
  onEnd(title: string, result: 'passed' | 'failed' | 'unknown', detail: string, ms: number): void;
  onNote(words: string): void;
}

export interface ApplyRun {
  host: Host;
  facts: Facts;
  plan: Plan;
  request: DeployRequest;
  lock: DeployLock;
  rule: CanaryRule;
  progress: Progress;
  signal: AbortSignal;
  /** What to do with a verdict that says nothing; true: keep the release. */
  decide(canary: Canary): Promise<boolean>;
}

interface State {
  done: Step[];
  armed: boolean;
  confirmed: boolean;
  held: boolean;
  before: Look | undefined;
  canary: Canary | undefined;
  timings: Applied['steps'];
}

/** Renewals per span after which the host reverts by itself. */
const RENEWALS = 4;

/** Carries a plan out on one host, or takes all of it back. */
export async function applyPlan(run: ApplyRun): Promise<Applied> {
  const { host, plan, request, lock } = run;
  const startedTick = performance.now();
  const abort = new AbortController();
  const signal = AbortSignal.any([run.signal, abort.signal]);
  const state: State = {
    done: [],
    armed: false,
    confirmed: false,
    held: false,
    before: undefined,
    canary: undefined,
    timings: [],
  };
  const guard = startGuard({
    host,
    layout: request.layout,
    lock,
    everyMs: (1000 * request.revertSeconds) / RENEWALS,
    onLost: (error) => abort.abort(error),
  });
  const outcome = await carryOut({ ...run, signal }, state, guard).finally(guard.stop);
  return {
    host: host.name,
    release: plan.release,
    from: plan.from,
    ...outcome,
    ...(state.canary ? { canary: state.canary } : {}),
    durationMs: Math.round(performance.now() - startedTick),
    steps: state.timings,
  };
}

type Outcome = Pick<Applied, 'outcome' | 'why' | 'failedStep'>;

async function carryOut(run: ApplyRun, state: State, guard: Guard): Promise<Outcome> {
  const problems: string[] = [];
  let current = '';
  try {
    await note(run, 'deploy-started', `from ${run.plan.from ?? 'nothing'}`);
    for (const step of run.plan.steps) {
      current = step.id;
      if (state.held && step.id.startsWith('mark:')) continue;
      try {
        await carryOutStep(run, state, guard, step);
      } catch (error) {
        // The change is final: what is left is only noted, and may be noted by hand.
        if (!state.confirmed) throw error;
        problems.push(reasonOf(error));
      }
    }
  } catch (error) {
    guard.disarm();
    const why = reasonOf(error);
    const undone = await undo(run, state, why);
    const detail = undone.problem === undefined ? why : `${why}; ${undone.problem}`;
    return { outcome: undone.outcome, why: detail, failedStep: current };
  }
  const outcome = state.held ? 'held' : 'deployed';
  return problems.length === 0 ? { outcome } : { outcome, why: problems.join('; ') };
}

async function carryOutStep(run: ApplyRun, state: State, guard: Guard, step: Step) {
  const { progress } = run;
  const startedTick = performance.now();
  progress.onStep(step.title);
  const elapsed = () => Math.round(performance.now() - startedTick);
  if (step.id === 'disarm') guard.disarm();
  // Also what fails half way is taken back.
  state.done.push(step);
  if (step.id === 'arm') state.armed = true;
  try {
    const detail = await work(run, state, step);
    if (step.id === 'arm') guard.arm();
    if (step.id === 'disarm') state.confirmed = true;
    state.timings.push({ id: step.id, durationMs: elapsed() });
    progress.onEnd(step.title, 'passed', detail, elapsed());
  } catch (error) {
    progress.onEnd(step.title, 'failed', reasonOf(error), elapsed());
    throw error;
  }
}

/** Most steps are a command; some are judged by what it says. */
async function work(run: ApplyRun, state: State, step: Step): Promise<string> {
  const { host, signal, facts } = run;
  if (step.id === 'gate') {
    const botIsNew = isWithBot(facts, run.request);
    const seconds = run.request.gateSeconds;
    return passGate(host, step, { before: facts.health, botIsNew, seconds }, signal);
  }
  if (step.id === 'observe') return watch(run, state, step);
  if (step.id === 'baseline') return baseline(run, state, step);
  await runStep(host, atItsMoment(step, run.request), signal);
  return '';
}

/** A record bears the time at which it is made, which a plan cannot know. */
function atItsMoment(step: Step, { at }: DeployRequest): Step {
  if (!/^(?:audit|mark):/.test(step.id) || step.input === undefined) return step;
  return { ...step, input: step.input.replace(at.toISOString(), new Date().toISOString()) };
}

/** A release that cannot even be asked is compared with one that never fails: that is stricter. */
async function baseline({ host, signal, facts }: ApplyRun, state: State, step: Step) {
  if (facts.services['polymarket-mcp.service']?.active !== 'active') return 'it does not run';
  state.before = parseLook(documentOf(await runStep(host, step, signal)));
  const { count, errors } = state.before?.requests ?? { count: 0, errors: 0 };
  return `${errors} of ${count} failed`;
}

async function watch(run: ApplyRun, state: State, step: Step): Promise<string> {
  const { host, request, rule, signal, progress, decide } = run;
  const canary = await observe({
    host,
    step,
    seconds: request.observeSeconds,
    rule,
    before: state.before,
    signal,
    onLook: progress.onNote,
  });
  state.canary = canary;
  const words = canary.pairs.map(({ name, why }) => `${name}: ${why}`).join('; ');
  if (canary.verdict === 'fail') throw new FailedError(`the canary failed: ${words}`);
  if (canary.verdict === 'inconclusive') {
    progress.onNote(`inconclusive: ${words}`);
    if (!(await decide(canary))) throw new FailedError(`nothing could be told: ${words}`);
    state.held = true;
  }
  return words;
}

async function undo(run: ApplyRun, state: State, why: string): Promise<Undone> {
  const { host, progress } = run;
  progress.onNote(`taken back: ${why}`);
  const undone = state.armed
    ? await takeBack({ ...run, note: progress.onNote })
    : await undoSteps({ ...run, done: state.done, note: progress.onNote });
  try {
    if (undone.outcome !== 'lost') await note(run, 'deploy-failed', why.slice(0, 500));
  } catch (error) {
    progress.onNote(`${host.name}: not noted in its audit log: ${reasonOf(error)}`);
  }
  return undone;
}

async function note(
  { host, request }: ApplyRun,
  event: 'deploy-started' | 'deploy-failed',
  detail: string,
) {
  const { layout, release, by } = request;
  const at = new Date().toISOString();
  await appendAudit(host, layout, { at, event, by, release: release.manifest.id, detail });
}
