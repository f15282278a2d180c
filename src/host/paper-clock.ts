import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Clock, formatClock, parseClock } from '../clock.ts';

/** Longest span between two saves: how far the last run's clock may have gone on unsaved. */
const SAVE_EVERY_MS = 5000;

/**
 * The clock of one run on paper, shared by its processes. It never goes back: when the last run was
 * faster than real time, this one begins where that one ended.
 */
export interface PaperClock {
  clock: Clock;
  /** For PMCP_CLOCK. */
  text: string;
  stop(): void;
}

export function startPaperClock(path: string, speed: number): PaperClock {
  const realMs = Date.now();
  const text = formatClock(Math.max(realMs, lastMoment(path, realMs)), realMs, speed);
  const clock = parseClock(text);
  const save = () => {
    const saved = { clockMs: clock.now(), realMs: Date.now(), speed };
    writeFileSync(`${path}.new`, `${JSON.stringify(saved)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  save();
  const timer = setInterval(save, SAVE_EVERY_MS);
  return {
    clock,
    text,
    stop: () => {
      clearInterval(timer);
      save();
    },
  };
}

/** The latest that the last run's clock can have shown; 0 when there was none. */
function lastMoment(path: string, nowMs: number): number {
  try {
    const { clockMs, realMs, speed } = JSON.parse(readFileSync(path, 'utf8'));
    const unsavedMs = Math.min(Math.max(0, nowMs - realMs), 2 * SAVE_EVERY_MS);
    const moment = Math.ceil(clockMs + unsavedMs * speed);
    return Number.isSafeInteger(moment) ? moment : 0;
  } catch {
    return 0;
  }
}
