import { expect, it } from 'vitest';
import { ACTIVITY_KEPT, createActivityLog } from '../../src/exchange/activity.ts';
import type { ActivityRow } from '../../src/exchange/engine.ts';

const row = (sequence: number, wallet: string) =>
  ({ sequence, wallet, timestampMs: 0 }) as ActivityRow;

it('forgets the oldest rows of actors, never those of accounts', () => {
  const log = createActivityLog();
  const keep = (wallet: string) => wallet === 'me';
  const total = ACTIVITY_KEPT + 10_100;
  for (let n = 1; n <= total; n++) log.append(row(n, n % 1_000 === 0 ? 'me' : 'crowd'));
  expect(log.unsaved()).toHaveLength(total);
  log.saved();
  expect(log.unsaved()).toEqual([]);
  expect(log.prune(keep)).toBe(total - ACTIVITY_KEPT + 1);
  expect(log.list(undefined, {})).toHaveLength(ACTIVITY_KEPT + 10);
  expect(log.of('me')).toHaveLength(Math.floor(total / 1_000));
  expect(log.prune(keep)).toBeUndefined();
});

it('does not look at rows that stay again and again', () => {
  const log = createActivityLog();
  let looks = 0;
  const keep = () => {
    looks += 1;
    return true;
  };
  const total = 4 * ACTIVITY_KEPT;
  for (let n = 1; n <= total; n++) {
    log.append(row(n, 'me'));
    if (n % 100 === 0) log.prune(keep);
  }
  expect(log.of('me')).toHaveLength(total);
  expect(looks).toBeLessThan(3 * total);
});
