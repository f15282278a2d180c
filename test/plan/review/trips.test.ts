import { expect, test } from 'vitest';
import { HOUR_MS } from '../../../src/plan/review/facts.ts';
import { patternsOf, tripsOf } from '../../../src/plan/review/trips.ts';
import { RELEASE_MS, trip } from './input.ts';

test('a trip has its cause, how long it lasted, and how soon it came after arming', () => {
  const marks = [
    ...trip(RELEASE_MS, 'daily_loss', 2 * HOUR_MS),
    ...trip(RELEASE_MS + 2.5 * HOUR_MS, 'failure_rate', HOUR_MS),
    {
      atMs: RELEASE_MS + 9 * HOUR_MS,
      kind: 'halt',
      detail: 'trading: armed to halted (lunch, by ops)',
    },
    {
      atMs: RELEASE_MS + 10 * HOUR_MS,
      kind: 'breaker',
      detail: 'mcp: armed to tripped (gone, by pmcp)',
    },
    { atMs: RELEASE_MS + 11 * HOUR_MS, kind: 'breaker', detail: 'words of another program' },
    { atMs: RELEASE_MS, kind: 'deploy', detail: 'trading: armed to tripped (daily_loss, by x)' },
  ];
  const trips = tripsOf(marks);
  expect(trips).toMatchObject([
    {
      latch: 'trading',
      cause: 'daily_loss',
      lastedMs: 2 * HOUR_MS,
      sinceArmedMs: null,
      by: 'pmcp',
    },
    { latch: 'trading', cause: 'failure_rate', lastedMs: HOUR_MS, sinceArmedMs: HOUR_MS / 2 },
    { latch: 'mcp', cause: 'unknown', lastedMs: null, sinceArmedMs: null },
  ]);
  expect(patternsOf(trips)).toMatchObject([
    { cause: 'daily_loss', count: 1, relapses: 0, lostMs: 2 * HOUR_MS },
    { cause: 'failure_rate', count: 1, relapses: 1, hour: 2, inHour: 1 },
    { cause: 'unknown', count: 1, lostMs: 0 },
  ]);
});
