import type { DecisionRow, OrderRow, TradeRow } from '../../src/state/journal-rows.ts';

export const WALLET = `0x${'ab'.repeat(20)}`;

export function sampleDecision(n: number, change: Partial<DecisionRow> = {}): DecisionRow {
  return {
    fillId: `fill-${String(n).padStart(6, '0')}`,
    wallet: WALLET,
    transactionHash: `0x${String(n).padStart(64, '0')}`,
    ordinal: 0,
    source: 'rtds_trades',
    tokenId: '111',
    conditionId: `0x${'c'.repeat(64)}`,
    side: 'BUY',
    sizeMicro: 100_000_000,
    priceMicro: 500_000,
    outcome: 'Yes',
    title: 'Will it rain?',
    slug: 'rain',
    eventSlug: 'weather',
    tradedAtMs: 1_000 + n,
    seenAtMs: 2_000 + n,
    decidedAtMs: 3_000 + n,
    result: 'skip',
    reason: 'stale',
    detail: 'too old',
    facts: { ageMs: 1000 },
    orderId: undefined,
    ...change,
  };
}

export function sampleOrder(n: number, change: Partial<OrderRow> = {}): OrderRow {
  return {
    orderId: `0xorder${n}`,
    fillId: `fill-${String(n).padStart(6, '0')}`,
    kind: 'copy',
    wallet: WALLET,
    tokenId: '111',
    conditionId: `0x${'c'.repeat(64)}`,
    eventSlug: 'weather',
    side: 'BUY',
    draft: {
      tokenId: '111',
      side: 'BUY',
      makerAmountMicro: 5_000_000,
      takerAmountMicro: 10_000_000,
      orderType: 'FAK',
      negRisk: false,
    },
    payload: `{"n":${n}}`,
    limitMicro: 500_000,
    reserveMicro: 5_100_000,
    reserveSharesMicro: 0,
    status: 'signed',
    filledSharesMicro: 0,
    filledUsdcMicro: 0,
    createdAtMs: 4_000 + n,
    updatedAtMs: 4_000 + n,
    ...change,
  };
}

export function sampleTrade(n: number, change: Partial<TradeRow> = {}): TradeRow {
  return {
    tradeId: `trade-${n}`,
    orderId: `0xorder${n}`,
    tokenId: '111',
    conditionId: `0x${'c'.repeat(64)}`,
    side: 'BUY',
    sizeMicro: 10_000_000,
    priceMicro: 500_000,
    feeMicro: 1000,
    status: 'MATCHED',
    matchedAtMs: 5_000 + n,
    transactionHash: '',
    updatedAtMs: 5_000 + n,
    ...change,
  };
}
