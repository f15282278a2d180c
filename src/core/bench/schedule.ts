import { createRandom, shuffled } from './random.ts';

export const CONDITIONS = ['without', 'idle', 'busy'] as const;
export type Condition = (typeof CONDITIONS)[number];
export type Treatment = Exclude<Condition, 'without'>;

/**
 * Four blocks that are compared with each other: without, with, with, without, or the reverse. A
 * drift that is linear over the four cancels out; which order comes is drawn, so that nothing
 * periodic can fall in step.
 */
export interface Quad {
  treatment: Treatment;
  blocks: readonly Condition[];
}

/** Busy is judged by latency, which is noisy; idle by CPU time and memory, which are not. */
export const ROUND: readonly Treatment[] = ['busy', 'idle', 'busy'];

/** Quads in rounds, in drawn order. */
export function createSchedule(roundCount: number, seed: number): Quad[] {
  const random = createRandom(seed);
  const rounds = Array.from({ length: roundCount }, () => shuffled(ROUND, random));
  return rounds.flat().map((treatment) => ({
    treatment,
    blocks:
      random() < 0.5
        ? ['without', treatment, treatment, 'without']
        : [treatment, 'without', 'without', treatment],
  }));
}

/**
 * Which two of each four equal blocks stand for "with" in an A/A comparison: the same patterns.
 */
export function controlSides(quads: number, seed: number): ('a' | 'b')[][] {
  const random = createRandom(seed);
  return Array.from({ length: quads }, () =>
    random() < 0.5 ? ['a', 'b', 'b', 'a'] : ['b', 'a', 'a', 'b'],
  );
}

/** Whether the last readings neither rise nor fall any more: first and second half agree. */
export function isStationary(readings: readonly number[], tolerance: number): boolean {
  if (readings.length < 4) return false;
  const half = Math.floor(readings.length / 2);
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
  const early = mean(readings.slice(0, half));
  const late = mean(readings.slice(-half));
  return Math.abs(late - early) <= tolerance * early;
}
