import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_ENGINE,
  type EngineState,
  type Entry,
  type Look,
  look,
} from '../../../src/core/alerts/engine.ts';
import type { AlertRule, Answer } from '../../../src/core/alerts/facts.ts';

const MINUTE = 60_000;
const settings = { windowMs: 10 * MINUTE, cooldownMs: 5 * MINUTE, escalateAfterMs: 30 * MINUTE };
const base = { meaning: '', todo: 'act', sent: true, urgent: false, check: () => undefined };
const parent: AlertRule = {
  ...base,
  key: 'bot.down',
  title: 'Down',
  severity: 'critical',
  parents: [],
  holdMs: 0,
};
const child: AlertRule = {
  ...base,
  key: 'bot.child',
  title: 'Child',
  severity: 'critical',
  parents: ['bot.down'],
  holdMs: 0,
};
const slow: AlertRule = {
  ...base,
  key: 'bot.slow',
  title: 'Slow',
  severity: 'warning',
  parents: [],
  holdMs: 2 * MINUTE,
};
const rules = [parent, child, slow];

const warning: Answer = { severity: 'warning', detail: 'so so' };
const critical: Answer = { severity: 'critical', detail: 'bad' };

/** Plays answers against the engine, a look at a time. */
function player(silenced: (key: string, nowMs: number) => boolean = () => false) {
  let state: EngineState = EMPTY_ENGINE;
  let ids = 0;
  const results: string[] = [];
  return {
    results,
    state: () => state,
    acknowledge(key: string) {
      const alert = state.alerts.get(key);
      if (!alert) throw new Error(`no ${key}`);
      const acknowledged = { by: 'ann', atMs: 0, falsePositive: false };
      state = { ...state, alerts: new Map(state.alerts).set(key, { ...alert, acknowledged }) };
    },
    at(nowMs: number, answers: Record<string, Answer>): Entry[] {
      const input: Look = {
        rules,
        answers: new Map(rules.map(({ key }) => [key, answers[key]])),
        nowMs,
        settings,
        isSilenced: ({ key }) => silenced(key, nowMs),
        newId: () => `a${++ids}`,
      };
      const looked = look(state, input);
      state = looked.state;
      results.push(...looked.counts.map(({ result }) => result));
      return looked.entries;
    },
  };
}
const kinds = (entries: Entry[]) => entries.map(({ kind, alert }) => `${kind} ${alert.key}`);

describe('what is told', () => {
  it('once when it opens, nothing while it lasts, once when it is over', () => {
    const play = player();
    expect(kinds(play.at(0, { 'bot.down': critical }))).toEqual(['raised bot.down']);
    expect(play.at(MINUTE, { 'bot.down': critical })).toEqual([]);
    expect(kinds(play.at(2 * MINUTE, {}))).toEqual(['resolved bot.down']);
    expect(play.at(3 * MINUTE, {})).toEqual([]);
  });

  it('a condition that must hold first is told when it has', () => {
    const play = player();
    expect(play.at(0, { 'bot.slow': warning })).toEqual([]);
    expect(play.at(MINUTE, { 'bot.slow': warning })).toEqual([]);
    expect(kinds(play.at(2 * MINUTE, { 'bot.slow': warning }))).toEqual(['raised bot.slow']);
    play.at(3 * MINUTE, {});
    expect(play.at(4 * MINUTE, { 'bot.slow': warning })).toEqual([]);
  });

  it('what gets worse, at once, though it was acknowledged', () => {
    const play = player();
    play.at(0, { 'bot.child': warning });
    play.acknowledge('bot.child');
    expect(kinds(play.at(1000, { 'bot.child': critical }))).toEqual(['worsened bot.child']);
    expect(play.at(2000, { 'bot.child': warning })).toEqual([]);
  });

  it('under one title from its beginning to its end', () => {
    const play = player();
    const hangs: Answer = { severity: 'critical', detail: 'silent', title: 'Hangs' };
    play.at(0, { 'bot.down': critical });
    play.at(1000, { 'bot.down': hangs });
    expect(play.at(2000, {})).toMatchObject([{ alert: { title: 'Down', detail: 'silent' } }]);
  });

  it('several in one look, in the order of the rules', () => {
    const play = player();
    play.at(0, { 'bot.slow': warning });
    const entries = play.at(2 * MINUTE, { 'bot.slow': warning, 'bot.child': warning });
    expect(kinds(entries)).toEqual(['raised bot.child', 'raised bot.slow']);
  });
});

