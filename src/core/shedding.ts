/**
 * What the monitor gives up when it costs more than it may, step by step, and when it takes it up
 * again. Pure; one call a health check.
 */

/** 0: everything; 1, 2: checks half, a quarter as often; 3: also no history and no pushes. */
export type ShedLevel = 0 | 1 | 2 | 3;

export interface ShedState {
  level: ShedLevel;
  /** Samples in a row above the budget, and in a row well below it. */
  over: number;
  calm: number;
  /** Calm samples it takes to go back a step; doubles when going back proved too early. */
  patience: number;
  /** Samples since the last step back; undefined: none, or long ago. */
  sinceRecovery: number | undefined;
}

export interface Load {
  /** null: not measured yet. */
  cpuPercent: number | null;
  addedMemoryMb: number;
}

/** The same for the budget as for what is spent. */
export interface Budget {
  cpuPercent: number;
  memoryMb: number;
}

export const SAMPLES_TO_SHED = 3;
export const SAMPLES_TO_RECOVER = 5;
/** Shedding itself lowers the load: only well below the budget is there room for more work. */
const CALM_SHARE = 0.8;
const RELAPSE_SAMPLES = 20;
const LONGEST_PATIENCE = 80;

export const NOTHING_SHED: ShedState = {
  level: 0,
  over: 0,
  calm: 0,
  patience: SAMPLES_TO_RECOVER,
  sinceRecovery: undefined,
};

/** The state after one more sample; a sample taken during a job on request is not passed in. */
export function shed(state: ShedState, load: Load, budget: Budget): ShedState {
  if (load.cpuPercent === null) return state;
  const share = Math.max(load.cpuPercent / budget.cpuPercent, load.addedMemoryMb / budget.memoryMb);
  const over = share > 1 ? state.over + 1 : 0;
  const calm = share <= CALM_SHARE ? state.calm + 1 : 0;
  const counted = { ...state, over, calm, sinceRecovery: aged(state.sinceRecovery) };
  if (over >= SAMPLES_TO_SHED && state.level < 3) return worse(counted);
  if (calm >= state.patience && state.level > 0) {
    return { ...counted, level: step(state.level, -1), over: 0, calm: 0, sinceRecovery: 0 };
  }
  // Long at peace: the next trouble is a new one.
  if (state.level === 0 && counted.sinceRecovery === undefined) {
    return { ...counted, patience: SAMPLES_TO_RECOVER };
  }
  return counted;
}

/** How many times the configured interval lies between two checks. */
export function intervalFactor(level: ShedLevel): number {
  return Math.min(4, 2 ** level);
}

/** What is given up, in words; empty at level 0. */
export function shedWords(level: ShedLevel): string {
  if (level === 0) return '';
  const rate = `checks run ${intervalFactor(level)} times less often`;
  return level < 3 ? rate : `${rate}, history and live pages are paused`;
}

function worse(state: ShedState): ShedState {
  const relapsed = state.sinceRecovery !== undefined;
  const patience = relapsed ? Math.min(LONGEST_PATIENCE, 2 * state.patience) : state.patience;
  const level = step(state.level, 1);
  return { level, over: 0, calm: 0, patience, sinceRecovery: undefined };
}

function aged(samples: number | undefined): number | undefined {
  return samples === undefined || samples >= RELAPSE_SAMPLES ? undefined : samples + 1;
}

function step(level: ShedLevel, by: 1 | -1): ShedLevel {
  return (level + by) as ShedLevel;
}
