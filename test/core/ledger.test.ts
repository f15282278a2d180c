import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLedger, restoreLedger } from '../../src/core/ledger.ts';
import type { Ledger, LedgerEvent, LedgerState } from '../../src/core/ledger-types.ts';

import {
  applied,
  confirm,
  type Fill,
  fail,
  fill,
  history,
  ledgerWith,
  noMarks,
  OPENING,
  redeem,
  ref,
  reserveBuy,
  reserveSell,
  resolve,
  TOKENS,
} from './ledger-support.ts';

describe('a position', () => {
  it('has average cost, and realises gains net of all fees', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000, fee: 100_000 }),
      fill('BUY', 't2', { shares: 10_000_000, usdc: 6_000_000 }),
      fill('SELL', 't3', { shares: 5_000_000, usdc: 3_500_000, fee: 50_000 }),
    );
    expect(ledger.position('a1')).toMatchObject({
      sharesMicro: 15_000_000,
      costMicro: 7_500_000,
      realisedMicro: 3_500_000 - 2_500_000 - 150_000,
      feesMicro: 150_000,
      wallet: 'w1',
      openedAtMs: 1000,
    });
    expect(ledger.totals()).toMatchObject({
      cashMicro: OPENING - 10_000_000 - 100_000 + 3_450_000,
      openCostMicro: 7_500_000,
      realisedMicro: 850_000,
      feesMicro: 150_000,
    });
  });

  it('is provisional until its fills are confirmed', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }),
      fill('BUY', 't2', { shares: 5_000_000, usdc: 2_000_000 }),
    );
    expect(ledger.position('a1')?.provisionalSharesMicro).toBe(15_000_000);
    ledger.apply(confirm('t2'));
    expect(ledger.position('a1')?.provisionalSharesMicro).toBe(10_000_000);
    ledger.apply(confirm('t1'));
    expect(ledger.position('a1')).toMatchObject({
      provisionalSharesMicro: 0,
      sharesMicro: 15_000_000,
    });
  });

  it('never calls more shares provisional than it holds', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }),
      fill('SELL', 't2', { shares: 8_000_000, usdc: 4_000_000 }),
    );
    expect(ledger.position('a1')?.provisionalSharesMicro).toBe(2_000_000);
  });

  it('keeps one lot per leader, and a leader sells from his own first', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }, 'a1', 'w1'),
      fill('BUY', 't2', { shares: 10_000_000, usdc: 8_000_000 }, 'a1', 'w2'),
      fill('SELL', 't3', { shares: 12_000_000, usdc: 6_000_000 }, 'a1', 'w2'),
    );
    expect(ledger.position('a1')?.lots).toEqual([
      { wallet: 'w1', sharesMicro: 8_000_000, costMicro: 3_200_000 },
    ]);
    expect(ledger.sellable('a1', 'w1')).toBe(8_000_000);
    expect(ledger.sellable('a1', 'w2')).toBe(0);
    expect(ledger.sellable('a1')).toBe(8_000_000);
  });

  it('sold for nobody in particular goes oldest lot first', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }, 'a1', 'w1'),
      fill('BUY', 't2', { shares: 10_000_000, usdc: 8_000_000 }, 'a1', 'w2'),
      fill('SELL', 't3', { shares: 15_000_000, usdc: 6_000_000 }, 'a1', ''),
    );
    expect(ledger.position('a1')?.lots).toEqual([
      { wallet: 'w2', sharesMicro: 5_000_000, costMicro: 4_000_000 },
    ]);
  });

  it('lists oldest first and starts its own accounts anew when opened again', () => {
    const ledger = ledgerWith(
      { ...fill('BUY', 't1', { shares: 10, usdc: 4 }, 'a1'), atMs: 9 },
      { ...fill('BUY', 't2', { shares: 10, usdc: 4 }, 'b1'), atMs: 5 },
      fill('SELL', 't3', { shares: 10, usdc: 6, fee: 1 }, 'a1'),
      { ...fill('BUY', 't4', { shares: 10, usdc: 5, fee: 1 }, 'a1'), atMs: 20 },
    );
    expect(ledger.positions().map(({ tokenId }) => tokenId)).toEqual(['b1', 'a1']);
    expect(ledger.position('a1')).toMatchObject({
      realisedMicro: -1,
      feesMicro: 1,
      openedAtMs: 20,
    });
    expect(ledger.position('never')).toBeUndefined();
    expect(ledger.sellable('never')).toBe(0);
  });
});

