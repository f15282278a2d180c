import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BreakerState } from '../../src/core/breaker.ts';
import { decide } from '../../src/core/decide.ts';
import {
  type Policy,
  SKIP_REASONS,
  type SkipReason,
  type Snapshot,
} from '../../src/core/decision.ts';
import { ENTRY_GATES } from '../../src/core/entry.ts';
import type { TargetTrade } from '../../src/core/trade.ts';
import { book, exposure, market, NOW, policy, snapshot, trade, WALLET } from './support.ts';

const tripped: BreakerState = { kind: 'tripped', cause: 'daily_loss', atMs: 1, untilMs: null };
const halted: BreakerState = { kind: 'halted', by: 'ann', reason: 'lunch', atMs: 1 };
const probing: BreakerState = { kind: 'probing', cause: 'daily_loss', sinceMs: 1 };
const wallet = (over: object) =>
  ({ wallets: new Map([[WALLET, { enabled: true, label: 'w', ...over }]]) }) as Partial<Policy>;

function outcome(t: TargetTrade, s: Snapshot, p: Policy): string {
  const decision = decide(t, s, p);
  return decision.result === 'copy' ? 'copy' : `${decision.reason}: ${decision.detail}`;
}

function copied(t: TargetTrade, s: Snapshot, p: Policy) {
  const decision = decide(t, s, p);
  if (decision.result !== 'copy') throw new Error(`${decision.reason}: ${decision.detail}`);
  return decision;
}

