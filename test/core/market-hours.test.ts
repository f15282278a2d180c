import { expect, test } from 'vitest';
import { heldUntil } from '../../src/core/market-hours.ts';

const at = (hour: number) => Date.UTC(2026, 5, 1, hour, 30);
const end = (day: number, hour: number) => Date.UTC(2026, 5, day, hour);

test.each([
  [9, 16, 8, undefined],
  [9, 16, 9, end(1, 16)],
  [9, 16, 15, end(1, 16)],
  [9, 16, 16, undefined],
  [22, 6, 23, end(2, 6)],
  [22, 6, 3, end(1, 6)],
  [22, 6, 12, undefined],
  [5, 5, 5, undefined],
])('from %i to %i, at %i:30', (start, to, hour, until) => {
  expect(heldUntil({ enabled: true, start, end: to }, at(hour))).toBe(until);
  expect(heldUntil({ enabled: false, start, end: to }, at(hour))).toBeUndefined();
});
