import { setTimeout as sleep } from 'node:timers/promises';
import { InconclusiveError, reasonOf } from '../../errors.ts';
import { fireStep } from '../dead-man.ts';
import { changedFacts, type Facts, stableFacts } from '../facts/facts.ts';
import { probeHost } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import type { DeployRequest } from '../plan/request.ts';
import { lastWords } from '../shell.ts';
import type { Step } from '../step.ts';
import { askStep } from './run-step.ts';

export interface Undone {
  outcome: 'rolled-back' | 'rollback-failed' | 'lost';
  /** What is not as it was before. */
  problem?: string;
}

interface Undoing {
  host: Host;
  request: DeployRequest;
  facts: Facts;
  note(words: string): void;
}

const AGAIN_MS = 3000;
/** The host's own reversal takes no longer, once it has begun. */
const REVERSAL_SECONDS = 60;

/** Before anything was switched: what was brought is removed, the last first. */
export async function undoSteps(undoing: Undoing & { done: readonly Step[] }): Promise<Undone> {
  const problems: string[] = [];
  for (const step of [...undoing.done].reverse()) {
    if (!step.undo) continue;
    try {
      const answer = await undoing.host.run(step.undo, { timeoutMs: 60_000 });
      if (answer.code !== 0) problems.push(`${step.title} stays: ${lastWords(answer)}`);
    } catch (error) {
      if (error instanceof InconclusiveError) {
        const left = 'nothing was switched; the next deploy removes what was uploaded';
        return { outcome: 'lost', problem: `${reasonOf(error)}; ${left}` };
      }
      throw error;
    }
  }
  return verified(undoing, problems);
}

/** After that: the host does it by itself, by the very means that a lost connection relies on. */
export async function takeBack(undoing: Undoing): Promise<Undone> {
  const { host, request, facts, note } = undoing;
  const { revertSeconds } = request;
  const deadline = performance.now() + (revertSeconds + REVERSAL_SECONDS) * 1000;
  for (;;) {
    try {
      const answer = await askStep(host, fireStep(facts.current));
      const problems = answer.code === 0 ? [] : [`its reversal: ${lastWords(answer)}`];
      return await verified(undoing, problems);
    } catch (error) {
      if (!(error instanceof InconclusiveError)) throw error;
      if (performance.now() >= deadline) {
        const end = `it takes the change back by itself after ${revertSeconds} s of silence`;
        return { outcome: 'lost', problem: `${reasonOf(error)}; ${end}: see \`pmcp releases\`` };
      }
      note(`${reasonOf(error)}; trying again`);
      await sleep(AGAIN_MS);
    }
  }
}

/** Whether the host is as it was: its links, units and services, not what was only added. */
async function verified(
  { host, request, facts }: Undoing,
  problems: readonly string[],
): Promise<Undone> {
  const now = await probeHost(host, request.layout, request.target);
  const relevant = (found: Facts) => {
    const { current, currentBot, units, services } = stableFacts(found);
    return { current, currentBot, units, services };
  };
  const differences = changedFacts(relevant(facts), relevant(now));
  const all = [...problems, ...differences];
  if (all.length === 0) return { outcome: 'rolled-back' };
  return { outcome: 'rollback-failed', problem: `not as it was: ${all.join('; ')}` };
}
