import { describe, expect, it } from 'vitest';
import { createClockWatch } from '../../src/bot/clock-watch.ts';
import { describeEvent } from '../../src/bot/describe-event.ts';
import { createHoldings } from '../../src/bot/holdings.ts';
import { createOwedSells, type OwedChange } from '../../src/bot/owed-sells.ts';
import { scoresFrom } from '../../src/bot/score.ts';
import type { LedgerEvent } from '../../src/core/ledger-types.ts';
import { MICRO } from '../../src/core/money.ts';
import type { BotEvent } from '../../src/core/status.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import type { JournalTransaction } from '../../src/state/journal.ts';

describe('clock watch', () => {
  it('tells a jump of more than five real seconds, at any speed, in either direction', () => {
    let now = 0;
    let tick = 0;
    const watch = createClockWatch(
      { now: () => now, speed: 10, realMs: (ms) => ms / 10 },
      () => tick,
    );
    now += 10_000;
    tick += 1000;
    expect(watch.look()).toBeUndefined();
    now += 10_000 + 49_000;
    tick += 1000;
    expect(watch.look()).toBeUndefined();
    now += 61_000;
    tick += 1000;
    expect(watch.look()).toBe(51_000);
    now -= 60_000;
    expect(watch.look()).toBe(-60_000);
  });
});

describe('what leaders hold', () => {
  const row = (side: 'BUY' | 'SELL', sizeMicro: number): TargetRow => ({
    source: 'replay',
    wallet: 'w',
    transactionHash: '',
    tokenId: 't',
    conditionId: 'c',
    side,
    sizeMicro,
    priceMicro: 1,
    tradedAtMs: 0,
    seenAtMs: 0,
    outcome: '',
    outcomeIndex: 0,
    title: '',
    slug: '',
    eventSlug: '',
  });

  it('is a read, moved along by fills; unknown before the first read', () => {
    const holdings = createHoldings();
    holdings.note(row('BUY', 5));
    expect(holdings.before('w', 't')).toBeUndefined();
    holdings.take('w', new Map([['t', 10]]));
    holdings.note(row('BUY', 5));
    holdings.note(row('SELL', 3));
    expect(holdings.before('w', 't')).toBe(12);
    expect(holdings.before('w', 'other')).toBe(0);
    holdings.note(row('SELL', 100));
    expect(holdings.before('w', 't')).toBe(0);
    holdings.retain(new Set(['v']));
    expect(holdings.before('w', 't')).toBeUndefined();
  });
});

describe('owed sells', () => {
  const of = { tokenId: 't', wallet: 'w' };

  const kept = new Map<string, string>();
  const meta = (key: string) => kept.get(key);
  const tx = { meta: (key: string, value: string) => kept.set(key, value) };
  const apply = (change: OwedChange) => {
    change.write(tx as unknown as JournalTransaction);
    change.keep();
  };

  it('add up, shrink with what is sold, and end below what can be sold', () => {
    const owed = createOwedSells({ meta });
    apply(owed.more(of, 9_999, 1));
    expect(owed.all()).toEqual([]);
    expect(kept.size).toBe(0);
    apply(owed.more(of, 50_000, 1));
    apply(owed.more(of, 20_000, 2));
    expect(owed.all()).toEqual([{ ...of, sharesMicro: 70_000, sinceMs: 1 }]);
    apply(owed.less({ tokenId: 't', wallet: 'v' }, 70_000));
    apply(owed.less(of, 30_000));
    expect(owed.all()[0]?.sharesMicro).toBe(40_000);
    expect(createOwedSells({ meta }).all()).toEqual(owed.all());
    apply(owed.less(of, 35_000));
    expect(owed.all()).toEqual([]);
    expect(createOwedSells({ meta }).all()).toEqual([]);
    apply(owed.more(of, 20_000, 3));
    const [item] = owed.all();
    if (item) owed.drop(item);
    expect(owed.all()).toEqual([]);
  });

  it('change nothing before the commit', () => {
    const owed = createOwedSells({ meta: () => undefined });
    owed.more(of, 50_000, 1).write(tx as unknown as JournalTransaction);
    expect(owed.all()).toEqual([]);
  });
});

