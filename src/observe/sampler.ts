import { createVitals, readDisk, readFdLimit, type Vitals } from '../host/vitals.ts';
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

/** As the bot says itself: a confined service sees no process but its own. */
function filesOf({ connected, status }: StatusView) {
  const { fds = null, fdLimit = null } = (connected && status?.vitals) || {};
  return { fds, fdLimit };
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
