import { afterEach, describe, expect, test } from 'vitest';
import { parseClock, realClock } from '../../src/clock.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import { type DataApi, DataApiError } from '../../src/venue/data-api.ts';
import { createPoller, type Poller } from '../../src/venue/poller.ts';
import { until } from './ws-server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Rows that a poller passes on untouched. */
const rowAt = (tradedAtMs: number): TargetRow => ({
  source: 'data_api',
  wallet: 'a',
  transactionHash: '0x',
  tokenId: '1',
  conditionId: '0x',
  side: 'BUY',
  sizeMicro: 1,
  priceMicro: 1,
  tradedAtMs,
  seenAtMs: tradedAtMs,
  outcome: '',
  outcomeIndex: 0,
  title: '',
  slug: '',
  eventSlug: '',
});

function poller(
  tradesOf: DataApi['tradesOf'],
  options: { intervalMs?: number; gapMs?: number; clock?: typeof realClock } = {},
) {
  const calls: { wallet: string; sinceMs: number; at: number }[] = [];
  const pages: { rows: readonly TargetRow[]; wallet: string }[] = [];
  const made: Poller = createPoller({
    api: {
      tradesOf(wallet, sinceMs) {
        calls.push({ wallet, sinceMs, at: performance.now() });
        return tradesOf(wallet, sinceMs);
      },
      positionsOf: async () => [],
    },
    clock: options.clock ?? realClock,
    intervalMs: options.intervalMs ?? 40,
    gapMs: options.gapMs ?? 1,
    onPage: (rows, wallet) => void pages.push({ rows, wallet }),
  });
  closers.push(() => made.close());
  return { made, calls, pages };
}

describe('the backstop', () => {
  test('reads every followed wallet in turn, and says when the slowest was read', async () => {
    const { made, calls } = poller(async () => []);
    made.start();
    made.follow(new Set(['a', 'b', 'c']));
    expect(made.lastPollAtMs()).toBeUndefined();
    await until('a round', () => made.lastPollAtMs());
    expect(new Set(calls.map(({ wallet }) => wallet))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('reads from some minutes before the newest trade it knows', async () => {
    const newest = Date.now() + 1_000_000;
    const { made, calls, pages } = poller(async () => [rowAt(newest)]);
    made.start();
    made.follow(new Set(['a']));
    const followedAt = Date.now();
    await until('two reads', () => calls.length >= 2);
    expect(followedAt - (calls[0]?.sinceMs ?? 0)).toBeLessThan(301_000);
    expect(calls[1]?.sinceMs).toBe(newest - 300_000);
    expect(pages[0]).toEqual({ rows: [rowAt(newest)], wallet: 'a' });
  });

  test('keeps what it knows of a wallet that stays', async () => {
    const newest = Date.now() + 1_000_000;
    const { made, calls } = poller(async () => [rowAt(newest)]);
    made.start();
    made.follow(new Set(['a']));
    await until('a read', () => made.lastPollAtMs());
    made.follow(new Set(['a', 'b']));
    expect(made.lastPollAtMs()).toBeUndefined();
    await until('another read of a', () => calls.filter(({ wallet }) => wallet === 'a')[1]);
    expect(calls.filter(({ wallet }) => wallet === 'a')[1]?.sinceMs).toBe(newest - 300_000);
  });

  test('counts a failed read, and reads the others', async () => {
    const { made } = poller(async (wallet) => {
      if (wallet === 'a') throw new DataApiError('down');
      return [];
    });
    made.start();
    made.follow(new Set(['a', 'b']));
    await until('failures', () => made.failures >= 2);
    expect(made.lastPollAtMs()).toBeUndefined();
  });

  test('pauses when the rate limit is reached', async () => {
    const { made, calls } = poller(async () => {
      throw new DataApiError('HTTP 429', 60_000);
    });
    made.start();
    made.follow(new Set(['a']));
    await until('the refusal', () => made.failures === 1);
    await new Promise((done) => setTimeout(done, 150));
    expect(calls).toHaveLength(1);
  });

  test('does not read a wallet again while a read of it is out', async () => {
    const { made, calls } = poller(() => new Promise(() => {}));
    made.start();
    made.follow(new Set(['a']));
    await new Promise((done) => setTimeout(done, 150));
    expect(calls).toHaveLength(1);
  });

  test('never asks more often than the limit, and hurries after a gap', async () => {
    const { made, calls } = poller(async () => [], { intervalMs: 60_000, gapMs: 20 });
    made.start();
    made.follow(new Set(['a', 'b', 'c', 'd']));
    made.hurry();
    await until('a round', () => made.lastPollAtMs());
    expect(calls).toHaveLength(4);
    expect((calls[3]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThan(50);
    await new Promise((done) => setTimeout(done, 100));
    expect(calls).toHaveLength(4);
  });

  test('counts its interval in the clock’s time', async () => {
    const clock = parseClock(`1700000000000@${Date.now()}*1000`);
    const { made, calls } = poller(async () => [], { intervalMs: 20_000, clock });
    made.start();
    made.follow(new Set(['a']));
    await until('reads', () => calls.length >= 3, 1_000);
  });

  test('a backfill of any wallet comes as a page; nothing comes after close', async () => {
    const { made, pages } = poller(async () => [rowAt(5)]);
    made.start();
    await made.backfill('z', 1);
    expect(pages).toHaveLength(1);
    made.close();
    await made.backfill('z', 1);
    expect(pages).toHaveLength(1);
  });
});