describe('a fill', () => {
  it('is booked once, whatever is heard again', () => {
    const buy = fill('BUY', 't1', { shares: 10, usdc: 4 });
    const ledger = ledgerWith(buy);
    expect(ledger.apply(buy)).toBe(false);
    expect(ledger.apply(confirm('t1'))).toBe(true);
    expect(ledger.apply(buy)).toBe(false);
    expect(ledger.apply(confirm('t1'))).toBe(false);
    expect(ledger.apply(fail('t1'))).toBe(false);
    expect(ledger.knowsTrade('t1')).toBe(true);
    expect(ledger.knowsTrade('t2')).toBe(false);
    expect(ledger.apply(confirm('t2'))).toBe(false);
    expect(ledger.apply(fill('BUY', 't3', { shares: 0, usdc: 0 }))).toBe(false);
  });

  it('that failed leaves no trace, and stays failed', () => {
    const buy = fill('BUY', 't1', { shares: 10, usdc: 4, fee: 1 });
    const ledger = ledgerWith(buy, fail('t1'));
    expect(ledger.totals()).toEqual(createLedger(OPENING).totals());
    expect(ledger.positions()).toEqual([]);
    expect(ledger.apply(buy)).toBe(false);
  });

  it('that failed restates what was sold on top of it', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }),
      fill('BUY', 't2', { shares: 10_000_000, usdc: 6_000_000 }),
      fill('SELL', 't3', { shares: 10_000_000, usdc: 7_000_000 }),
    );
    expect(ledger.totals().realisedMicro).toBe(2_000_000);
    ledger.apply(fail('t2'));
    expect(ledger.totals().realisedMicro).toBe(3_000_000);
    expect(ledger.positions()).toEqual([]);
    expect(ledger.closed()).toMatchObject([{ pnlMicro: 3_000_000 }]);
    ledger.apply(confirm('t1'));
    ledger.apply(fail('t3'));
    expect(ledger.position('a1')).toMatchObject({ sharesMicro: 10_000_000, costMicro: 4_000_000 });
    expect(ledger.closed()).toEqual([]);
  });

  it('sold beyond the holding is short until a buy covers it', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10, usdc: 4 }),
      fill('SELL', 't2', { shares: 10, usdc: 6 }),
      fail('t1'),
    );
    expect(ledger.totals()).toMatchObject({ realisedMicro: 6, openCostMicro: 0 });
    ledger.apply(fill('BUY', 't3', { shares: 15, usdc: 9 }));
    expect(ledger.position('a1')).toMatchObject({ sharesMicro: 5, costMicro: 3 });
    expect(ledger.totals().realisedMicro).toBe(0);
    ledger.apply(fill('SELL', 't4', { shares: 9, usdc: 9 }));
    ledger.apply(fill('BUY', 't5', { shares: 4, usdc: 4 }));
    expect(ledger.positions()).toEqual([]);
    expect(ledger.totals()).toMatchObject({ cashMicro: OPENING + 2, realisedMicro: 2 });
  });
});