describe('an entry', () => {
  it('is copied in proportion, bounded by the leader price and the slippage', () => {
    const decision = copied(trade(), snapshot(), policy());
    expect(decision.limitMicro).toBe(510_000);
    expect(decision.draft).toEqual({
      tokenId: trade().tokenId,
      side: 'BUY',
      makerAmountMicro: 5_000_000,
      takerAmountMicro: 9_803_900,
      orderType: 'FAK',
      negRisk: false,
    });
    // 5 USDC x 0.04 x (1 - 0.01) at the worst, and the rounding of twenty fills.
    expect(decision.reserveMicro).toBe(5_000_000 + 198_100);
    expect(decision.reserveSharesMicro).toBe(0);
    expect(decision.facts).toEqual({
      ageMs: 2000,
      bookAgeMs: 100,
      leaderPriceMicro: 500_000,
      bestAskMicro: 500_000,
      limitMicro: 510_000,
      wantedMicro: 5_000_000,
      minimumMicro: 1_000_000,
      sizedMicro: 5_000_000,
      depthMicro: 5_000_000,
      expectedPriceMicro: 500_000,
      openPositions: 0,
      tightestLimit: 'position',
      roomMicro: 50_000_000,
      costMicro: 5_000_000,
      largestFeeMicro: 198_100,
    });
  });

  it.each<[SkipReason, string, Partial<TargetTrade>, Partial<Snapshot>, Partial<Policy>]>([
    ['breaker_tripped', 'daily_loss', {}, { breaker: tripped }, {}],
    ['halted', 'by ann: lunch', {}, { breaker: halted }, {}],
    ['breaker_probing', 'a probe is out', {}, { breaker: probing, probeInFlight: true }, {}],
    ['starting', 'entries are blocked: starting', {}, { entryBlock: 'starting' }, {}],
    ['blind', 'entries are blocked: blind', {}, { entryBlock: 'blind' }, {}],
    ['stale', 'traded 30001 ms ago', { tradedAtMs: NOW - 30_001 }, {}, {}],
    ['stale', 'traded -30001 ms ago', { tradedAtMs: NOW + 30_001 }, {}, {}],
    ['stale', 'traded NaN ms ago', { tradedAtMs: Number.NaN }, {}, {}],
    ['wallet_disabled', 'not followed', { wallet: '0x22' }, {}, {}],
    ['wallet_disabled', 'switched off', {}, {}, wallet({ enabled: false })],
    ['market_denied', 'on the deny list', {}, {}, { denyMarkets: new Set(['will-it']) }],
    ['market_denied', 'on the deny list', {}, {}, { denyMarkets: new Set(['0xc0']) }],
    ['market_denied', 'on the deny list', {}, {}, { denyMarkets: new Set(['event']) }],
    ['market_denied', 'on the deny', { slug: '' }, {}, { denyMarkets: new Set(['will-it']) }],
    ['market_denied', 'on the deny', { eventSlug: '' }, {}, { denyMarkets: new Set(['event']) }],
    ['market_denied', 'not on the allow', {}, {}, { allowMarkets: new Set(['other']) }],
    ['market_unknown', 'not known yet', {}, { market: undefined }, {}],
    ['market_unknown', 'does not hold', {}, { market: market({ conditionId: '0xff' }) }, {}],
    ['market_unknown', 'does not hold', {}, { market: market({ tokenIds: ['1', '2'] }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ tickMicro: 0 }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ tickMicro: 3000 }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ feeRate: Number.NaN }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ feeRate: -1 }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ feeRate: 1.1 }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ feeExponent: -1 }) }, {}],
    ['market_unknown', 'unsound', {}, { market: market({ feeExponent: 9 }) }, {}],
    ['market_closed', 'closed', {}, { market: market({ closed: true }) }, {}],
    ['market_closed', 'closed', {}, { market: market({ resolution: 0 }) }, {}],
    ['market_closed', 'no orders', {}, { market: market({ acceptingOrders: false }) }, {}],
    ['no_book', 'no live book', {}, { book: undefined }, {}],
    ['no_book', 'no live book', {}, { book: book({ tokenId: '987' }) }, {}],
    ['no_book', '15001 ms old', {}, { book: book({ updatedAtMs: NOW - 15_001 }) }, {}],
    ['no_book', 'NaN ms old', {}, { book: book({ updatedAtMs: Number.NaN }) }, {}],
    ['no_book', 'nothing on offer', {}, { book: book({ asks: [] }) }, {}],
    ['slippage', 'best ask 0.5, at most 0.49', { priceMicro: 489_999 }, {}, {}],
    ['slippage', 'at most less than a tick', { priceMicro: 9000 }, {}, {}],
    [
      'slippage',
      'only 0.5 USDC on offer',
      {},
      { book: book({ asks: [{ priceMicro: 500_000, sizeMicro: 1_000_000 }] }) },
      {},
    ],
    ['below_min', '0.9 USDC, least is 1', { sizeMicro: 18_000_000 }, {}, {}],
    ['below_min', '5 USDC, least is 6', {}, {}, { minTradeMicro: 6_000_000 }],
    ['below_min', '0.5 USDC, least is 1', {}, {}, { minTradeMicro: 0, maxTradeMicro: 500_000 }],
    ['below_min', '0.5 USDC, least is 1', {}, {}, wallet({ maxTradeMicro: 500_000 })],
    ['below_min', '0 USDC', {}, {}, { sizing: { mode: 'proportional', ratio: Number.NaN } }],
    ['below_min', '0 USDC', {}, {}, { sizing: { mode: 'proportional', ratio: 11 } }],
    [
      'below_min',
      '0 USDC',
      {},
      { equityMicro: -5 },
      { sizing: { mode: 'bankroll', fraction: 0.1 } },
    ],
    ['max_positions', '10 open', {}, { exposure: exposure({ openPositions: 10 }) }, {}],
    [
      'max_position',
      'position: 49 of 50 used, 1 USDC left',
      {},
      { exposure: exposure({ tokenMicro: 49_000_000 }) },
      {},
    ],
    ['wallet_limit', '', {}, { exposure: exposure({ walletMicro: 200_000_000 }) }, {}],
    [
      'wallet_limit',
      '3 of 2',
      {},
      { exposure: exposure({ walletMicro: 3_000_000 }) },
      wallet({ maxExposureMicro: 2_000_000 }),
    ],
    ['market_limit', '', {}, { exposure: exposure({ marketMicro: 99_500_000 }) }, {}],
    ['event_limit', '', {}, { exposure: exposure({ eventMicro: 150_000_001 }) }, {}],
    ['total_limit', '', {}, { exposure: exposure({ totalMicro: 499_500_000 }) }, {}],
    ['insufficient_cash', 'cash: 1 free', {}, { cashMicro: 1_000_000 }, {}],
    ['insufficient_cash', 'cash: -5 free', {}, { cashMicro: -5_000_000 }, {}],
    ['total_limit', '', {}, {}, { maxTotalExposureMicro: Number.NaN }],
    ['internal_error', 'unsound', {}, { cashMicro: Number.NaN }, {}],
    ['internal_error', 'unsound', {}, { equityMicro: Number.POSITIVE_INFINITY }, {}],
    ['internal_error', 'unsound', { sizeMicro: 0 }, {}, {}],
    ['internal_error', 'unsound', { sizeMicro: 1.5 }, {}, {}],
    ['internal_error', 'unsound', { priceMicro: 0 }, {}, {}],
    ['internal_error', 'unsound', { priceMicro: 0.5 }, {}, {}],
    ['internal_error', 'unsound', { priceMicro: 1_000_001 }, {}, {}],
    ['internal_error', 'unsound', {}, {}, { maxSlippage: Number.NaN }],
    ['internal_error', 'unsound', {}, {}, { maxSlippage: 1.5 }],
    ...(['token', 'wallet', 'market', 'event', 'total'] as const).map(
      (name): [SkipReason, string, object, Partial<Snapshot>, object] => [
        'internal_error',
        'unsound',
        {},
        { exposure: exposure({ [`${name}Micro`]: -1 }) },
        {},
      ],
    ),
    ['internal_error', '', {}, { exposure: exposure({ openPositions: Number.NaN }) }, {}],
  ])('is refused as %s (%s)', (reason, detail, t, s, p) => {
    const text = outcome(trade(t), snapshot(s), policy(p));
    expect(text.startsWith(`${reason}: `), text).toBe(true);
    expect(text).toContain(detail);
  });

  it.each<[string, Partial<TargetTrade>, Partial<Snapshot>, Partial<Policy>]>([
    ['the oldest age', { tradedAtMs: NOW - 30_000 }, {}, {}],
    ['the oldest book', {}, { book: book({ updatedAtMs: NOW - 15_000 }) }, {}],
    ['the worst price', { priceMicro: 490_197 }, {}, {}],
    ['the least sum', { sizeMicro: 20_000_000 }, {}, {}],
    ['the last position', {}, { exposure: exposure({ openPositions: 9 }) }, {}],
    [
      'another buy of it',
      {},
      { exposure: exposure({ openPositions: 10, positionOpen: true }) },
      {},
    ],
    ['an allowed market', {}, {}, { allowMarkets: new Set(['event']) }],
    ['a free probe', {}, { breaker: probing }, {}],
    ['no slippage', {}, {}, { maxSlippage: 0 }],
    ['the highest price', { priceMicro: 1_000_000 }, {}, {}],
    ['a flat fee', {}, { market: market({ feeExponent: 0 }) }, {}],
    ['the highest fee', {}, { market: market({ feeRate: 1, feeExponent: 8 }) }, {}],
  ])('is copied at the edge: %s', (_, t, s, p) => {
    expect(outcome(trade(t), snapshot(s), policy(p))).toBe('copy');
  });

  it('is sized by the mode of its wallet, else of the policy, and capped', () => {
    const cost = (t: Partial<TargetTrade>, p: Partial<Policy>) =>
      copied(trade(t), snapshot(), policy(p)).draft.makerAmountMicro;
    const fixed = { mode: 'fixed', usdcMicro: 7_654_321 } as const;
    expect(cost({}, { sizing: fixed })).toBe(7_650_000);
    expect(cost({}, { sizing: { mode: 'bankroll', fraction: 0.012 } })).toBe(12_000_000);
    expect(cost({}, wallet({ sizing: fixed }))).toBe(7_650_000);
    expect(cost({ sizeMicro: 9_000_000_000_000_000 }, {})).toBe(25_000_000);
    expect(cost({ sizeMicro: 900_000_000 }, wallet({ maxTradeMicro: 30_000_000 }))).toBe(
      30_000_000,
    );
  });

  it('while probing has the minimum size', () => {
    const probe = copied(trade(), snapshot({ breaker: probing }), policy());
    expect(probe.draft.makerAmountMicro).toBe(1_000_000);
  });

  it.each<[Partial<Snapshot['exposure']>, number]>([
    [{ tokenMicro: 47_000_000 }, 3_000_000],
    [{ walletMicro: 198_000_000 }, 2_000_000],
    [{ marketMicro: 96_000_000 }, 4_000_000],
    [{ eventMicro: 148_500_000 }, 1_500_000],
    [{ totalMicro: 496_543_210 }, 3_456_790],
  ])('is cut to what a limit leaves, fee included: %j', (used, room) => {
    const decision = copied(trade(), snapshot({ exposure: exposure(used) }), policy());
    expect(decision.reserveMicro).toBeLessThanOrEqual(room);
    expect(decision.reserveMicro).toBeGreaterThan(room - 21_000);
  });

  it.each([
    ['to the micro', 5_198_100, 5_000_000],
    ['a micro less is a cent less', 5_198_099, 4_990_000],
    ['a rounded fee fits', 1_050_100, 1_010_000],
    ['a rounded fee does not fit', 1_050_099, 1_000_000],
  ])('uses up what cash there is, %s', (_, cashMicro, cost) => {
    const decision = copied(trade(), snapshot({ cashMicro }), policy());
    expect(decision.draft.makerAmountMicro).toBe(cost);
    expect(decision.reserveMicro).toBeLessThanOrEqual(cashMicro);
  });

  it('is refused when the venue cannot write it', () => {
    const written = ENTRY_GATES.at(-1);
    const entry = { trade: trade(), snapshot: snapshot(), policy: policy(), wallet: undefined };
    const tiny = {
      bestAskMicro: 0,
      limitMicro: 510_000,
      budgetMicro: 9999,
      draft: undefined,
      reserveMicro: 0,
    };
    expect(written?.({ ...entry, ...tiny, facts: {} })).toEqual([
      'below_min',
      "0.009999 USDC cannot be written in the venue's decimals",
    ]);
  });
});

