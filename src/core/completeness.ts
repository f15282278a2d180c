/**
 * How much of what the Data API shows had been seen live before: how far the live feed is whole.
 */
export interface Completeness {
  /** The live feed has been connected since this moment: earlier fills do not count. */
  since(connectedAtMs: number): void;
  /** One fill that the Data API shows for the first time. */
  record(seenLive: boolean, tradedAtMs: number, nowMs: number): void;
  /** Seen live before / all, over the window; null when the window holds none. */
  ratio(nowMs: number): number | null;
}

const SLOTS = 60;

/** A sliding window of 60 slots: memory does not depend on the number of fills. */
export function createCompleteness(windowMs = 3_600_000): Completeness {
  const slotMs = windowMs / SLOTS;
  const live = new Float64Array(SLOTS);
  const all = new Float64Array(SLOTS);
  const epoch = new Float64Array(SLOTS).fill(-1);
  let connectedAtMs = 0;
  return {
    since(atMs) {
      connectedAtMs = atMs;
    },
    record(seenLive, tradedAtMs, nowMs) {
      if (tradedAtMs < connectedAtMs) return;
      const number = Math.floor(nowMs / slotMs);
      const slot = number % SLOTS;
      if (epoch[slot] !== number) {
        epoch[slot] = number;
        live[slot] = 0;
        all[slot] = 0;
      }
      all[slot] = (all[slot] ?? 0) + 1;
      if (seenLive) live[slot] = (live[slot] ?? 0) + 1;
    },
    ratio(nowMs) {
      const newest = Math.floor(nowMs / slotMs);
      let seen = 0;
      let total = 0;
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const age = newest - (epoch[slot] ?? -1);
        if (age < 0 || age >= SLOTS) continue;
        seen += live[slot] ?? 0;
        total += all[slot] ?? 0;
      }
      return total === 0 ? null : seen / total;
    },
  };
}
