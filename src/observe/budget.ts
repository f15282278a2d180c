import {
  type Budget,
  intervalFactor,
  type Load,
  NOTHING_SHED,
  type ShedLevel,
  shed,
  shedWords,
} from '../core/shedding.ts';

/** Keeps monitoring within its own budget: what it costs, and what it gives up for that. */
export interface BudgetKeeper {
  level(): ShedLevel;
  /** Real ms until the next check. */
  intervalMs(): number;
  /** What is given up, for people; empty when nothing is. */
  words(): string;
  /** A tool was called for somebody: its cost is not monitoring's. */
  servedRequest(ms: number): void;
  /** One sample; those taken while requests were served are set aside. */
  sample(load: Load): void;
}

/** Share of the time between two samples from which on requests explain the load. */
const BUSY_SHARE = 0.05;

export function createBudgetKeeper(
  budget: Budget,
  intervalMs: number,
  nowMs: () => number = () => performance.now(),
): BudgetKeeper {
  let state = NOTHING_SHED;
  let servedMs = 0;
  let lastMs = nowMs();
  return {
    level: () => state.level,
    intervalMs: () => intervalMs * intervalFactor(state.level),
    words: () => shedWords(state.level),
    servedRequest(ms) {
      servedMs += ms;
    },
    sample(load) {
      const atMs = nowMs();
      const onRequest = servedMs > BUSY_SHARE * (atMs - lastMs);
      lastMs = atMs;
      servedMs = 0;
      if (!onRequest) state = shed(state, load, budget);
    },
  };
}
