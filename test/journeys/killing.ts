import { resolve } from 'node:path';
import { type PaperWorld, pause } from './paper-world.ts';
import type { Running } from './run.ts';

/** Where the bot is killed, and how many of each hundred kills aim there. */
const BOUNDARIES = [
  'random',
  'random',
  'random',
  'before-commit-order',
  'after-commit-order',
  'before-post',
  'after-post',
  'after-post',
  'answer',
  'answer',
  'before-commit-trade',
  'after-commit-trade',
  'after-commit-trade',
  'before-redemption',
  'after-redemption',
  'after-commit-checkpoint',
] as const;

/** What the venue does to the bot meanwhile, as /control/faults takes it. */
const FAULTS: readonly Record<string, unknown>[] = [
  { kind: 'lost_answer', count: 1, seconds: 90 },
  { kind: 'lost_answer', count: 2, seconds: 90 },
  { kind: 'slow_answer', count: 4, seconds: 90, ms: 300 },
  { kind: 'restarting', count: 2, seconds: 90 },
  { kind: 'rate_limited', count: 3, seconds: 90 },
  { kind: 'post_only', count: 1, seconds: 90 },
  { kind: 'cancel_only', count: 1, seconds: 90 },
  { kind: 'disabled', count: 1, seconds: 90 },
  { kind: 'failed_settlement', count: 1, seconds: 90 },
  { kind: 'failed_settlement', count: 2, seconds: 90 },
  { kind: 'unmatched', count: 1, seconds: 90 },
  { kind: 'delayed', count: 1, seconds: 90, ms: 4000 },
  { kind: 'late_rows', count: 15, ms: 20_000, match: 'rtds' },
  { kind: 'late_rows', seconds: 20, ms: 30_000, match: 'data' },
  { kind: 'duplicated_rows', count: 30, match: 'rtds' },
  { kind: 'malformed_rows', count: 3, seconds: 90 },
  { kind: 'disconnect', count: 1, seconds: 90 },
  { kind: 'stall', seconds: 20 },
];

const SWITCH = resolve(import.meta.dirname, '../fakes/kill-switch.ts');

export interface Killing {
  kills: Record<string, number>;
  /** Starts that ended by themselves, with their last words: the venue was refusing everything. */
  failedStarts: string[];
  faults: number;
}

/** mulberry32: the same seed, the same moments. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Starts the bot and kills it, so many times, at once starting it again; a fault now and then. */
export async function killRepeatedly(
  world: PaperWorld,
  options: { kills: number; seed: number; longestLifeMs: number },
): Promise<Killing> {
  const random = dice(options.seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const result: Killing = { kills: {}, failedStarts: [], faults: 0 };
  for (let done = 0; done < options.kills; ) {
    const boundary = pick(BOUNDARIES);
    const env = {
      KILL_AT: `${boundary}:${1 + Math.floor(random() * 3)}`,
      NODE_OPTIONS: `--import ${SWITCH} --disable-warning=ExperimentalWarning`,
    };
    const bot = world.startBot(boundary === 'random' ? {} : env);
    if (random() < 0.4) {
      await world.fault(pick(FAULTS));
      result.faults += 1;
    }
    // At a random moment from the very first of a start on; a boundary is given time to be reached.
    const { longestLifeMs } = options;
    const lifeMs = boundary === 'random' ? (random() * longestLifeMs) / 3 : longestLifeMs;
    const end = await lived(bot, lifeMs);
    if (end.signal === 'SIGKILL') {
      done += 1;
      const where = end.late ? 'random' : boundary;
      result.kills[where] = (result.kills[where] ?? 0) + 1;
    } else {
      result.failedStarts.push(`${end.code}: ${end.stderr.trim().split('\n').at(-2) ?? ''}`);
      if (result.failedStarts.length > options.kills) {
        throw new Error(`the bot ends by itself:\n${end.stdout.slice(-2000)}${end.stderr}`);
      }
    }
  }
  return result;
}

async function lived(bot: Running, lifeMs: number) {
  let late = false;
  const exit = await Promise.race([bot.exited, pause(lifeMs).then(() => undefined)]);
  if (exit) return { ...exit, late };
  late = true;
  return { ...(await bot.kill()), late };
}
