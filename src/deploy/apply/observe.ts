import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Canary,
  type CanaryRule,
  judgeCanary,
  type Pair,
  type Tally,
} from '../../core/canary.ts';
import { InconclusiveError } from '../../errors.ts';
import type { Host } from '../host.ts';
import { LOOK_EVERY_SECONDS } from '../plan/confirm.ts';
import type { Step } from '../step.ts';
import { askStep, documentOf } from './run-step.ts';

/** What `pmcp canary --json` prints, as far as a verdict needs it. */
export interface Look {
  requests: Tally;
  firstError: string | null;
  toolCalls: Tally | null;
  orders: Tally | null;
  bot: { startedAtMs: number } | null;
  health: { status: string; withinLimits: boolean } | null;
}

export interface Observation {
  host: Host;
  step: Step;
  seconds: number;
  rule: CanaryRule;
  /** Undefined: nothing ran before. */
  before: Look | undefined;
  signal: AbortSignal;
  onLook(words: string): void;
}

/** As often in a row as makes it no accident. */
const TWICE = 2;

export function parseLook(document: Record<string, unknown> | undefined): Look | undefined {
  return document?.['schema'] === 'pmcp.canary' ? (document as unknown as Look) : undefined;
}

/** Watches for the whole window; ends early only for what no figures excuse. */
export async function observe(observation: Observation): Promise<Canary> {
  const { host, step, seconds, signal, onLook } = observation;
  const looks: Look[] = [];
  const requests: Tally = { count: 0, errors: 0 };
  const startedTick = performance.now();
  let bad: string[] = [];
  for (;;) {
    const look = await lookAt(host, step, signal);
    if (look) {
      looks.push(look);
      requests.count += look.requests.count;
      requests.errors += look.requests.errors;
      const floor = hardFloor(look);
      bad = floor === undefined ? [] : [...bad, floor];
      if (bad.length >= TWICE) return failed(bad.at(-1) ?? '');
    }
    const left = seconds - (performance.now() - startedTick) / 1000;
    onLook(words(left, look, requests));
    if (left <= 0) break;
    await sleep(Math.min(left, LOOK_EVERY_SECONDS) * 1000, undefined, { signal });
  }
  return judgeCanary(pairsOf(observation.before, looks, requests), observation.rule);
}

/** A lost connection loses a look, not the observation; the host counts the time by itself. */
async function lookAt(host: Host, step: Step, signal: AbortSignal): Promise<Look | undefined> {
  try {
    return parseLook(documentOf(await askStep(host, step, signal)));
  } catch (error) {
    if (error instanceof InconclusiveError) return undefined;
    throw error;
  }
}

/** What rolls back at once, whatever the error rates say. */
export function hardFloor({ bot, health, firstError }: Look): string | undefined {
  if (bot === null) return 'the bot does not answer';
  if (health === null) return `health does not answer: ${firstError ?? 'nobody knows why'}`;
  if (health.status === 'critical') return 'health is critical';
  if (!health.withinLimits) return 'the mcp service is beyond its limits';
  return undefined;
}

function failed(why: string): Canary {
  const rates = { beforeRate: null, afterRate: null, interval: null };
  return { verdict: 'fail', pairs: [{ name: 'hard limits', verdict: 'fail', ...rates, why }] };
}

export function pairsOf(before: Look | undefined, looks: readonly Look[], requests: Tally): Pair[] {
  const last = looks.at(-1);
  // Without a release before it, the new one is held against one that never fails.
  const flawless = { count: requests.count, errors: 0 };
  const pairs: Pair[] = [
    { name: 'requests', before: before?.requests ?? flawless, after: requests },
  ];
  if (!before || !last) return pairs;
  const known = (tally: Tally | null) => tally ?? undefined;
  const sameBot = before.bot?.startedAtMs === last.bot?.startedAtMs;
  return [
    ...pairs,
    // Its process is new: it counts from zero.
    {
      name: 'tool calls',
      before: known(before.toolCalls),
      after: known(last.toolCalls),
      optional: true,
    },
    {
      name: 'orders',
      before: known(before.orders),
      after: sameBot ? since(before.orders, last.orders) : known(last.orders),
      optional: true,
    },
  ];
}

function since(before: Tally | null, now: Tally | null): Tally | undefined {
  if (!before || !now) return undefined;
  return { count: now.count - before.count, errors: now.errors - before.errors };
}

function words(left: number, look: Look | undefined, { count, errors }: Tally): string {
  const state = look ? (look.health?.status ?? 'health does not answer') : 'no answer';
  return `${Math.max(0, Math.ceil(left))} s left: ${state}, ${errors} of ${count} requests failed`;
}
