import {
  createVitals,
  readAge,
  readDisk,
  readFdLimit,
  readProcess,
  type Vitals,
} from '../host/vitals.ts';
import type { StatusView } from './status-client.ts';

/** What one look at the machine found. null: cannot be known from here. */
export interface Sampled {
  /** This process and what it started. */
  own: Vitals;
  ownFdLimit: number | null;
  /** Longest that a timer of ours was late since the last look. */
  ownLoopDelayMs: number;
  bot: { cpuPercent: number | null; fds: number | null; fdLimit: number | null };
  disk: { totalBytes: number; freeBytes: number } | null;
}

export interface Sampler {
  sample(view: StatusView): Sampled;
  /** A timer of ours came so late. */
  late(ms: number): void;
  /** Another life of the bot begins: its counts begin at zero. */
  botGone(): void;
}

/** `dataDir` names the disk to look at. */
export function createSampler(dataDir: string): Sampler {
  const own = createVitals(process.pid);
  let cpuOf = createBotMeter();
  let latestMs = 0;
  return {
    sample(view) {
      const ownLoopDelayMs = latestMs;
      latestMs = 0;
      return {
        own: own(),
        ownFdLimit: readFdLimit(process.pid) ?? null,
        ownLoopDelayMs,
        bot: { cpuPercent: cpuOf(view), ...filesOf(view) },
        disk: readDisk(dataDir) ?? null,
      };
    },
    late(ms) {
      latestMs = Math.max(latestMs, ms);
    },
    botGone() {
      cpuOf = createBotMeter();
    },
  };
}

/** How much older its process is than the bot says: it counts once it has signed in. */
const SIGN_IN_SECONDS = 600;
const AGE_TOLERANCE_SECONDS = 5;

/** Of the process that the bot names, if it is the one: a container has pids of its own. */
function filesOf({ connected, hello, status, ageMs }: StatusView) {
  const unknown = { fds: null, fdLimit: null };
  if (!connected || !hello || !status || ageMs === undefined) return unknown;
  const statedSeconds = status.vitals.uptimeSeconds + ageMs / 1000;
  const seenSeconds = readAge(hello.pid);
  if (seenSeconds === undefined) return unknown;
  const olderSeconds = seenSeconds - statedSeconds;
  if (olderSeconds < -AGE_TOLERANCE_SECONDS || olderSeconds > SIGN_IN_SECONDS) return unknown;
  return {
    fds: readProcess(hello.pid)?.fds ?? null,
    fdLimit: readFdLimit(hello.pid) ?? null,
  };
}

/** CPU of the bot between two looks, from the seconds that it publishes itself. */
function createBotMeter(): (view: StatusView) => number | null {
  let before: { cpuSeconds: number; tick: number } | undefined;
  return ({ status, ageMs }) => {
    if (!status || ageMs === undefined) return null;
    const earlier = before;
    before = { cpuSeconds: status.vitals.cpuSeconds, tick: performance.now() - ageMs };
    const spanMs = earlier ? before.tick - earlier.tick : 0;
    // Two looks at one and the same status tell nothing.
    if (!earlier || spanMs < 1) return null;
    return (100_000 * (before.cpuSeconds - earlier.cpuSeconds)) / spanMs;
  };
}
