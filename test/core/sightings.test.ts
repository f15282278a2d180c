import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompleteness } from '../../src/core/completeness.ts';
import { contentKey, fillId } from '../../src/core/identity.ts';
import { createSightings } from '../../src/core/sightings.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import { NOW, row } from './support.ts';

const page = (...rows: Partial<TargetRow>[]) =>
  rows.map((over) => row({ source: 'data_api', ...over }));
const ordinals = (fills: readonly { ordinal: number }[]) => fills.map(({ ordinal }) => ordinal);

describe('identity', () => {
  it('is everything but source, times and names', () => {
    const key = contentKey(row());
    expect(contentKey(row({ source: 'data_api', tradedAtMs: 1, seenAtMs: 2, title: '' }))).toBe(
      key,
    );
    const others: Partial<TargetRow>[] = [
      { wallet: '0x22' },
      { transactionHash: '0xff' },
      { tokenId: '5' },
      { side: 'SELL' },
      { sizeMicro: 1 },
      { priceMicro: 1 },
    ];
    for (const over of others) expect(contentKey(row(over))).not.toBe(key);
  });

  it('has a short name, bounded for the largest row', () => {
    expect(fillId(row(), 1)).toBe('abababababababab-111111-456789-b100-0.5-1');
    const large = row({
      side: 'SELL',
      sizeMicro: Number.MAX_SAFE_INTEGER,
      priceMicro: 999_999,
      tokenId: '9'.repeat(78),
    });
    expect(fillId(large, 999_999).length).toBeLessThanOrEqual(80);
  });
});