describe('what comes back', () => {
  it('a warning waits for the duplicate window, and is the same alert', () => {
    const play = player();
    const [first] = play.at(0, { 'bot.child': warning });
    play.at(MINUTE, {});
    expect(play.at(2 * MINUTE, { 'bot.child': warning })).toEqual([]);
    expect(play.at(9 * MINUTE, { 'bot.child': warning })).toEqual([]);
    const [again] = play.at(10 * MINUTE, { 'bot.child': warning });
    expect(again).toMatchObject({ kind: 'raised', alert: { id: first?.alert.id } });
    expect(play.results.filter((one) => one === 'duplicate')).toHaveLength(1);
  });

  it('a critical alert whose end was told waits for the cooldown only', () => {
    const play = player();
    play.at(0, { 'bot.down': critical });
    play.at(MINUTE, {});
    expect(play.at(4 * MINUTE, { 'bot.down': critical })).toEqual([]);
    expect(kinds(play.at(5 * MINUTE, { 'bot.down': critical }))).toEqual(['raised bot.down']);
  });

  it('after the window it is a new alert', () => {
    const play = player();
    const [first] = play.at(0, { 'bot.child': warning });
    play.at(MINUTE, {});
    const [second] = play.at(11 * MINUTE, { 'bot.child': warning });
    expect(second?.kind).toBe('raised');
    expect(second?.alert.id).not.toBe(first?.alert.id);
  });

  it('what was acknowledged stays so, and a new alert is opened', () => {
    const play = player();
    play.at(0, { 'bot.child': warning });
    play.acknowledge('bot.child');
    play.at(MINUTE, {});
    play.at(2 * MINUTE, { 'bot.child': warning });
    expect(play.state().alerts.get('bot.child')).toMatchObject({ id: 'a2', acknowledged: null });
  });

  it('what came and went untold is told of once, when the window is over', () => {
    const play = player();
    play.at(0, { 'bot.down': critical });
    play.at(MINUTE, {});
    play.at(2 * MINUTE, { 'bot.down': critical });
    expect(play.at(3 * MINUTE, {})).toEqual([]);
    expect(kinds(play.at(10 * MINUTE, {}))).toEqual(['flapped bot.down']);
    expect(play.at(11 * MINUTE, {})).toEqual([]);
  });
});

describe('parents', () => {
  it('hide the creation of a child, which is told when the parent is over', () => {
    const play = player();
    expect(kinds(play.at(0, { 'bot.down': critical, 'bot.child': warning }))).toEqual([
      'raised bot.down',
    ]);
    expect(kinds(play.at(1000, { 'bot.child': warning }))).toEqual([
      'resolved bot.down',
      'raised bot.child',
    ]);
    expect(play.results).toContain('suppressed');
  });

  it('never hide the resolution of a child', () => {
    const play = player();
    play.at(0, { 'bot.child': warning });
    play.at(1000, { 'bot.down': critical, 'bot.child': 'unknown' });
    expect(kinds(play.at(2000, { 'bot.down': critical }))).toEqual(['resolved bot.child']);
  });
});

describe('silence', () => {
  it('delays the telling to its end', () => {
    const play = player((_, nowMs) => nowMs < MINUTE);
    expect(play.at(0, { 'bot.down': critical })).toEqual([]);
    expect(play.results).toEqual(['silenced']);
    expect(kinds(play.at(MINUTE, { 'bot.down': critical }))).toEqual(['raised bot.down']);
  });

  it('of what is over before, nothing is told', () => {
    const play = player((_, nowMs) => nowMs < MINUTE);
    play.at(0, { 'bot.down': critical });
    expect(play.at(1000, {})).toEqual([]);
    expect(play.at(2 * MINUTE, {})).toEqual([]);
  });
});

