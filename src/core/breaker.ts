/**
 * The circuit breaker as a pure state machine: `next(state, event, nowMs)` and `permits`. No clock,
 * no I/O. Trip rules are small functions beside it (trip-rules.ts).
 */

/** Independent latches: tripping one leaves the others alone. */
export type Latch = 'trading' | 'mcp' | 'search' | 'testing' | 'monitoring';

export type BreakerState =
  | { kind: 'armed' }
  /** `untilMs` null: only a human reset ends it. */
  | { kind: 'tripped'; cause: string; atMs: number; untilMs: number | null }
  | { kind: 'probing'; cause: string; sinceMs: number }
  | { kind: 'halted'; by: string; reason: string; atMs: number };

export type BreakerAction = 'enter' | 'exit' | 'mcp';