describe('resolution', () => {
  it.each([
    [1_000_000, 10_000_000],
    [0, 0],
    [500_000, 5_000_000],
  ])('pays %i a share when redeemed', (payout, worth) => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000, fee: 100_000 }),
      confirm('t1'),
      resolve(payout),
    );
    expect(ledger.positions()).toEqual([]);
    expect(ledger.closed()).toMatchObject([{ pnlMicro: worth - 4_100_000, wallet: 'w1' }]);
    expect(ledger.totals()).toMatchObject({ receivableMicro: worth, openCostMicro: 0 });
    expect(ledger.redeemable()).toEqual(
      worth === 0 ? [] : [{ conditionId: 'c-a', receivableMicro: worth }],
    );
    expect(ledger.equity(noMarks)).toBe(OPENING + worth - 4_100_000);
    expect(ledger.apply(redeem)).toBe(worth > 0);
    expect(ledger.totals()).toMatchObject({
      cashMicro: OPENING + worth - 4_100_000,
      receivableMicro: 0,
    });
    expect(ledger.apply(redeem)).toBe(false);
    expect(ledger.totals().feesMicro).toBe(100_000);
    expect(ledger.serialise().accounts).toEqual([]);
  });

  it('adds up both tokens of a market', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10, usdc: 4 }, 'a1'),
      fill('BUY', 't2', { shares: 6, usdc: 4 }, 'a2'),
      fill('BUY', 't3', { shares: 6, usdc: 4 }, 'b1'),
      resolve(500_000, 'a1'),
      resolve(500_000, 'a2'),
    );
    expect(ledger.redeemable()).toEqual([{ conditionId: 'c-a', receivableMicro: 8 }]);
    expect(ledger.apply(redeem)).toBe(true);
    expect(ledger.redeemable()).toEqual([]);
  });

  it('pays fills learned later, takes back those that fail later, and happens once', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10, usdc: 4 }),
      resolve(1_000_000),
      fill('BUY', 't2', { shares: 10, usdc: 5 }),
    );
    expect(ledger.totals().receivableMicro).toBe(20);
    expect(ledger.apply(resolve(0))).toBe(false);
    ledger.apply(fail('t1'));
    expect(ledger.totals()).toMatchObject({ receivableMicro: 10, realisedMicro: 5 });
    expect(ledger.closed()).toMatchObject([{ pnlMicro: 5, wallet: 'w1' }]);
    expect(ledger.apply(resolve(0, 'unknown'))).toBe(false);
  });
});

describe('reservations', () => {
  it('set cash aside, are used up by fills and given back by failed ones', () => {
    const ledger = ledgerWith(reserveBuy('o1', 5_000_000));
    expect(ledger.totals()).toMatchObject({ reservedMicro: 5_000_000, freeMicro: 995_000_000 });
    expect(ledger.apply(reserveBuy('o1', 9_000_000))).toBe(false);
    ledger.apply(fill('BUY', 't1', { shares: 4, usdc: 2_000_000, fee: 100_000 }, 'a1', 'w1', 'o1'));
    expect(ledger.totals().reservedMicro).toBe(2_900_000);
    ledger.apply(fill('BUY', 't2', { shares: 4, usdc: 4_000_000 }, 'a1', 'w1', 'o1'));
    expect(ledger.totals().reservedMicro).toBe(0);
    ledger.apply(fail('t2'));
    expect(ledger.totals().reservedMicro).toBe(2_900_000);
    expect(ledger.reservations()).toEqual([
      { orderId: 'o1', tokenId: 'a1', cashMicro: 2_900_000, sharesMicro: 0 },
    ]);
    expect(ledger.apply({ kind: 'release', orderId: 'o1', atMs: 5 })).toBe(true);
    expect(ledger.apply({ kind: 'release', orderId: 'o1', atMs: 5 })).toBe(false);
    expect(ledger.totals()).toMatchObject({ reservedMicro: 0, cashMicro: OPENING - 2_100_000 });
  });

  it('of an order whose fill was heard first hold only what is left', () => {
    const heard = fill('BUY', 't1', { shares: 4, usdc: 2_000_000, fee: 1 }, 'a1', 'w1', 'o1');
    const other = fill('BUY', 't2', { shares: 4, usdc: 500_000 }, 'a1', 'w1', 'o2');
    const ledger = ledgerWith(heard, other, reserveBuy('o1', 5_000_000));
    expect(ledger.totals().reservedMicro).toBe(2_999_999);
    ledger.apply(fail('t1'));
    expect(ledger.totals().reservedMicro).toBe(5_000_000);
  });

  it('set shares aside, for their leader and for all', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10, usdc: 4 }, 'a1', 'w1'),
      fill('BUY', 't2', { shares: 10, usdc: 4 }, 'a1', 'w2'),
      reserveSell('o1', 8, 'a1', 'w1'),
      reserveSell('o2', 5, 'b1', 'w1'),
    );
    expect(ledger.sellable('a1', 'w1')).toBe(2);
    expect(ledger.sellable('a1', 'w2')).toBe(10);
    expect(ledger.sellable('a1')).toBe(12);
    expect(ledger.pendingSell('a1')).toBe(8);
    expect(ledger.position('a1')?.pendingSellMicro).toBe(8);
    ledger.apply(fill('SELL', 't3', { shares: 3, usdc: 2 }, 'a1', 'w1', 'o1'));
    expect(ledger.pendingSell('a1')).toBe(5);
    expect(ledger.sellable('a1', 'w1')).toBe(2);
  });
});

