import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ARMED,
  type BreakerEvent,
  type BreakerState,
  describe as inWords,
  next,
  permits,
  RECOVERY_PAUSE_MS,
  RELAPSE_MS,
} from '../../src/core/breaker.ts';
import { breakerEvents } from '../breaker-arbitraries.ts';

const trip: BreakerEvent = { type: 'trip', cause: 'failure_rate', untilMs: 1000 };
const tripped: BreakerState = { kind: 'tripped', cause: 'failure_rate', atMs: 10, untilMs: 1000 };
const probing: BreakerState = { kind: 'probing', cause: 'failure_rate', sinceMs: 1000 };
const halted: BreakerState = { kind: 'halted', by: 'ann', reason: 'look', atMs: 20 };
const halt: BreakerEvent = { type: 'halt', by: 'ann', reason: 'look' };
const resume: BreakerEvent = { type: 'resume', by: 'ann' };
const reset: BreakerEvent = { type: 'reset', by: 'ann' };
const tick: BreakerEvent = { type: 'tick' };

describe('next', () => {
  const table: [string, BreakerState, BreakerEvent, number, BreakerState][] = [
    ['armed trips', ARMED, trip, 10, tripped],
    ['a second trip is the same trip', tripped, { ...trip, cause: 'daily_loss' }, 500, tripped],
    ['a later cooldown does not lengthen it', tripped, { ...trip, untilMs: 9999 }, 500, tripped],
    [
      'a firm hold lengthens it, under its first cause',
      tripped,
      { ...trip, cause: 'daily_loss', untilMs: 9999, firm: true },
      500,
      { ...tripped, untilMs: 9999 },
    ],
    ['a firm hold never shortens', tripped, { ...trip, untilMs: 5, firm: true }, 500, tripped],
    [
      'a hold for a human outlasts every date',
      { ...tripped, untilMs: null },
      { ...trip, untilMs: 9999, firm: true },
      500,
      { ...tripped, untilMs: null },
    ],
    [
      'a human trip over a cooldown',
      tripped,
      { ...trip, untilMs: null, firm: true },
      500,
      { ...tripped, untilMs: null },
    ],
    ['before its time it stays', tripped, tick, 999, tripped],
    ['at its time it probes', tripped, tick, 1000, probing],
    [
      'a hold for a human never probes',
      { ...tripped, untilMs: null },
      tick,
      1e15,
      { ...tripped, untilMs: null },
    ],
    ['a confirmed probe arms', probing, { type: 'probe_confirmed' }, 1100, ARMED],
    [
      'a failed probe trips again',
      probing,
      { ...trip, cause: 'probe_failed', detail: 'rejected', untilMs: 3000 },
      2000,
      { kind: 'tripped', cause: 'probe_failed', detail: 'rejected', atMs: 2000, untilMs: 3000 },
    ],
    ['no probe, nothing confirmed', tripped, { type: 'probe_confirmed' }, 1100, tripped],
    ['reset arms', tripped, reset, 50, ARMED],
    ['reset ends a probe', probing, reset, 50, ARMED],
    ['halt from armed', ARMED, halt, 20, halted],
    ['a second halt is the same halt', halted, { ...halt, by: 'bob' }, 99, halted],
    ['halt keeps the trip beneath', tripped, halt, 20, { ...halted, under: tripped }],
    ['a trip during a halt waits beneath', halted, trip, 10, { ...halted, under: tripped }],
    [
      'time does not pass beneath',
      { ...halted, under: tripped },
      tick,
      5000,
      { ...halted, under: tripped },
    ],
    ['resume uncovers a trip', { ...halted, under: tripped }, resume, 5000, tripped],
    ['resume uncovers a probe', { ...halted, under: probing }, resume, 5000, probing],
    ['resume of a plain halt arms', halted, resume, 5000, ARMED],
    ['resume ends no trip', tripped, resume, 5000, tripped],
    ['reset lifts no halt', { ...halted, under: tripped }, reset, 50, halted],
    ['reset of a plain halt does nothing', halted, reset, 50, halted],
  ];
  it.each(table)('%s', (_, state, event, nowMs, expected) => {
    expect(next(state, event, nowMs)).toEqual(expected);
  });

  it('gives the same object back when nothing changes', () => {
    expect(next(tripped, trip, 500)).toBe(tripped);
    expect(next(halted, halt, 500)).toBe(halted);
    expect(next(ARMED, tick, 500)).toBe(ARMED);
    const under: BreakerState = { ...halted, under: tripped };
    expect(next(under, trip, 500)).toBe(under);
  });
});

