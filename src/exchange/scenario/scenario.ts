import type { Leader } from '../engine.ts';
import type { World } from '../world.ts';

/** The actors of a run: who makes markets, who trades, what becomes of the markets. */
export interface Scenario {
  readonly leaders: readonly Leader[];
  /** Once per quantum of exchange time; the world's clock is already there. */
  step(world: World): void;
  /** Its own state as plain JSON, and back. Orders are not part of it: it quotes anew. */
  save(): unknown;
  restore(state: unknown): void;
}

/**
 * A time quantum: the engine steps in whole ones, so results do not depend on how often it is
 * called.
 */
export const QUANTUM_MS = 250;
