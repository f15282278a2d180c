import { describe, expect, test } from 'vitest';
import { gateProblem } from '../../../src/deploy/apply/gate.ts';
import { hardFloor, type Look, pairsOf, parseLook } from '../../../src/deploy/apply/observe.ts';

const good = { verdict: 'healthy', failed: [], unknown: [] };
const found = (failed: string[], unknown: string[] = []) => ({ verdict: 'x', failed, unknown });

describe('the health gate', () => {
  test('nothing may fail; what is degraded is told', () => {
    expect(gateProblem(good, good, false)).toBeUndefined();
    expect(gateProblem(found(['dashboard answers: no']), good, false)).toBe(
      'dashboard answers: no',
    );
    expect(gateProblem(found(['component x: degraded: busy']), good, false)).toBeUndefined();
    expect(gateProblem(found(['component x: critical: dead']), good, false)).toContain('dead');
  });

  test('what could be told before must be told after', () => {
    const unknown = found([], ['alerts: no answer']);
    expect(gateProblem(unknown, good, false)).toBe('alerts: no answer');
    expect(gateProblem(unknown, unknown, false)).toBeUndefined();
    expect(gateProblem(unknown, { problem: 'nothing was installed' }, false)).toBeDefined();
  });

  test('the first orders of a new bot do not decide, nor those that were slow before', () => {
    const slow = found(['trading latency below 100 ms: p99 700 ms']);
    expect(gateProblem(slow, good, false)).toBeDefined();
    expect(gateProblem(slow, good, true)).toBeUndefined();
    expect(gateProblem(slow, slow, false)).toBeUndefined();
    expect(gateProblem(found([], ['trading latency: none']), good, false)).toBeUndefined();
  });
});

describe('a look at the new release', () => {
  const look: Look = {
    requests: { count: 30, errors: 0 },
    firstError: null,
    toolCalls: { count: 5, errors: 1 },
    orders: { count: 100, errors: 2 },
    bot: { startedAtMs: 1 },
    health: { status: 'healthy', withinLimits: true },
  };

  test.each([
    [{}, undefined],
    [{ bot: null }, 'the bot does not answer'],
    [{ health: null, firstError: 'refused' }, 'health does not answer: refused'],
    [{ health: { status: 'critical', withinLimits: true } }, 'health is critical'],
    [{ health: { status: 'healthy', withinLimits: false } }, 'beyond its limits'],
  ] as const)('%j', (different, expected) => {
    const floor = hardFloor({ ...look, ...different });
    if (expected === undefined) expect(floor).toBeUndefined();
    else expect(floor).toContain(expected);
  });

  test('orders count from the switch on, unless the bot is new', () => {
    const later = { ...look, orders: { count: 150, errors: 3 } };
    const requests = { count: 300, errors: 0 };
    const of = (last: Look) =>
      pairsOf(look, [last], requests).find(({ name }) => name === 'orders');
    expect(of(later)?.after).toEqual({ count: 50, errors: 1 });
    expect(of({ ...later, bot: { startedAtMs: 2 } })?.after).toEqual(later.orders);
    expect(of({ ...later, orders: null })?.after).toBeUndefined();
  });

  test('without a release before it, the new one is held against one that never fails', () => {
    const requests = { count: 300, errors: 7 };
    expect(pairsOf(undefined, [look], requests)).toEqual([
      { name: 'requests', before: { count: 300, errors: 0 }, after: requests },
    ]);
  });

  test('another document is no look', () => {
    expect(parseLook({ schema: 'pmcp.error' })).toBeUndefined();
    expect(parseLook(undefined)).toBeUndefined();
  });
});