describe('automatic recovery', () => {
  const mcpTrip: BreakerEvent = { type: 'trip', cause: 'mcp_cpu', untilMs: RECOVERY_PAUSE_MS };
  const recovery = (ok: boolean): BreakerEvent => ({ type: 'recovery', ok });

  it('waits for its time', () => {
    const state = next(ARMED, mcpTrip, 0);
    expect(next(state, recovery(true), RECOVERY_PAUSE_MS - 1)).toBe(state);
  });

  it('gives up after three failures, a minute apart, and then waits for a human', () => {
    let state = next(ARMED, mcpTrip, 0);
    for (const attempt of [1, 2]) {
      state = next(state, recovery(false), attempt * RECOVERY_PAUSE_MS);
      expect(state).toMatchObject({
        attempts: attempt,
        untilMs: (attempt + 1) * RECOVERY_PAUSE_MS,
      });
    }
    state = next(state, recovery(false), 3 * RECOVERY_PAUSE_MS);
    expect(state).toMatchObject({ kind: 'tripped', attempts: 3, untilMs: null });
    expect(next(state, recovery(true), 1e12)).toBe(state);
    expect(next(state, reset, 1e12)).toEqual(ARMED);
  });

  it('counts relapses: three recoveries within the hour are all there are', () => {
    let state: BreakerState = ARMED;
    let nowMs = 0;
    for (const attempt of [1, 2, 3]) {
      state = next(state, { ...mcpTrip, untilMs: nowMs + RECOVERY_PAUSE_MS }, nowMs);
      nowMs += RECOVERY_PAUSE_MS;
      state = next(state, recovery(true), nowMs);
      expect(state).toEqual({ kind: 'armed', recovered: { atMs: nowMs, attempts: attempt } });
    }
    state = next(state, mcpTrip, nowMs + 1);
    expect(state).toMatchObject({ kind: 'tripped', untilMs: null });
  });

  it('forgets relapses after a quiet hour', () => {
    let state = next(ARMED, mcpTrip, 0);
    state = next(state, recovery(true), RECOVERY_PAUSE_MS);
    const later = RECOVERY_PAUSE_MS + RELAPSE_MS;
    state = next(state, { ...mcpTrip, untilMs: later + 1 }, later);
    expect(state).toEqual({ kind: 'tripped', cause: 'mcp_cpu', atMs: later, untilMs: later + 1 });
  });
});

describe('permits', () => {
  const table: [BreakerState, boolean, boolean][] = [
    [ARMED, true, true],
    [tripped, false, false],
    [probing, true, false],
    [halted, false, false],
    [{ ...halted, under: probing }, false, false],
  ];
  it.each(table)('%j: enter %s, mcp %s, exit always', (state, enter, mcp) => {
    expect(permits(state, 'enter')).toBe(enter);
    expect(permits(state, 'mcp')).toBe(mcp);
    expect(permits(state, 'exit')).toBe(true);
  });
});

describe('any order of events', () => {
  /** What an observer knows, told apart from the machine: is somebody holding entries back? */
  function expectation(held: { halt: boolean; trip: boolean }, event: BreakerEvent) {
    if (event.type === 'halt') held.halt = true;
    if (event.type === 'resume') held.halt = false;
    if (event.type === 'trip') held.trip = true;
    if (event.type === 'reset') held.trip = false;
  }

  it('lets no entry through between a trip or halt and its end, and every exit always', () => {
    fc.assert(
      fc.property(breakerEvents, (events) => {
        let state: BreakerState = ARMED;
        const held = { halt: false, trip: false };
        for (const { event, nowMs } of events) {
          const before = state;
          state = next(state, event, nowMs);
          expectation(held, event);
          // Only time that is up, or a measured recovery, ends a trip without a human.
          const over =
            before.kind === 'tripped' && before.untilMs !== null && nowMs >= before.untilMs;
          const timed = event.type === 'tick' || (event.type === 'recovery' && event.ok);
          if (over && timed) held.trip = false;
          expect(permits(state, 'exit')).toBe(true);
          if (held.halt || held.trip) {
            expect(permits(state, 'enter')).toBe(false);
            expect(permits(state, 'mcp')).toBe(false);
          } else {
            expect(permits(state, 'enter')).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('makes tripping twice one trip', () => {
    fc.assert(
      fc.property(breakerEvents, (events) => {
        let state: BreakerState = ARMED;
        for (const { event, nowMs } of events) {
          const once = next(state, event, nowMs);
          if (event.type === 'trip' || event.type === 'halt') {
            expect(next(once, event, nowMs + 1)).toBe(once);
          }
          state = once;
        }
      }),
    );
  });
});

it('says every state in words', () => {
  expect(inWords(ARMED)).toBe('armed');
  expect(inWords(tripped)).toBe('tripped: failure_rate');
  expect(inWords({ ...tripped, detail: '5 of 10' } as BreakerState)).toContain('(5 of 10)');
  expect(inWords(probing)).toContain('probing after failure_rate');
  expect(inWords(halted)).toBe('halted by ann: look');
});