describe('an exit', () => {
  const sell = (over: Partial<TargetTrade> = {}) => trade({ side: 'SELL', ...over });
  const holding = (over: Partial<Snapshot> = {}) => snapshot({ heldMicro: 20_000_000, ...over });

  it.each([
    ['unknown', undefined, 20_000_000],
    ['four times the sale', 400_000_000, 5_000_000],
    ['three times the sale', 300_000_000, 6_660_000],
    ['all of it', 100_000_000, 20_000_000],
    ['less than the sale', 1, 20_000_000],
    ['nonsense', Number.NaN, 20_000_000],
  ])('mirrors the reduction; the leader held %s', (_, leaderHoldingMicro, shares) => {
    const decision = copied(sell(), holding({ leaderHoldingMicro }), policy());
    expect(decision).toMatchObject({
      limitMicro: 480_000,
      reserveMicro: 0,
      reserveSharesMicro: shares,
      draft: { side: 'SELL', makerAmountMicro: shares, takerAmountMicro: (shares * 48) / 100 },
      facts: { heldMicro: 20_000_000, bestBidMicro: 490_000, limitMicro: 480_000 },
    });
  });

  it.each<[string, Partial<Snapshot>, Partial<Policy>]>([
    ['tripped', { breaker: tripped }, {}],
    ['halted', { breaker: halted }, {}],
    ['probing', { breaker: probing, probeInFlight: true }, {}],
    ['blocked', { entryBlock: 'reduce_only' }, {}],
    ['over every limit', { exposure: exposure({ totalMicro: 9e15, openPositions: 99 }) }, {}],
    ['without cash', { cashMicro: -1 }, {}],
    ['with an old book', { book: book({ updatedAtMs: 0 }) }, {}],
    ['of a wallet switched off', {}, wallet({ enabled: false })],
    ['of a denied market', {}, { denyMarkets: new Set(['will-it']) }],
    ['with unsound slippage', {}, { maxSlippage: Number.NaN }],
  ])('passes %s', (_, s, p) => {
    expect(outcome(sell(), holding(s), policy(p))).toBe('copy');
  });

  it('passes however old', () => {
    expect(outcome(sell({ tradedAtMs: 0 }), holding(), policy())).toBe('copy');
  });

  it.each<[SkipReason, string, Partial<TargetTrade>, Partial<Snapshot>]>([
    ['no_position', 'nothing of this is held', {}, { heldMicro: 0 }],
    ['no_position', 'nothing of this is held', {}, { heldMicro: Number.NaN }],
    ['pending_exit', '3 shares', {}, { heldMicro: 0, pendingSellMicro: 3_000_000 }],
    ['market_unknown', 'not known', {}, { market: undefined }],
    ['market_unknown', 'not known', {}, { market: market({ tokenIds: ['1', '2'] }) }],
    ['market_closed', 'payout', {}, { market: market({ closed: true }) }],
    ['market_closed', 'payout', {}, { market: market({ acceptingOrders: false }) }],
    ['market_closed', 'payout', {}, { market: market({ resolution: 'split' }) }],
    ['no_book', 'no bid', {}, { book: undefined }],
    ['no_book', 'no bid', {}, { book: book({ bids: [] }) }],
    ['no_book', 'no bid', {}, { book: book({ tokenId: '987' }) }],
    ['below_min', '0.009999 shares', {}, { heldMicro: 9999 }],
    ['below_min', '0.0002 shares', { sizeMicro: 10 }, { leaderHoldingMicro: 1_000_000 }],
  ])('is refused as %s (%s) only for what an order cannot be without', (reason, detail, t, s) => {
    const text = outcome(sell(t), holding(s), policy());
    expect(text.startsWith(`${reason}: `), text).toBe(true);
    expect(text).toContain(detail);
  });
});

