import fc from 'fast-check';
import { expect } from 'vitest';
import { createLedger } from '../../src/core/ledger.ts';
import type { Ledger, LedgerEvent } from '../../src/core/ledger-types.ts';

export const OPENING = 1_000_000_000;
export const ref = (token: string, wallet = 'w1') => ({
  tokenId: token,
  conditionId: `c-${token.slice(0, 1)}`,
  eventSlug: 'e',
  wallet,
});
export const noMarks = () => undefined;

export type Fill = Extract<LedgerEvent, { kind: 'fill' }>;
export type Numbers = { shares: number; usdc: number; fee?: number };

export function fill(
  side: 'BUY' | 'SELL',
  tradeId: string,
  { shares, usdc, fee = 0 }: Numbers,
  token = 'a1',
  wallet = 'w1',
  orderId = `o-${tradeId}`,
): Fill {
  return {
    kind: 'fill',
    ...ref(token, wallet),
    tradeId,
    orderId,
    side,
    sharesMicro: shares,
    usdcMicro: usdc,
    feeMicro: fee,
    atMs: 1000,
  };
}
export const confirm = (tradeId: string): LedgerEvent => ({ kind: 'confirm', tradeId, atMs: 2000 });
export const fail = (tradeId: string): LedgerEvent => ({ kind: 'void', tradeId, atMs: 2000 });
export const resolve = (payoutMicro: number, tokenId = 'a1'): LedgerEvent => ({
  kind: 'resolve',
  tokenId,
  payoutMicro,
  atMs: 3000,
});
export const redeem: LedgerEvent = { kind: 'redeem', conditionId: 'c-a', atMs: 4000 };
export const reserveBuy = (orderId: string, cashMicro: number, token = 'a1', wallet = 'w1') =>
  ({
    kind: 'reserve',
    ...ref(token, wallet),
    orderId,
    side: 'BUY',
    cashMicro,
    sharesMicro: 0,
    atMs: 1,
  }) as const;
export const reserveSell = (orderId: string, sharesMicro: number, token = 'a1', wallet = 'w1') =>
  ({ ...reserveBuy(orderId, 0, token, wallet), side: 'SELL', sharesMicro }) as const;

export function ledgerWith(...events: LedgerEvent[]): Ledger {
  const ledger = createLedger(OPENING);
  for (const event of events) expect(ledger.apply(event), JSON.stringify(event)).toBe(true);
  return ledger;
}

export const TOKENS = ['a1', 'a2', 'b1'];
const idOf = fc.integer({ min: 0, max: 11 }).map((n) => `t${n}`);
const orderOf = fc.integer({ min: 0, max: 3 }).map((n) => `o${n}`);
const tokenOf = fc.constantFrom(...TOKENS);
const walletOf = fc.constantFrom('w1', 'w2', 'w3');
const sideOf = fc.constantFrom('BUY' as const, 'SELL' as const);
const micro = fc.integer({ min: 0, max: 50_000_000 });
const eventOf: fc.Arbitrary<LedgerEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(sideOf, idOf, micro, micro, micro, tokenOf, walletOf, orderOf)
      .map(([side, id, shares, usdc, fee, token, wallet, order]) =>
        fill(side, id, { shares, usdc, fee: fee % 1000 }, token, wallet, order),
      ),
  },
  fc
    .tuple(sideOf, orderOf, micro, tokenOf, walletOf)
    .map(([side, order, sum, token, wallet]) =>
      side === 'BUY'
        ? reserveBuy(order, sum, token, wallet)
        : reserveSell(order, sum, token, wallet),
    ),
  orderOf.map((orderId): LedgerEvent => ({ kind: 'release', orderId, atMs: 1 })),
  idOf.map(confirm),
  idOf.map(fail),
  fc
    .tuple(tokenOf, fc.constantFrom(0, 500_000, 1_000_000))
    .map(([token, payout]) => resolve(payout, token)),
  fc
    .constantFrom('c-a', 'c-b')
    .map((conditionId): LedgerEvent => ({ kind: 'redeem', conditionId, atMs: 1 })),
  fc
    .integer({ min: -5_000_000, max: 5_000_000 })
    .map((cashMicro): LedgerEvent => ({ kind: 'adjust', cashMicro, reason: '', atMs: 1 })),
);
export const history = fc.array(eventOf, { maxLength: 60 });

export function applied(events: readonly LedgerEvent[]): Ledger {
  const ledger = createLedger(OPENING);
  for (const event of events) ledger.apply(event);
  return ledger;
}
