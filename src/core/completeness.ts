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

interface Slot {
  /** Which span of time it counts; a slot is used again after the window. */
  number: number;
  live: number;
  all: number;
}

/** A sliding window of 60 slots: memory does not depend on the number of fills. */
export function createCompleteness(windowMs = 3_600_000): Completeness {
  const slotMs = windowMs / SLOTS;
  const slots = new Map<number, Slot>();
  let connectedAtMs = 0;
  return {
    since(atMs) {
      connectedAtMs = atMs;
    },
    record(seenLive, tradedAtMs, nowMs) {
      if (tradedAtMs < connectedAtMs) return;
      const number = Math.floor(nowMs / slotMs);
      let slot = slots.get(number % SLOTS);
      if (slot?.number !== number) {
        slot = { number, live: 0, all: 0 };
        slots.set(number % SLOTS, slot);
      }
      slot.all += 1;
      if (seenLive) slot.live += 1;
    },
    ratio(nowMs) {
      const newest = Math.floor(nowMs / slotMs);
      let seen = 0;
      let total = 0;
      for (const slot of slots.values()) {
        const age = newest - slot.number;
        if (age < 0 || age >= SLOTS) continue;
        seen += slot.live;
        total += slot.all;
      }
      return total === 0 ? null : seen / total;
    },
  };
}
