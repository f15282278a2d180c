import { describe, expect, test } from 'vitest';
import type { BreakerState } from '../../../src/core/breaker.ts';
import {
  chartNumber,
  clockTime,
  count,
  countdown,
  duration,
  milliseconds,
  signedUsdc,
  usdc,
  words,
} from '../../../src/observe/dashboard/format.ts';
import {
  type ChartPoint,
  FIGURES,
  type HistoryState,
} from '../../../src/observe/dashboard/state.ts';
import { CHARTS, extend, rangeOf } from '../../../src/observe/dashboard/timeline.ts';
import { componentName, describeBreaker } from '../../../src/observe/dashboard/wording.ts';

describe('figures', () => {
  test.each([
    [usdc(null), '\u2013'],
    [usdc(12_345_678_900), '12,345.68'],
    [usdc(-1_500_000), '\u22121.50'],
    [usdc(-1), '0.00'],
    [signedUsdc(null), '\u2013'],
    [signedUsdc(2_120_000), '+2.12'],
    [signedUsdc(1), '0.00'],
    [signedUsdc(-2_120_000), '\u22122.12'],
    [count(1234567), '1,234,567'],
    [milliseconds(null), '\u2013'],
    [milliseconds(0.4), '0.40 ms'],
    [milliseconds(12.34), '12.3 ms'],
    [milliseconds(123.4), '123 ms'],
    [milliseconds(1234), '1.23 s'],
    [milliseconds(30_000), '30.0 s'],
    [duration(-5), '0 s'],
    [duration(59_000), '59 s'],
    [duration(61_000), '1 min'],
    [duration(7_200_000), '2 h'],
    [duration(7_500_000), '2 h 5 min'],
    [duration(86_400_000), '1 d'],
    [duration(100_000_000), '1 d 3 h'],
    [countdown(61_000), '1:01 min'],
    [countdown(-1), '0:00 min'],
    [countdown(3_660_000), '1 h 1 min'],
    [words('max_wallet_limit'), 'max wallet limit'],
    [chartNumber(undefined, '%'), '\u2013'],
    [chartNumber(99.95, '%'), '100.0 %'],
    [chartNumber(123.4, 'MB'), '123 MB'],
    [chartNumber(3, 'USDC'), '3.00 USDC'],
    [chartNumber(3, 'ms'), '3.00 ms'],
  ])('%s is %s', (made, wanted) => expect(made).toBe(wanted));

  test('a time of another day has its date', () => {
    const now = new Date(2026, 4, 3, 12).getTime();
    expect(clockTime(now, now)).toBe('12:00:00');
    expect(clockTime(now - 86_400_000, now)).toBe('2 May 12:00:00');
  });
});

describe('the breaker in words', () => {
  const tripped: BreakerState = {
    kind: 'tripped',
    cause: 'daily_loss',
    detail: '100.20 of 100.00',
    atMs: 1,
    untilMs: null,
  };
  test.each<[BreakerState, 'trading' | 'mcp', string, string]>([
    [{ kind: 'armed' }, 'trading', 'healthy', 'Trades pass.'],
    [{ kind: 'armed' }, 'mcp', 'healthy', 'MCP features are on.'],
    [tripped, 'trading', 'critical', '(100.20 of 100.00). Only `pmcp breaker reset` ends'],
    [{ ...tripped, cause: 'mcp_cpu', untilMs: 5 }, 'mcp', 'critical', 'take too much CPU'],
    [{ kind: 'probing', cause: 'failure_rate', sinceMs: 1 }, 'trading', 'degraded', 'One smallest'],
    [{ kind: 'halted', by: 'ann', reason: 'lunch', atMs: 1 }, 'trading', 'critical', 'by ann'],
  ])('%j', (state, latch, status, words) => {
    const described = describeBreaker(latch, state);
    expect(described.status).toBe(status);
    expect(described.explanation).toContain(words);
  });

  test('the time left is told only where there is one', () => {
    expect(describeBreaker('trading', { ...tripped, untilMs: 7 }).untilMs).toBe(7);
    expect(describeBreaker('trading', tripped).untilMs).toBeNull();
  });
});

test('components have names, also one that is new', () => {
  expect(componentName('main_bot')).toBe('Bot');
  expect(componentName('venue_clock')).toBe('Venue clock');
});

describe('the timeline', () => {
  const figures = (value: number | null) =>
    Object.fromEntries(FIGURES.map((name) => [name, value])) as ChartPoint['figures'];
  const point = (atMs: number): ChartPoint => ({ atMs, figures: figures(atMs), mcpBusy: true });
  const history = (at: number[]): HistoryState => ({
    schema: 'pmcp.dashboard-history',
    version: 1,
    span: '15m',
    fromMs: 0,
    toMs: 100,
    stepMs: 5,
    at,
    series: Object.fromEntries(FIGURES.map((name) => [name, at])) as HistoryState['series'],
    mcpBusy: at.map(() => false),
    marks: [],
    comparison: {} as HistoryState['comparison'],
    busyFromPercent: 2,
  });

  test('takes a new point, and lets go what is too old', () => {
    const next = extend(history([5, 50, 100]), point(110), 112);
    expect(next).toMatchObject({ fromMs: 12, toMs: 112, at: [50, 100, 110] });
    expect(next.series.equityUsdc).toEqual([50, 100, 110]);
    expect(next.mcpBusy).toEqual([false, false, true]);
    expect(extend(history([1]), point(300), 300).at).toEqual([300]);
    expect(extend(history([]), point(3), 4).at).toEqual([3]);
  });

  test('takes a point once, and none into sums', () => {
    expect(extend(history([5, 100]), point(100), 101).at).toEqual([5, 100]);
    const hours = { ...history([5]), span: '24h' as const };
    expect(extend(hours, point(110), 112)).toMatchObject({ at: [5], toMs: 112 });
  });

  test('scales begin where the figure says', () => {
    expect(rangeOf('zero', null, null)).toEqual([0, 1]);
    expect(rangeOf('zero', 2, 10)).toEqual([0, 11.5]);
    expect(rangeOf('zero', 0, 0)).toEqual([0, 1]);
    expect(rangeOf('full', null, null)).toEqual([90, 100]);
    expect(rangeOf('full', 42.5, 100)).toEqual([42, 100]);
    const [low, high] = rangeOf('free', 1000, 1000);
    expect(low).toBeLessThan(1000);
    expect(high).toBeGreaterThan(1000);
  });

  test('every chart has its own name, and shows figures that exist', () => {
    expect(new Set(CHARTS.map(({ id }) => id)).size).toBe(CHARTS.length);
    const shown = CHARTS.flatMap(({ series }) => series.map(({ figure }) => figure));
    expect(shown.toSorted()).toEqual(FIGURES.toSorted());
  });
});
