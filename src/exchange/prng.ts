/**
 * A small seeded generator (sfc32): its whole state is four integers, so a run can be saved and
 * continued, and the same seed gives the same run on every machine.
 */
export interface Prng {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [from, to], both included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Roughly normal: mean 0, deviation 1. */
  normal(): number;
  state(): number[];
  restore(state: readonly number[]): void;
}

export function createPrng(seed: number, stream: string): Prng {
  let hash = 2_166_136_261 ^ seed;
  for (const character of stream) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  }
  const prng = prngFrom([hash, seed | 0, Math.imul(hash, 2_654_435_761), 1]);
  // The first numbers of close seeds resemble each other; fifteen rounds mix them.
  for (let round = 0; round < 15; round++) prng.next();
  return prng;
}

function prngFrom(start: readonly number[]): Prng {
  let [a = 1, b = 2, c = 3, d = 4] = start;
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('pick from an empty list');
      return items[between(0, items.length - 1)] as T;
    },
    normal: () => next() + next() + next() + next() + next() + next() - 3,
    state: () => [a, b, c, d],
    restore(state) {
      [a = 1, b = 2, c = 3, d = 4] = state;
    },
  };
}
