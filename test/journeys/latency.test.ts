import { expect, test } from 'vitest';
import { EMPTY_SPAN, type LatencySpan } from '../../src/core/latency-delta.ts';
import { LATENCY_BOUNDS_S } from '../../src/core/status.ts';
import { type Pair, slowedDown } from './latency.ts';

/** A histogram of these latencies. */
function spanOf(latenciesMs: readonly number[]): LatencySpan {
  const counts = [...EMPTY_SPAN.counts];
  for (const ms of latenciesMs) {
    const found = LATENCY_BOUNDS_S.findIndex((bound) => ms / 1000 <= bound);
    const index = found < 0 ? LATENCY_BOUNDS_S.length : found;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return { counts, sumSeconds: latenciesMs.reduce((sum, ms) => sum + ms / 1000, 0) };
}

/** Latencies as a busy machine has them: most are short, some are not. */
const usual = (seed: number) =>
  Array.from({ length: 40 }, (_, index) => 1 + ((index * 7 + seed) % 13) + (index === 5 ? 80 : 0));

const pairs = (change: (ms: number, index: number) => number): Pair[] =>
  [1, 2, 3, 4].map((seed) => ({
    quiet: spanOf(usual(seed)),
    loaded: spanOf(usual(seed + 3).map(change)),
  }));

test('an unchanged distribution is no slowdown, nor is one busy moment of the machine', () => {
  expect(slowedDown(pairs((ms) => ms))).toBeUndefined();
  const [first, ...others] = pairs((ms) => ms);
  const busy = { quiet: first?.quiet ?? EMPTY_SPAN, loaded: spanOf(Array(3).fill(300)) };
  expect(slowedDown([busy, ...others])).toBeUndefined();
});

test('a bot that is blocked for 50 ms is one, also when it is only now and then', () => {
  expect(slowedDown(pairs((ms) => ms + 50))).toMatch(/median rose by \d/);
  expect(slowedDown(pairs((ms, index) => (index % 5 === 0 ? ms + 50 : ms)))).toMatch(
    /slow decisions/,
  );
});

test('too little to compare is not called unchanged', () => {
  expect(slowedDown([])).toBe('only 0 and 0 decisions were measured');
  const few = { quiet: spanOf([1, 2]), loaded: spanOf(usual(1)) };
  expect(slowedDown([few])).toMatch(/only 2 and 40/);
});
