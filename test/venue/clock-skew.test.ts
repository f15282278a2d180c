import { expect, test } from 'vitest';
import { createSkewMeter } from '../../src/venue/clock-skew.ts';

/** A call that lasts 40 ms from `startMs`, answered with `text`. */
function meter(startMs: number, text: string | Error) {
  let nowMs = startMs;
  const answer = { status: 200, text: String(text), retryAfterMs: undefined };
  const send = async () => {
    nowMs += 40;
    if (text instanceof Error) throw text;
    return answer;
  };
  return createSkewMeter({ send }, () => nowMs);
}

test.each([
  ['within the second that the venue names', 1_700_000_000_500, 0],
  ['just before it, as the call takes time', 1_699_999_999_970, 0],
  ['ahead', 1_700_000_003_999, 3000],
  ['behind', 1_699_999_996_960, -3000],
])('a clock %s', async (_, startMs, expected) => {
  const skew = meter(startMs, '1700000000\n');
  expect(skew.skewMs()).toBeNull();
  await skew.measure();
  expect(skew.skewMs()).toBe(expected);
});

test.each([[''], ['soon'], [new Error('unreachable')]])('%s is no answer', async (text) => {
  const skew = meter(1_700_000_000_000, text);
  await skew.measure();
  expect(skew.skewMs()).toBeNull();
});