const sum = fc.integer({ min: 0, max: 600_000_000 });
const breakers = fc.constantFrom<BreakerState>({ kind: 'armed' }, tripped, halted, probing);
const sizings = fc.constantFrom<Policy['sizing']>(
  { mode: 'proportional', ratio: 0.37 },
  { mode: 'fixed', usdcMicro: 13_370_001 },
  { mode: 'bankroll', fraction: 0.0213 },
);
const ticks = fc.constantFrom(100_000, 10_000, 5000, 2500, 1000, 100);

const cases = fc.record({
  breaker: breakers,
  entryBlock: fc.option(fc.constantFrom<SkipReason>('starting', 'blind', 'reduce_only'), {
    nil: undefined,
    freq: 4,
  }),
  probeInFlight: fc.boolean(),
  cash: sum,
  used: fc.tuple(sum, sum, sum, sum, sum),
  openPositions: fc.integer({ min: 0, max: 11 }),
  positionOpen: fc.boolean(),
  tick: ticks,
  feeRate: fc.constantFrom(0, 0.03, 0.07),
  feeExponent: fc.constantFrom(0, 1, 2),
  size: fc.integer({ min: 1, max: 3_000_000_000 }),
  price: fc.integer({ min: 1, max: 1_000_000 }),
  ask: fc.integer({ min: 1, max: 9999 }),
  sizing: sizings,
  minTrade: fc.integer({ min: 0, max: 5_000_000 }),
});