describe('escalation', () => {
  it('makes a warning critical once, when nobody acknowledged it for half an hour', () => {
    const play = player();
    play.at(0, { 'bot.child': warning });
    expect(play.at(29 * MINUTE, { 'bot.child': warning })).toEqual([]);
    const [entry] = play.at(30 * MINUTE, { 'bot.child': warning });
    expect(entry).toMatchObject({ kind: 'escalated', alert: { severity: 'critical' } });
    expect(play.at(61 * MINUTE, { 'bot.child': warning })).toEqual([]);
  });

  it('leaves what was acknowledged alone', () => {
    const play = player();
    play.at(0, { 'bot.child': warning });
    play.acknowledge('bot.child');
    expect(play.at(31 * MINUTE, { 'bot.child': warning })).toEqual([]);
  });
});

it('what is not sent is listed all the same', () => {
  const quiet = { ...parent, sent: false };
  const looked = look(EMPTY_ENGINE, {
    rules: [quiet],
    answers: new Map([['bot.down', critical]]),
    nowMs: 0,
    settings,
    isSilenced: () => false,
    newId: () => 'a1',
  });
  expect(looked.entries).toEqual([]);
  expect(looked.changed).toMatchObject([{ id: 'a1', resolvedAtMs: null, told: null }]);
});

const answer = fc.constantFrom<Answer>(undefined, undefined, 'unknown', warning, critical);
const script = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 1, max: 8 * MINUTE }),
    answers: fc.record({ 'bot.down': answer, 'bot.child': answer, 'bot.slow': answer }),
    isSilent: fc.boolean(),
    acknowledges: fc.constantFrom(undefined, undefined, 'bot.down', 'bot.child'),
  }),
  { maxLength: 60 },
);
const OPENING = new Set(['raised', 'worsened', 'escalated']);

describe('whatever happens', () => {
  it('the reader is told neither too often nor what is not so', () => {
    fc.assert(
      fc.property(script, (steps) => {
        let isSilent = false;
        const play = player(() => isSilent);
        const known = new Map<string, { atMs: number; severity: string; open: boolean }>();
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step.waitMs;
          isSilent = step.isSilent;
          const { acknowledges } = step;
          const acked = acknowledges && play.state().alerts.get(acknowledges);
          if (acked?.resolvedAtMs === null) play.acknowledge(acked.key);
          const open = new Map([...play.state().alerts].map(([key, one]) => [key, one]));
          for (const { kind, alert } of play.at(nowMs, step.answers)) {
            const before = known.get(alert.key);
            const found = step.answers[alert.key as keyof typeof step.answers];
            if (OPENING.has(kind)) {
              expect(isSilent).toBe(false);
              expect(found).toBeTypeOf('object');
              if (alert.key === 'bot.child') {
                expect(step.answers['bot.down'] ?? 'unknown').toBe('unknown');
              }
              if (before && kind === 'raised' && before.severity === alert.severity) {
                expect(before.open).toBe(false);
                expect(nowMs - before.atMs).toBeGreaterThanOrEqual(settings.cooldownMs);
              }
              known.set(alert.key, { atMs: nowMs, severity: alert.severity, open: true });
            } else if (kind === 'resolved') {
              expect(before?.open).toBe(true);
              expect(found).toBeUndefined();
              if (before) before.open = false;
            }
          }
          for (const [key, alert] of play.state().alerts) {
            const previous = open.get(key);
            const wasOpen = previous?.resolvedAtMs === null;
            // What cannot be told opens and closes nothing.
            if (step.answers[key as 'bot.down'] === 'unknown') expect(alert).toBe(previous);
            if (wasOpen && alert.id !== previous?.id) throw new Error('an open alert was replaced');
          }
        }
      }),
    );
  });

  it('what lasts is told in the end', () => {
    fc.assert(
      fc.property(script, fc.constantFrom(warning, critical), (steps, last) => {
        const play = player();
        let nowMs = 0;
        for (const { waitMs, answers } of steps) {
          nowMs += waitMs;
          play.at(nowMs, answers);
        }
        for (let i = 0; i < 12; i++) {
          nowMs += 2 * MINUTE;
          play.at(nowMs, { 'bot.slow': last });
        }
        const alert = play.state().alerts.get('bot.slow');
        expect(alert?.told).toMatchObject({ overAtMs: null });
      }),
    );
  });
});
