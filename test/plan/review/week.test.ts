import { describe, expect, test } from 'vitest';
import { InconclusiveError } from '../../../src/errors.ts';
import { DAY_MS, HOUR_MS, WEEK_MS } from '../../../src/plan/review/facts.ts';
import { chooseWeek, coverageOf, releasesOf } from '../../../src/plan/review/week.ts';
import { hour, quietWeek, RELEASE_MS } from './input.ts';

const deploy = (atMs: number, detail: string) => ({ atMs, kind: 'deploy', detail });
const later = RELEASE_MS + 20 * DAY_MS;
const releases = releasesOf([
  deploy(RELEASE_MS, 'release r1'),
  { atMs: RELEASE_MS + 1, kind: 'restart', detail: 'bot started' },
  deploy(later, 'deploy of r2 (by ops)'),
  deploy(later + 60_000, 'release r2'),
]);

test('the deploy and the start that follows it are one release', () => {
  expect(releases).toEqual([
    { atMs: RELEASE_MS, words: 'release r1' },
    { atMs: later, words: 'release r2' },
  ]);
});

describe('which week', () => {
  const nowMs = RELEASE_MS + 34.5 * DAY_MS;
  test.each([
    [1, 'release r2', later],
    [3, 'release r2', later + 14 * DAY_MS],
    [4, 'release r1', RELEASE_MS + 21 * DAY_MS],
    ['last', 'release r2', later + 7 * DAY_MS],
  ] as const)('%s is of %s', (wanted, words, fromMs) => {
    const { release, week } = chooseWeek(releases, wanted, nowMs);
    expect([release.words, week.fromMs, week.toMs]).toEqual([words, fromMs, fromMs + WEEK_MS]);
  });
  test('a week that has not begun cannot be told, nor one of no release', () => {
    expect(() => chooseWeek(releases, 6, nowMs)).toThrow(/week 6 begins at 2026-05-11 00:00 UTC/);
    expect(() => chooseWeek(releases, 'last', later + DAY_MS)).toThrow(/week 1 of the newest/);
    expect(() => chooseWeek([], 1, nowMs)).toThrow(InconclusiveError);
    expect(() => chooseWeek(releases, 1, RELEASE_MS - 1)).toThrow(/no release is known/);
  });
});

describe('whether there is enough', () => {
  const { samples, week, nowMs } = quietWeek(1);
  test('all of it', () => {
    expect(coverageOf(samples, week, nowMs)).toEqual({ hours: 168, of: 168, partial: undefined });
  });
  test('a week that is not over, and one with holes, are partial', () => {
    const { partial } = coverageOf(samples.slice(0, 100), week, RELEASE_MS + 100 * HOUR_MS);
    expect(partial).toBe('it has 2.8 days to go');
    expect(coverageOf(samples.slice(0, 60), week, nowMs).partial).toBe(
      'history has 60 of its 168 hours',
    );
  });
  test('less than a day says nothing; hours of other weeks do not count', () => {
    const elsewhere = Array.from({ length: 50 }, (_, i) => hour(week.toMs + i * HOUR_MS));
    expect(() => coverageOf([...samples.slice(0, 23), ...elsewhere], week, nowMs)).toThrow(
      /history has 23 hours of it, and 24 are needed/,
    );
  });
});
