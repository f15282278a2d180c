import { expect, it } from 'vitest';
import { createMarks } from '../../src/core/marks.ts';
import { book } from './support.ts';

it('marks are the best bid, survive a vanished book, and are dropped on request', () => {
  const marks = createMarks();
  expect(marks.markOf('a')).toBeUndefined();
  marks.update('a', book());
  expect(marks.markOf('a')).toBe(490_000);
  marks.update('a', book({ bids: [] }));
  marks.update('a', undefined);
  expect(marks.markOf('a')).toBe(490_000);
  marks.set('b', 1_000_000);
  marks.retain(new Set(['b']));
  expect(marks.markOf('a')).toBeUndefined();
  expect(marks.markOf('b')).toBe(1_000_000);
});