describe('exposure', () => {
  it('adds costs and reservations by token, wallet, market, event and in total', () => {
    const ledger = ledgerWith(
      fill('BUY', 't1', { shares: 10_000, usdc: 100 }, 'a1', 'w1'),
      fill('BUY', 't2', { shares: 10_000, usdc: 20 }, 'a1', 'w2'),
      fill('BUY', 't3', { shares: 10_000, usdc: 3 }, 'a2', 'w1'),
      { ...fill('BUY', 't4', { shares: 10_000, usdc: 4000 }, 'b1', 'w1'), eventSlug: 'other' },
      reserveBuy('o1', 50_000, 'a1', 'w1'),
      reserveBuy('o2', 600_000, 'd1', 'w3'),
      reserveSell('o3', 5, 'x1', 'w1'),
    );
    expect(ledger.exposure(ref('a1', 'w1'))).toEqual({
      tokenMicro: 50_120,
      walletMicro: 54_103,
      marketMicro: 50_123,
      eventMicro: 650_123,
      totalMicro: 654_123,
      openPositions: 4,
      positionOpen: true,
    });
    expect(ledger.exposure(ref('d1', 'w9'))).toMatchObject({
      tokenMicro: 600_000,
      walletMicro: 0,
      positionOpen: true,
    });
    expect(ledger.exposure(ref('x1')).positionOpen).toBe(false);
  });
});

describe('the day', () => {
  const day = (dayKey: string, equityMicro: number): LedgerEvent => ({
    kind: 'day',
    dayKey,
    equityMicro,
    atMs: 1,
  });

  it('measures PnL from the equity it began with, by marks, without transfers', () => {
    const ledger = ledgerWith(fill('BUY', 't1', { shares: 10_000_000, usdc: 4_000_000 }));
    const at = (mark: number) => () => mark;
    expect(ledger.dailyPnl(at(300_000))).toBe(-1_000_000);
    expect(ledger.dailyPnl(noMarks)).toBe(0);
    expect(ledger.dayKey()).toBeUndefined();
    ledger.apply(day('2026-08-28', ledger.equity(at(300_000))));
    expect(ledger.dayKey()).toBe('2026-08-28');
    expect(ledger.dailyPnl(at(300_000))).toBe(0);
    ledger.apply({ kind: 'adjust', cashMicro: 50_000_000, reason: 'deposit', atMs: 1 });
    expect(ledger.totals().adjustmentsMicro).toBe(50_000_000);
    expect(ledger.dailyPnl(at(250_000))).toBe(-500_000);
    ledger.apply(fill('SELL', 't2', { shares: 10_000_000, usdc: 2_000_000, fee: 1 }));
    expect(ledger.dailyPnl(at(999_999))).toBe(-1_000_001);
    expect(ledger.unrealised(at(1))).toBe(0);
  });

  it('never begins twice, and never goes back', () => {
    const ledger = ledgerWith(day('2026-08-28', 10));
    expect(ledger.apply(day('2026-08-28', 99))).toBe(false);
    expect(ledger.apply(day('2026-08-27', 99))).toBe(false);
    expect(ledger.apply(day('2026-08-29', 20))).toBe(true);
  });
});

