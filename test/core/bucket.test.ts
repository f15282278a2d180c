import { expect, test } from 'vitest';
import { createBucket } from '../../src/core/bucket.ts';

test('lets a burst through, then a steady rate, and saves no more than a burst', () => {
  const bucket = createBucket(3, 2);
  const taken = (nowMs: number, tries: number) =>
    Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
  expect(taken(0, 10)).toBe(3);
  expect(taken(400, 10)).toBe(0);
  expect(taken(1000, 10)).toBe(2);
  expect(taken(100_000, 10)).toBe(3);
  // A clock that goes back gives nothing.
  expect(taken(50_000, 10)).toBe(0);
});
