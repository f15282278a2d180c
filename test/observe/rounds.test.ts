import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRounds } from '../../src/observe/rounds.ts';

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    }),
);
afterEach(() => void vi.useRealTimers());

test('a full round every interval, a glance twice a second, and none of them late', () => {
  const seen: string[] = [];
  const rounds = createRounds({
    check: () => seen.push('check'),
    intervalMs: () => 1_200,
    watch: (lateMs) => seen.push(`watch ${lateMs}`),
  });
  rounds.start();
  vi.advanceTimersByTime(1_300);
  expect(seen).toEqual(['check', 'watch 0', 'watch 0', 'check']);
  rounds.stop();
  vi.advanceTimersByTime(5_000);
  expect(seen).toHaveLength(4);
});

test('after a standstill the glance comes first, and says how long it was', () => {
  let heldMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + heldMs);
  const seen: string[] = [];
  const rounds = createRounds({
    check: () => seen.push('check'),
    intervalMs: () => 400,
    watch: (lateMs) => seen.push(`watch ${Math.round(lateMs)}`),
  });
  rounds.start();
  // The clock goes on while no timer of ours runs.
  heldMs = 7_000;
  vi.advanceTimersByTime(500);
  expect(seen).toEqual(['check', 'watch 6900', 'check', 'watch 0']);
  rounds.stop();
});