describe('closed trades', () => {
  const round = (id: string, sold: number, token: string): LedgerEvent[] => [
    fill('BUY', `${id}b`, { shares: 10_000, usdc: 50 }, token),
    fill('SELL', `${id}s`, { shares: 10_000, usdc: sold }, token),
  ];
  const confirmed = (id: string): LedgerEvent[] => [confirm(`${id}b`), confirm(`${id}s`)];

  it('count losses in a row, over tokens, confirmed or not', () => {
    const ledger = ledgerWith(
      ...round('1', 40, 'a1'),
      ...round('2', 60, 'b1'),
      ...round('3', 40, 'c1'),
      ...confirmed('3'),
      ...round('4', 49, 'd1'),
    );
    expect(ledger.closed().map(({ pnlMicro }) => pnlMicro)).toEqual([-10, 10, -10, -1]);
    expect(ledger.consecutiveLosses()).toBe(2);
    ledger.apply(fail('2s'));
    expect(ledger.closed().map(({ pnlMicro }) => pnlMicro)).toEqual([-10, -10, -1]);
    expect(ledger.consecutiveLosses()).toBe(3);
    for (const event of confirmed('1')) ledger.apply(event);
    expect(ledger.closed().map(({ tokenId }) => tokenId)).toEqual(['a1', 'c1', 'd1']);
  });

  it('end a position with the last share that can be sold', () => {
    const ledger = ledgerWith(
      fill('BUY', '1', { shares: 5_002_850, usdc: 2_000_000 }),
      fill('SELL', '2', { shares: 5_000_000, usdc: 1_000_000 }),
    );
    expect(ledger.closed()).toHaveLength(1);
    expect(ledger.position('a1')?.sharesMicro).toBe(2850);
    for (const event of [confirm('1'), confirm('2')]) ledger.apply(event);
    expect(ledger.exposure(ref('a1'))).toMatchObject({ openPositions: 0, positionOpen: false });
    ledger.apply(fill('BUY', '3', { shares: 1_000_000, usdc: 500_000 }));
    expect(ledger.exposure(ref('a1'))).toMatchObject({ openPositions: 1, positionOpen: true });
    ledger.apply({ kind: 'resolve', tokenId: 'a1', payoutMicro: 0, atMs: 9 });
    expect(ledger.closed()).toHaveLength(2);
  });

  it('break even ends a streak, and only the latest hundred are kept', () => {
    const ledger = createLedger(OPENING);
    for (let i = 0; i < 120; i += 1) {
      for (const event of [...round(`${i}`, i === 60 ? 50 : 40, 'a1'), ...confirmed(`${i}`)]) {
        ledger.apply(event);
      }
    }
    expect(ledger.closed()).toHaveLength(100);
    expect(ledger.consecutiveLosses()).toBe(59);
    expect(ledger.serialise().accounts).toEqual([]);
    expect(ledger.totals().realisedMicro).toBe(-119 * 10);
  });
});

describe('memory', () => {
  it('forgets the oldest settled fills, not the open ones', () => {
    const ledger = createLedger(OPENING);
    for (let i = 0; i < 5000; i += 1) {
      ledger.apply(fill('BUY', `t${i}`, { shares: 1, usdc: 1 }));
      if (i > 0) ledger.apply(confirm(`t${i}`));
    }
    ledger.apply(fail('t0'));
    expect(ledger.serialise().settledTrades).toHaveLength(4096);
    expect(ledger.knowsTrade('t0')).toBe(true);
    expect(ledger.knowsTrade('t5')).toBe(false);
  });
});