/** Same numbers as sums for every limit, so that each of them is at times the tightest. */
function build(c: typeof cases extends fc.Arbitrary<infer T> ? T : never) {
  const [tokenMicro, walletMicro, marketMicro, eventMicro, totalMicro] = c.used.map((micro, i) =>
    Math.floor(micro / ([12, 3, 6, 4, 1.2][i] ?? 1)),
  ) as [number, number, number, number, number];
  const ask = Math.ceil((c.price * (1 + (c.ask - 5000) / 200_000)) / c.tick) * c.tick;
  const s = snapshot({
    breaker: c.breaker,
    entryBlock: c.entryBlock,
    probeInFlight: c.probeInFlight,
    cashMicro: c.cash,
    equityMicro: c.cash + totalMicro,
    market: market({ tickMicro: c.tick, feeRate: c.feeRate, feeExponent: c.feeExponent }),
    book: book({ asks: [{ priceMicro: ask, sizeMicro: 1e12 }] }),
    exposure: {
      tokenMicro,
      walletMicro,
      marketMicro,
      eventMicro,
      totalMicro,
      openPositions: c.openPositions,
      positionOpen: c.positionOpen,
    },
  });
  const p = policy({ sizing: c.sizing, minTradeMicro: c.minTrade });
  return { t: trade({ sizeMicro: c.size, priceMicro: c.price }), s, p };
}

