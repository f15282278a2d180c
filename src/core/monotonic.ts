/**
 * Counts that never fall, from a source that begins at zero whenever it restarts: what Prometheus
 * wants of a counter. Pure but for its own memory.
 */
export interface Monotonic {
  /** By how much the count of `key` grew since the last look at it. */
  growth(key: string, value: number): number;
  /** Names the source's present life; with a new name all its counts begin at zero again. */
  life(name: string): void;
}

export function createMonotonic(): Monotonic {
  let last = new Map<string, number>();
  let current: string | undefined;
  return {
    life: (name) => {
      if (name !== current) last = new Map();
      current = name;
    },
    growth: (key, value) => {
      const before = last.get(key) ?? 0;
      // A count that fell without notice is taken for a new beginning.
      last.set(key, value);
      return value >= before ? value - before : value;
    },
  };
}
