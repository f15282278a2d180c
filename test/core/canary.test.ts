import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CanaryRule, judgeCanary, type Pair, type Tally } from '../../src/core/canary.ts';

const rule: CanaryRule = { relativeRise: 0.1, floor: 0.02, minimumCount: 200 };
const of = (errors: number, count: number): Tally => ({ errors, count });
const pair = (before: Tally | undefined, after: Tally | undefined): Pair => ({
  name: 'requests',
  before,
  after,
});
const judge = (before: Tally | undefined, after: Tally | undefined, by = rule) =>
  judgeCanary([pair(before, after)], by);

const tally = fc
  .tuple(fc.integer({ min: 0, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([count, share]): Tally => of(Math.round(share * count), count));

describe('the verdict on error rates', () => {
  test.each([
    ['no error on either side', of(0, 300), of(0, 300), 'pass'],
    ['one error where there was none', of(0, 300), of(1, 300), 'pass'],
    ['every tenth request fails', of(0, 300), of(30, 300), 'fail'],
    ['as bad as before', of(90, 300), of(90, 300), 'inconclusive'],
    ['as bad as before, over a long time', of(90_000, 300_000), of(90_000, 300_000), 'pass'],
    ['a rise within the noise', of(10, 300), of(18, 300), 'inconclusive'],
    ['better than before', of(60, 300), of(0, 300), 'pass'],
  ] as const)('%s', (_, before, after, expected) => {
    expect(judge(before, after).verdict).toBe(expected);
  });

  test.each([
    ['nothing was counted before', undefined, of(0, 300), 'not counted before the switch'],
    ['nothing was counted after', of(0, 300), undefined, 'not counted after the switch'],
    ['too few', of(0, 300), of(0, 199), 'only 199 after the switch, 200 are needed'],
    ['a counter that ran backwards', of(0, 300), of(-1, 300), 'not counted after the switch'],
    ['not a number', of(0, Number.NaN), of(0, 300), 'not counted before the switch'],
  ] as const)('%s is inconclusive', (_, before, after, why) => {
    expect(judge(before, after)).toMatchObject({ verdict: 'inconclusive', pairs: [{ why }] });
  });

  test('no pair at all is inconclusive', () => {
    expect(judgeCanary([], rule).verdict).toBe('inconclusive');
  });

  test('rare work does not hold up what could be judged, but a regression in it does', () => {
    const good = pair(of(0, 300), of(0, 300));
    const rare: Pair = { ...pair(of(0, 3), of(0, 2)), name: 'orders', optional: true };
    expect(judgeCanary([good, rare], rule).verdict).toBe('pass');
    expect(judgeCanary([rare], rule).verdict).toBe('inconclusive');
    const worse: Pair = { ...pair(of(0, 400), of(80, 400)), optional: true };
    expect(judgeCanary([good, worse], rule).verdict).toBe('fail');
  });
});

describe('for all counts', () => {
  test('a verdict that rolls back has all four reasons', () => {
    fc.assert(
      fc.property(tally, tally, (before, after) => {
        const { verdict, pairs } = judge(before, after);
        if (verdict !== 'fail') return;
        const [{ beforeRate, afterRate, interval } = {}] = pairs;
        const rise = (afterRate ?? 0) - (beforeRate ?? 0);
        expect(rise).toBeGreaterThanOrEqual(rule.floor);
        expect(rise).toBeGreaterThan(rule.relativeRise * (beforeRate ?? 0));
        expect(Math.min(before.count, after.count)).toBeGreaterThanOrEqual(rule.minimumCount);
        expect(interval?.low).toBeGreaterThan(0);
      }),
    );
  });

  test('nothing passes that failed markedly more often', () => {
    fc.assert(
      fc.property(tally, tally, (before, after) => {
        const margin = Math.max(rule.floor, (rule.relativeRise * before.errors) / before.count);
        fc.pre(after.errors / after.count - before.errors / before.count > margin);
        expect(judge(before, after).verdict).not.toBe('pass');
      }),
    );
  });

  test('the interval holds the difference, and more failures never improve the verdict', () => {
    const rank = { pass: 0, inconclusive: 1, fail: 2 };
    fc.assert(
      fc.property(tally, tally, fc.nat(100), (before, after, more) => {
        const first = judge(before, after);
        const [{ interval, beforeRate, afterRate } = {}] = first.pairs;
        if (interval && beforeRate != null && afterRate != null) {
          expect(interval.low).toBeLessThanOrEqual(afterRate - beforeRate + 1e-9);
          expect(interval.high).toBeGreaterThanOrEqual(afterRate - beforeRate - 1e-9);
        }
        const worse = of(Math.min(after.count, after.errors + more), after.count);
        expect(rank[judge(before, worse).verdict]).toBeGreaterThanOrEqual(rank[first.verdict]);
      }),
    );
  });
});