describe('scores', () => {
  const fill = (
    tradeId: string,
    side: 'BUY' | 'SELL',
    wallet: string,
    shares: number,
    usdc: number,
  ): LedgerEvent => ({
    kind: 'fill',
    tradeId,
    orderId: `o${tradeId}`,
    tokenId: 't',
    conditionId: 'c',
    eventSlug: 'e',
    wallet,
    side,
    sharesMicro: shares * MICRO,
    usdcMicro: usdc * MICRO,
    feeMicro: 0,
    atMs: 0,
  });

  it('give each leader his own lots, as the ledger sells them', () => {
    const events: LedgerEvent[] = [
      fill('1', 'BUY', 'a', 10, 4),
      fill('2', 'BUY', 'b', 10, 6),
      fill('3', 'BUY', 'a', 10, 9),
      { kind: 'void', tradeId: '3', atMs: 0 },
      fill('4', 'SELL', 'b', 15, 15),
      { kind: 'resolve', tokenId: 't', payoutMicro: 500_000, atMs: 0 },
    ];
    const counts = [
      { wallet: 'a', result: 'copy', count: 1 },
      { wallet: 'a', result: 'skip', count: 7 },
    ];
    const [best, second] = scoresFrom(events, counts);
    // b: 10 of its own for 10. a: 5 for 5, the other 5 paid 2.5; they had cost 4.
    expect(best).toMatchObject({ wallet: 'b', realisedMicro: 4 * MICRO, soldMicro: 10 * MICRO });
    expect(second).toMatchObject({
      wallet: 'a',
      copied: 1,
      skipped: 7,
      boughtMicro: 4 * MICRO,
      paidOutMicro: 2.5 * MICRO,
      realisedMicro: 3.5 * MICRO,
      openCostMicro: 0,
    });
  });
});

describe('events in words', () => {
  const decision: Extract<BotEvent, { kind: 'decision' }> = {
    kind: 'decision',
    fillId: 'f',
    wallet: '0xabcdef0123',
    title: 'Rain?',
    outcome: 'Yes',
    side: 'BUY',
    leaderSharesMicro: 10 * MICRO,
    leaderPriceMicro: 500_000,
    result: 'copy',
    reason: 'copied',
    detail: '',
    orderId: '0x1',
    usdcMicro: 5 * MICRO,
  };
  it.each<[BotEvent, string]>([
    [decision, '0xabcdef BUY 10 Yes at 0.5 of Rain?: copied for 5 USDC'],
    [
      { ...decision, result: 'skip', reason: 'stale', detail: 'old', usdcMicro: null },
      '0xabcdef BUY 10 Yes at 0.5 of Rain?: skipped, stale: old',
    ],
    [
      {
        kind: 'order',
        fillId: 'f',
        orderId: '0x1',
        outcome: 'accepted',
        detail: 'matched',
        sharesMicro: MICRO,
        usdcMicro: 500_000,
      },
      'order 0x1 accepted 1 shares, 0.5 USDC: matched',
    ],
    [
      {
        kind: 'order',
        fillId: 'f',
        orderId: '0x1',
        outcome: 'killed',
        detail: 'no match',
        sharesMicro: 0,
        usdcMicro: 0,
      },
      'order 0x1 killed: no match',
    ],
    [
      {
        kind: 'settlement',
        orderId: '0x1',
        tradeId: 't',
        status: 'CONFIRMED',
        sharesMicro: MICRO,
        priceMicro: 500_000,
        feeMicro: 10,
      },
      'fill t CONFIRMED: 1 at 0.5, fee 0.00001',
    ],
    [
      {
        kind: 'exit',
        tokenId: 't',
        title: 'Rain?',
        reason: 'stop_loss',
        orderId: null,
        detail: 'd',
      },
      'exit Rain?: stop_loss (d)',
    ],
    [
      { kind: 'breaker', latch: 'trading', from: 'armed', to: 'halted', cause: 'x', by: 'ann' },
      'breaker trading: armed -> halted, x (ann)',
    ],
    [
      {
        kind: 'resolution',
        conditionId: 'c',
        title: 'Rain?',
        payoutMicro: MICRO,
        pnlMicro: -MICRO,
      },
      'resolved Rain?: pays 1, PnL -1',
    ],
    [{ kind: 'feed', state: 'blind', detail: 'silent' }, 'feed blind: silent'],
    [{ kind: 'notice', level: 'error', message: 'm' }, 'error: m'],
  ])('%#', (event, words) => {
    expect(describeEvent(event)).toBe(words);
  });
});
