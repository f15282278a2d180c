import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, reasonOf } from '../../errors.ts';
import { askStep, runStep } from '../apply/run-step.ts';
import { entriesArgv } from '../bot-switch.ts';
import { fireStep } from '../dead-man.ts';
import type { Host } from '../host.ts';
import { type Layout, UNITS } from '../layout.ts';
import { acquireDeployLock } from '../lock.ts';
import { type Inventory, type Running, takeInventory } from '../releases/inventory.ts';
import { lastWords } from '../shell.ts';
import { prepareRollback, type Way, type Wish } from './prepare.ts';
import { type Check, rehearse } from './rehearse.ts';
import { finished, type Kind, type RolledBack, shown } from './report.ts';

export interface RollbackOptions extends Wish {
  environment: string;
  dryRun: boolean;
  lockWaitMs: number;
  signal: AbortSignal;
  note(words: string): void;
}

const SETTLE_MS = 60_000;
const AGAIN_MS = 250;

/** To an earlier release by way of the host's own reversal, rehearsed first. */
export async function rollBack(
  host: Host,
  layout: Layout,
  options: RollbackOptions,
): Promise<RolledBack> {
  const startedTick = performance.now();
  const before = await takeInventory(host, layout);
  if (before.revert) return finishPending(host, layout, before, options, startedTick);
  const way = await prepareRollback(host, layout, before, options);
  const ids = way.bot === undefined ? [way.target] : [way.target, way.bot];
  const checks = await rehearse(host, layout, ids, options.environment);
  refuseFailed(host, way.target, checks);
  const report = { ...summary(options.kind, way), checks, dryRun: options.dryRun };
  if (options.dryRun) {
    return finished({ ...report, steps: shown(way.steps('TOKEN')), startedTick });
  }
  const what = `rollback to ${way.target}`;
  const { by: who, lockWaitMs: waitMs, signal, note } = options;
  const lock = await acquireDeployLock(host, layout, { who, what, waitMs, signal, onWait: note });
  const steps = await onHost(host, layout, way, lock).catch(async (error: unknown) => {
    await lock.release().catch(() => {});
    throw error;
  });
  const { problem, botRestarted } = await settle(host, layout, before, way);
  return finished({ ...report, steps, problem, botRestarted, startedTick });
}

function summary(kind: Kind, { from, target, backup, passed }: Way) {
  return { kind, from, target, backup, passed };
}

function refuseFailed(host: Host, target: string, checks: readonly Check[]): void {
  const failed = checks.filter(({ result }) => result === 'failed');
  if (failed.length === 0) return;
  throw new RefusedError(
    `${host.name}: ${target} did not pass its rehearsal; nothing was changed`,
    {
      hint: 'Choose another with `--to`, or stop the mcp service: `pmcp rollback --immediate`.',
      problems: failed.map(({ name, detail }) => ({ message: `${name}: ${detail}` })),
    },
  );
}

async function onHost(host: Host, layout: Layout, way: Way, lock: { token: string }) {
  const done: RolledBack['steps'] = [];
  if (way.bot !== undefined) await pauseEntries(host, layout);
  for (const step of way.steps(lock.token)) {
    const startedTick = performance.now();
    try {
      await runStep(host, step);
    } catch (error) {
      // Once it is armed the host goes on by itself: what became of it is looked at afterwards.
      if (step.id === 'arm') throw error;
    }
    const durationMs = Math.round(performance.now() - startedTick);
    done.push({ title: step.title, argv: step.argv, durationMs });
  }
  return done;
}

/** A courtesy: a bot that does not answer is restarted all the same, and its journal keeps order. */
async function pauseEntries(host: Host, layout: Layout): Promise<void> {
  const argv = entriesArgv(layout, 'pause', '--for', '60', '--settle', '5', 'full rollback');
  await host.run(argv, { timeoutMs: 15_000 }).catch(() => undefined);
}

/** Waits until the host has done its part and the processes are of the releases that they should. */
async function settle(host: Host, layout: Layout, before: Inventory, way: Way) {
  const deadline = performance.now() + SETTLE_MS;
  let problem: string | undefined = 'not looked at';
  let after: Inventory | undefined;
  while (performance.now() < deadline) {
    try {
      after = await takeInventory(host, layout);
      problem = whatIsWrong(before, after, way);
      if (problem === undefined || (!after.revert && isFinal(after))) break;
    } catch (error) {
      problem = reasonOf(error);
    }
    await sleep(AGAIN_MS);
  }
  if (problem === undefined && way.bot !== undefined) problem = await reconciled(host, layout);
  return { problem, botRestarted: after !== undefined && before.bot.pid !== after.bot.pid };
}

/** It has said itself that it failed: waiting longer mends nothing. */
const isFinal = ({ audit }: Inventory) => audit.at(-1)?.event === 'rollback-failed';

function whatIsWrong(before: Inventory, after: Inventory, way: Way): string | undefined {
  const wrong: string[] = [];
  if (after.revert) wrong.push('the host is still at it');
  if (after.current !== way.target) wrong.push(`current is ${after.current ?? 'not set'}`);
  const runs = (unit: string, service: Running, wanted: string | undefined) => {
    if (service.active !== 'active') wrong.push(`${unit} is ${service.active}`);
    else if (wanted !== undefined && service.release !== wanted) {
      wrong.push(`${unit} runs ${service.release ?? 'no release'}`);
    }
  };
  runs(UNITS.mcp, after.mcp, way.target);
  if (way.bot !== undefined) runs(UNITS.bot, after.bot, way.bot);
  else if (before.bot.active === 'active' && after.bot.pid !== before.bot.pid) {
    wrong.push(`${UNITS.bot} is not the process that it was`);
  }
  return wrong.length > 0 ? wrong.join('; ') : undefined;
}

async function reconciled(host: Host, layout: Layout): Promise<string | undefined> {
  const argv = entriesArgv(layout, 'status', '--wait', '40');
  const answer = await host.run(argv, { timeoutMs: 60_000 });
  if (answer.code === 0) return undefined;
  return `the bot runs, and does not agree with the venue yet: ${lastWords(answer)}`;
}

/** A change that nobody has confirmed: the way back from it is prepared on the host already. */
async function finishPending(
  host: Host,
  layout: Layout,
  before: Inventory,
  { dryRun, note }: RollbackOptions,
  startedTick: number,
): Promise<RolledBack> {
  const { release, to } = before.revert ?? { release: '', to: '' };
  const target = to === '' ? undefined : to;
  const step = fireStep(target);
  const base = { kind: 'pending', from: release, target, backup: undefined, passed: [] } as const;
  const report = { ...base, checks: [], dryRun, passed: [], startedTick };
  if (dryRun) return finished({ ...report, steps: shown([step]) });
  note(`a change to ${release} waits for its confirmation: it is taken back now`);
  const answer = await askStep(host, step);
  const after = await takeInventory(host, layout);
  const left = after.current === target ? undefined : `current is ${after.current ?? 'not set'}`;
  const problem = answer.code === 0 ? left : lastWords(answer);
  return finished({ ...report, steps: shown([step]), problem });
}
