/** All latches of one installation with what their rules count: the unit that is made durable. */
import { ARMED, type BreakerEvent, type BreakerState, type Latch, next } from './breaker.ts';
import { type DayLoss, seeEquity } from './day-loss.ts';
import type { MicroUsdc } from './money.ts';
import { EMPTY_TALLY, type Tally } from './tally.ts';

export interface BreakerSet {
  readonly latches: Readonly<Record<Latch, BreakerState>>;
  readonly day: DayLoss | null;
  readonly tally: Tally;
}

/** One state for every latch. */
export function setOf(state: BreakerState): BreakerSet {
  const latches = {
    trading: state,
    mcp: state,
    search: state,
    testing: state,
    monitoring: state,
  };
  return { latches, day: null, tally: EMPTY_TALLY };
}

export const ARMED_SET: BreakerSet = Object.freeze(setOf(ARMED));

/** The set after an event on one latch; the same object when nothing changed. */
export function advance(
  set: BreakerSet,
  latch: Latch,
  event: BreakerEvent,
  nowMs: number,
): BreakerSet {
  const from = set.latches[latch];
  const to = next(from, event, nowMs);
  if (to === from) return set;
  const moved = { ...set, latches: { ...set.latches, [latch]: to } };
  if (latch !== 'trading') return moved;
  // What led to a trip is spent: a probe must not trip on the same five losses again. A human reset
  // moreover accepts the day's loss so far, or the rule would trip again at once.
  if (event.type === 'trip') return { ...moved, tally: EMPTY_TALLY };
  if (event.type !== 'reset') return moved;
  const day = set.day && { ...set.day, forgivenMicro: set.day.lossMicro };
  return { ...moved, day, tally: EMPTY_TALLY };
}

export function withEquity(set: BreakerSet, equityMicro: MicroUsdc, nowMs: number): BreakerSet {
  const day = seeEquity(set.day, equityMicro, nowMs);
  return day === set.day ? set : { ...set, day };
}

export function withTally(set: BreakerSet, tally: Tally): BreakerSet {
  return tally === set.tally ? set : { ...set, tally };
}