describe('bad events', () => {
  const buy = fill('BUY', 't1', { shares: 10, usdc: 4 });
  it.each<[string, LedgerEvent]>([
    ['sharesMicro', { ...buy, sharesMicro: -1 }],
    ['usdcMicro', { ...buy, usdcMicro: 0.5 }],
    ['feeMicro', { ...buy, feeMicro: Number.NaN }],
    ['cashMicro', reserveBuy('o1', Number.POSITIVE_INFINITY)],
    ['sharesMicro', reserveSell('o1', -5)],
    ['payoutMicro', resolve(1_000_001)],
    ['payoutMicro', resolve(-1)],
    ['cashMicro', { kind: 'adjust', cashMicro: Number.NaN, reason: '', atMs: 1 }],
    ['equityMicro', { kind: 'day', dayKey: '2026-01-01', equityMicro: 0.1, atMs: 1 }],
  ])('%s is named, and nothing is changed', (field, event) => {
    const ledger = createLedger(OPENING);
    const before = ledger.serialise();
    expect(() => ledger.apply(event)).toThrow(new RegExp(`${event.kind}: ${field} cannot be`));
    expect(ledger.serialise()).toEqual(before);
  });

  it('opening cash and saved versions are checked', () => {
    expect(() => createLedger(-1)).toThrow('opening cash cannot be -1');
    expect(() => createLedger(Number.NaN)).toThrow('opening cash');
    const saved = { ...createLedger(1).serialise(), version: 2 } as unknown as LedgerState;
    expect(() => restoreLedger(saved)).toThrow('version 2 is not 1');
  });
});

/** All that can be asked, so that two ledgers can be compared by their answers. */
function answers(ledger: Ledger) {
  return {
    totals: ledger.totals(),
    positions: ledger.positions(),
    closed: ledger.closed(),
    redeemable: ledger.redeemable(),
    reservations: ledger.reservations(),
    exposures: TOKENS.map((token) => ledger.exposure(ref(token))),
    sellable: TOKENS.map((token) => ledger.sellable(token, 'w1')),
    daily: ledger.dailyPnl(() => 400_000),
  };
}

describe('in any order of events', () => {
  it('cash is conserved to the micro-unit, and no exposure is negative', () => {
    fc.assert(
      fc.property(history, (events) => {
        const ledger = applied(events);
        const { cashMicro, openCostMicro, receivableMicro, realisedMicro, ...rest } =
          ledger.totals();
        expect(cashMicro).toBe(
          OPENING + rest.adjustmentsMicro + realisedMicro - openCostMicro - receivableMicro,
        );
        expect(rest.freeMicro + rest.reservedMicro).toBe(cashMicro);
        for (const token of TOKENS) {
          const exposure = ledger.exposure(ref(token));
          for (const value of Object.values(exposure)) expect(Number(value) >= 0).toBe(true);
          expect(exposure.tokenMicro).toBeLessThanOrEqual(exposure.marketMicro);
          expect(exposure.marketMicro).toBeLessThanOrEqual(exposure.totalMicro);
          expect(ledger.sellable(token)).toBeGreaterThanOrEqual(0);
        }
        for (const position of ledger.positions()) {
          expect(position.sharesMicro).toBeGreaterThan(0);
          expect(position.provisionalSharesMicro).toBeLessThanOrEqual(position.sharesMicro);
        }
      }),
    );
  });

  it('a ledger saved and restored midway answers like one that never stopped', () => {
    fc.assert(
      fc.property(history, history, (before, after) => {
        const straight = applied([...before, ...after]);
        const saved = JSON.parse(JSON.stringify(applied(before).serialise())) as LedgerState;
        const restored = restoreLedger(saved);
        for (const event of after) restored.apply(event);
        expect(answers(restored)).toEqual(answers(straight));
        expect(restored.serialise()).toEqual(straight.serialise());
      }),
    );
  });

  it('a voided fill leaves the ledger as if it had never been', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, pick) => {
        const known = events.filter((event) => event.kind !== 'void' && event.kind !== 'confirm');
        const fills = known.filter((event): event is Fill => event.kind === 'fill');
        const chosen = fills[pick % Math.max(1, fills.length)];
        if (chosen === undefined) return;
        const { tradeId } = chosen;
        // Events that only count while the fill stands (a market's first holding, a redemption of
        // what it paid) are left out: without it they would never have been sent.
        const stable = known.filter(({ kind }) => kind !== 'resolve' && kind !== 'redeem');
        const without = stable.filter(
          (event) => !(event.kind === 'fill' && event.tradeId === tradeId),
        );
        expect(answers(applied([...stable, fail(tradeId)]))).toEqual(answers(applied(without)));
      }),
    );
  });
});
