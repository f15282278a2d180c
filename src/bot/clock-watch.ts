import type { Clock } from '../clock.ts';

/** Real ms by which wall clock and monotonic clock may drift apart between two looks. */
const LIMIT_REAL_MS = 5000;

/** Tells a jump of the wall clock: how far, in clock ms; undefined: none since the last look. */
export function createClockWatch(clock: Clock, tickOf = () => performance.now()) {
  let lastMs = clock.now();
  let lastTick = tickOf();
  return {
    look(): number | undefined {
      const nowMs = clock.now();
      const tick = tickOf();
      const jumpMs = nowMs - lastMs - (tick - lastTick) * clock.speed;
      lastMs = nowMs;
      lastTick = tick;
      return Math.abs(jumpMs) > LIMIT_REAL_MS * clock.speed ? jumpMs : undefined;
    },
  };
}
