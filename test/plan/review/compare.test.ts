import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/bench/random.ts';
import { between } from '../../../src/core/latency-delta.ts';
import { createHistogram } from '../../../src/core/statistics.ts';
import { compare } from '../../../src/plan/review/compare.ts';
import { HOUR_MS, type HourSample } from '../../../src/plan/review/facts.ts';
import { hour, quietWeek, RELEASE_MS } from './input.ts';

const random = createRandom(3);
function latencies(factor: number, orders: number) {
  const histogram = createHistogram();
  for (let i = 0; i < orders; i += 1) histogram.record(factor * (0.4 + 2 * random() ** 2));
  const span = between(undefined, histogram.summary());
  return { feed: span, internal: span, ack: span };
}

const span = (fromHour: number, hours: number, more: (index: number) => Partial<HourSample>) =>
  Array.from({ length: hours }, (_, i) => hour(RELEASE_MS + (fromHour + i) * HOUR_MS, more(i)));
const week2 = (
  before: (i: number) => Partial<HourSample>,
  after: (i: number) => Partial<HourSample>,
  hours = 336,
) => compare(quietWeek(2, { samples: [...span(-hours, hours, before), ...span(0, 336, after)] }));
const row = (rows: ReturnType<typeof compare>, what: string) =>
  rows.find((one) => one.what === what);
const P50 = 'Trading latency in the bot, p50';

describe('before and after', () => {
  test('the same is the same: the interval holds no change, and everything passes', () => {
    const same = (i: number) => ({
      latency: latencies(1, 40),
      botRssBytes: 100e6 + (i % 24) * 1e5,
    });
    const rows = week2(same, same);
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'PASS'));
    const change = row(rows, P50)?.change;
    expect(change?.low).toBeLessThan(1);
    expect(change?.high).toBeGreaterThan(1);
  });
  test('a fifth slower and 150 MB larger fail, and say by how much', () => {
    const rows = week2(
      () => ({ latency: latencies(1, 40) }),
      () => ({ latency: latencies(1.2, 40), botRssBytes: 250e6 }),
    );
    expect(row(rows, P50)).toMatchObject({ status: 'FAIL' });
    expect(row(rows, P50)?.change?.estimate).toBeCloseTo(1.2, 1);
    const memory = row(rows, 'Memory of the bot');
    expect(memory).toMatchObject({ status: 'FAIL', before: 100, after: 250 });
    expect(row(rows, 'CPU of the bot')).toMatchObject({ status: 'PASS' });
  });
  test('a first release has no before: nothing is told and nothing passes', () => {
    const rows = week2(
      () => ({}),
      () => ({ latency: latencies(1, 40) }),
      0,
    );
    expect(rows.every(({ status, change }) => status === 'INCONCLUSIVE' && !change)).toBe(true);
    expect(row(rows, P50)).toMatchObject({
      before: null,
      why: '0 orders on one side; 200 are needed',
    });
    expect(row(rows, 'Memory of the bot')).toMatchObject({
      why: '0 days on one side; 4 are needed',
    });
  });
  test('three days before are too few days', () => {
    const same = () => ({ latency: latencies(1, 40) });
    const rows = week2(same, same, 72);
    expect(row(rows, P50)).toMatchObject({
      status: 'INCONCLUSIVE',
      why: '3 days on one side; 4 are needed',
    });
  });
  test('the hour of the release belongs to neither side', () => {
    const rows = week2(
      () => ({}),
      (i) => ({ botRssBytes: i === 0 ? 9e9 : 100e6 }),
    );
    expect(row(rows, 'Memory of the bot')).toMatchObject({ after: 100 });
  });
});