describe('sightings', () => {
  it('take the first live row at once and no live repeat, from either source', () => {
    const sightings = createSightings();
    expect(sightings.seeLive(row())).toMatchObject({ ordinal: 0, fillId: fillId(row(), 0) });
    expect(sightings.seeLive(row())).toBe('repeat');
    expect(sightings.seeLive(row({ source: 'rtds_orders_matched' }))).toBe('repeat');
    expect(sightings.seeLive(row({ sizeMicro: 1 }))).toMatchObject({ ordinal: 0 });
    expect(sightings.size).toBe(2);
  });

  it('take k fills from k identical rows in one response, oldest first', () => {
    const sightings = createSightings();
    const fills = sightings.seePage(page({}, { sizeMicro: 7 }, {}, {}));
    expect(fills.map(({ sizeMicro, ordinal }) => [sizeMicro, ordinal])).toEqual([
      [100_000_000, 0],
      [7, 0],
      [100_000_000, 1],
      [100_000_000, 2],
    ]);
    expect(new Set(fills.map((fill) => fill.fillId)).size).toBe(4);
  });

  it('compare counts of responses and never add them', () => {
    const sightings = createSightings();
    expect(ordinals(sightings.seePage(page({})))).toEqual([0]);
    expect(sightings.seePage(page({}))).toEqual([]);
    expect(ordinals(sightings.seePage(page({}, {})))).toEqual([1]);
    expect(sightings.seePage(page({}, {}))).toEqual([]);
    expect(sightings.seePage(page({}))).toEqual([]);
  });

  it('let a response prove the second fill that a live repeat did not', () => {
    const sightings = createSightings();
    sightings.seeLive(row());
    sightings.seeLive(row());
    expect(sightings.seePage(page({}))).toEqual([]);
    expect(ordinals(sightings.seePage(page({}, {})))).toEqual([1]);
    expect(sightings.seeLive(row())).toBe('repeat');
  });

  it('remember what the journal holds', () => {
    const sightings = createSightings();
    sightings.remember({ ...row(), ordinal: 1 });
    sightings.remember({ ...row(), ordinal: 0 });
    expect(sightings.seeLive(row())).toBe('repeat');
    expect(ordinals(sightings.seePage(page({}, {}, {})))).toEqual([2]);
  });

  it('forget by age, and refuse what is older', () => {
    const sightings = createSightings();
    const old = NOW - 3_600_000;
    sightings.seeLive(row({ tradedAtMs: old }));
    sightings.forget(NOW - 60_000);
    expect(sightings.size).toBe(0);
    expect(sightings.seeLive(row({ tradedAtMs: old }))).toBe('forgotten');
    expect(sightings.seeLive(row({ tradedAtMs: Number.NaN }))).toBe('forgotten');
    expect(sightings.seePage(page({ tradedAtMs: old }, { tradedAtMs: NOW - 60_000 }))).toHaveLength(
      1,
    );
    sightings.forget(old);
    expect(sightings.seeLive(row({ tradedAtMs: old + 1 }))).toBe('forgotten');
  });

  it('forget the oldest beyond a limit, which the journal must then know', () => {
    const sightings = createSightings({ limit: 2 });
    for (const sizeMicro of [1, 2, 3]) sightings.seeLive(row({ sizeMicro }));
    expect(sightings.size).toBe(2);
    expect(sightings.seeLive(row({ sizeMicro: 3 }))).toBe('repeat');
    expect(sightings.seeLive(row({ sizeMicro: 1 }))).toMatchObject({ ordinal: 0 });
  });

  it('know a row again whose other source dates it later, just when it is forgotten', () => {
    const sightings = createSightings();
    sightings.seeLive(row({ tradedAtMs: NOW - 60_001 }));
    sightings.forget(NOW - 60_000);
    expect(sightings.seePage(page({ tradedAtMs: NOW - 59_000 }))).toEqual([]);
    sightings.forget(NOW + 539_000);
    expect(sightings.seeLive(row({ tradedAtMs: NOW + 540_000 }))).toBe('repeat');
  });

  it('lose nothing and double nothing, however rows are repeated, cut and reordered', () => {
    const truth = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
    const noise = fc.array(
      fc.record({ live: fc.boolean(), pick: fc.nat(), from: fc.nat(), length: fc.nat({ max: 9 }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(truth, noise, (counts, events) => {
        const fills = counts.flatMap((count, i) =>
          Array.from({ length: count }, () => row({ sizeMicro: i + 1, source: 'data_api' })),
        );
        const sightings = createSightings();
        const taken: string[] = [];
        for (const { live, pick, from, length } of events) {
          if (live) {
            const seen = sightings.seeLive(fills[pick % fills.length] ?? row());
            if (typeof seen === 'object') taken.push(seen.fillId);
          } else {
            const start = from % fills.length;
            for (const fill of sightings.seePage(fills.slice(start, start + length))) {
              taken.push(fill.fillId);
            }
          }
          expect(taken.length).toBeLessThanOrEqual(fills.length);
        }
        for (const fill of sightings.seePage(fills)) taken.push(fill.fillId);
        expect(taken).toHaveLength(fills.length);
        expect(new Set(taken).size).toBe(fills.length);
      }),
    );
  });
});

describe('completeness', () => {
  it('is what the live feed had seen before the Data API did', () => {
    const completeness = createCompleteness();
    const sightings = createSightings({ completeness });
    expect(completeness.ratio(NOW)).toBeNull();
    sightings.seeLive(row());
    sightings.seePage(page({}, {}, { sizeMicro: 5 }));
    expect(completeness.ratio(NOW)).toBe(1 / 3);
    sightings.seeLive(row({ sizeMicro: 5 }));
    sightings.seePage(page({}, {}, { sizeMicro: 5 }));
    expect(completeness.ratio(NOW)).toBe(1 / 3);
    sightings.seeLive(row({ sizeMicro: 6 }));
    sightings.seeLive(row({ sizeMicro: 6, source: 'rtds_orders_matched' }));
    sightings.seePage(page({ sizeMicro: 6 }));
    expect(completeness.ratio(NOW)).toBe(2 / 4);
    sightings.remember({ ...row({ sizeMicro: 8 }), ordinal: 0 });
    sightings.seePage(page({ sizeMicro: 8 }));
    expect(completeness.ratio(NOW)).toBe(2 / 4);
  });

  it('counts both rows of an equal pair that one source delivered', () => {
    const completeness = createCompleteness();
    const sightings = createSightings({ completeness });
    sightings.seeLive(row({ source: 'rtds_orders_matched' }));
    sightings.seeLive(row({ source: 'rtds_orders_matched' }));
    sightings.seePage(page({}, {}));
    expect(completeness.ratio(NOW)).toBe(1);
  });

  it('leaves out what was traded before the feed was connected', () => {
    const completeness = createCompleteness();
    completeness.since(NOW);
    completeness.record(false, NOW - 1, NOW);
    expect(completeness.ratio(NOW)).toBeNull();
    completeness.record(true, NOW, NOW);
    expect(completeness.ratio(NOW)).toBe(1);
  });

  it('slides: after the window the old counts are gone, also when the slot is used again', () => {
    const completeness = createCompleteness(60_000);
    completeness.record(false, NOW, NOW);
    completeness.record(true, NOW, NOW + 30_000);
    expect(completeness.ratio(NOW + 30_000)).toBe(0.5);
    expect(completeness.ratio(NOW + 59_999)).toBe(0.5);
    expect(completeness.ratio(NOW + 60_000)).toBe(1);
    completeness.record(true, NOW, NOW + 60_000);
    expect(completeness.ratio(NOW + 60_000)).toBe(1);
    expect(completeness.ratio(NOW + 200_000)).toBeNull();
    expect(completeness.ratio(NOW - 200_000)).toBeNull();
  });
});