describe('whatever the snapshot', () => {
  it('no entry passes a breaker that is not open to it, an entry block, or a full table', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { t, s, p } = build(c);
        const open =
          c.breaker.kind === 'armed' || (c.breaker.kind === 'probing' && !c.probeInFlight);
        const table = c.positionOpen || c.openPositions < p.maxConcurrentPositions;
        const decision = decide(t, s, p);
        if (decision.result === 'copy') {
          expect(open && table && c.entryBlock === undefined).toBe(true);
        } else expect(SKIP_REASONS).toContain(decision.reason);
      }),
      { numRuns: 2000 },
    );
  });

  it('a copy exceeds no limit, is no larger than wanted, and no smaller than the minimum', () => {
    let copies = 0;
    fc.assert(
      fc.property(cases, (c) => {
        const { t, s, p } = build({
          ...c,
          breaker: c.breaker.kind === 'probing' ? probing : { kind: 'armed' },
          entryBlock: undefined,
          probeInFlight: false,
        });
        const decision = decide(t, s, p);
        if (decision.result !== 'copy') return;
        copies += 1;
        const { reserveMicro, draft, limitMicro, facts } = decision;
        const e = s.exposure;
        expect(e.tokenMicro + reserveMicro).toBeLessThanOrEqual(p.maxPositionMicro);
        expect(e.walletMicro + reserveMicro).toBeLessThanOrEqual(p.maxWalletExposureMicro);
        expect(e.marketMicro + reserveMicro).toBeLessThanOrEqual(p.maxMarketExposureMicro);
        expect(e.eventMicro + reserveMicro).toBeLessThanOrEqual(p.maxEventExposureMicro);
        expect(e.totalMicro + reserveMicro).toBeLessThanOrEqual(p.maxTotalExposureMicro);
        expect(reserveMicro).toBeLessThanOrEqual(s.cashMicro);
        const cost = draft.makerAmountMicro;
        const minimum = Math.max(p.minTradeMicro, 1_000_000);
        expect(cost).toBeLessThanOrEqual(Number(facts.wantedMicro));
        expect(cost).toBeLessThanOrEqual(p.maxTradeMicro);
        expect(cost).toBeGreaterThanOrEqual(minimum);
        if (s.breaker.kind === 'probing') expect(cost).toBeLessThan(minimum + 10_000);
        expect(limitMicro).toBeLessThanOrEqual(t.priceMicro * (1 + p.maxSlippage));
      }),
      { numRuns: 5000 },
    );
    expect(copies).toBeGreaterThan(100);
  });

  it('an exit is never blocked, and never more than is held', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1_000_000, max: 1e9 }), fc.nat(), (c, held, leader) => {
        const { t, s, p } = build(c);
        const s2 = { ...s, heldMicro: held, leaderHoldingMicro: leader, market: market() };
        const decision = decide({ ...t, side: 'SELL' }, s2, p);
        if (decision.result === 'copy') {
          expect(decision.reserveSharesMicro).toBeLessThanOrEqual(held);
          expect(decision.reserveMicro).toBe(0);
        } else expect(decision.reason).toBe('below_min');
      }),
    );
  });
});
