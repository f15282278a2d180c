import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  intervalFactor,
  type Load,
  NOTHING_SHED,
  SAMPLES_TO_RECOVER,
  SAMPLES_TO_SHED,
  type ShedState,
  shed,
  shedWords,
} from '../../src/core/shedding.ts';

const budget = { cpuPercent: 1, memoryMb: 100 };
const load = (cpuPercent: number | null, addedMemoryMb = 30): Load => ({
  cpuPercent,
  addedMemoryMb,
});
const after = (state: ShedState, ...loads: Load[]) =>
  loads.reduce((now, one) => shed(now, one, budget), state);
const times = (count: number, one: Load) => Array<Load>(count).fill(one);

test('one or two samples above the budget shed nothing, the third does', () => {
  const twice = after(NOTHING_SHED, load(2), load(2));
  expect(twice.level).toBe(0);
  expect(after(twice, load(2)).level).toBe(1);
  expect(after(twice, load(0.9), load(2), load(2)).level).toBe(0);
});

test('memory counts as CPU does', () => {
  expect(after(NOTHING_SHED, ...times(3, load(0, 101))).level).toBe(1);
  expect(after(NOTHING_SHED, ...times(3, load(0, 100))).level).toBe(0);
});

test('what is not measured changes nothing', () => {
  const twice = after(NOTHING_SHED, load(2), load(2));
  expect(after(twice, load(null, 500))).toBe(twice);
});

test('three steps, and no fourth', () => {
  const levels = [3, 6, 9, 30].map((n) => after(NOTHING_SHED, ...times(n, load(9))).level);
  expect(levels).toEqual([1, 2, 3, 3]);
  expect([0, 1, 2, 3].map((level) => intervalFactor(level as 0 | 1 | 2 | 3))).toEqual([1, 2, 4, 4]);
  expect(shedWords(0)).toBe('');
  expect(shedWords(1)).toBe('checks run 2 times less often');
  expect(shedWords(3)).toContain('history and live pages are paused');
});

test('recovers a step at a time, and not between 80 % and 100 % of the budget', () => {
  const shedTwice = after(NOTHING_SHED, ...times(6, load(2)));
  expect(after(shedTwice, ...times(50, load(0.9))).level).toBe(2);
  expect(after(shedTwice, ...times(SAMPLES_TO_RECOVER - 1, load(0.5))).level).toBe(2);
  expect(after(shedTwice, ...times(SAMPLES_TO_RECOVER, load(0.5))).level).toBe(1);
  expect(after(shedTwice, ...times(2 * SAMPLES_TO_RECOVER, load(0.5))).level).toBe(0);
});

test('a recovery that proved too early makes the next one wait twice as long', () => {
  const once = after(NOTHING_SHED, ...times(3, load(2)), ...times(5, load(0.5)));
  const relapsed = after(once, ...times(3, load(2)));
  expect(relapsed).toMatchObject({ level: 1, patience: 2 * SAMPLES_TO_RECOVER });
  expect(after(relapsed, ...times(9, load(0.5))).level).toBe(1);
  const recovered = after(relapsed, ...times(10, load(0.5)));
  expect(recovered.level).toBe(0);
  // Long after, the patience is the usual one again.
  expect(after(recovered, ...times(30, load(0.5))).patience).toBe(SAMPLES_TO_RECOVER);
  let state = NOTHING_SHED;
  for (let i = 0; i < 20; i += 1) {
    state = after(state, ...times(3, load(2)), ...times(state.patience, load(0.5)));
  }
  expect(state.patience).toBeLessThanOrEqual(80);
});

test('whatever is measured: a step needs its three samples, and moves by one', () => {
  const measured = fc.record({
    cpuPercent: fc.option(fc.double({ min: 0, max: 5, noNaN: true })),
    addedMemoryMb: fc.double({ min: 0, max: 300, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(measured, { maxLength: 60 }), (loads) => {
      let state = NOTHING_SHED;
      let sinceShed = SAMPLES_TO_SHED;
      for (const one of loads) {
        const next = shed(state, one, budget);
        sinceShed += 1;
        expect(Math.abs(next.level - state.level)).toBeLessThanOrEqual(1);
        if (next.level > state.level) {
          expect(sinceShed).toBeGreaterThanOrEqual(SAMPLES_TO_SHED);
          sinceShed = 0;
        }
        state = next;
      }
    }),
  );
});
