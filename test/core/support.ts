import type { Policy, Snapshot } from '../../src/core/decision.ts';
import { NO_EXPOSURE } from '../../src/core/ledger-queries.ts';
import type { Book, MarketInfo } from '../../src/core/market.ts';
import type { TargetRow, TargetTrade } from '../../src/core/trade.ts';

export const NOW = 1_790_000_000_000;
export const WALLET = '0x1111111111111111111111111111111111111111';
export const TOKEN = '123456789';

export function row(over: Partial<TargetRow> = {}): TargetRow {
  return {
    source: 'rtds_trades',
    wallet: WALLET,
    transactionHash: `0x${'ab'.repeat(32)}`,
    tokenId: TOKEN,
    conditionId: '0xc0',
    side: 'BUY',
    sizeMicro: 100_000_000,
    priceMicro: 500_000,
    tradedAtMs: NOW - 2000,
    seenAtMs: NOW,
    outcome: 'Yes',
    outcomeIndex: 0,
    title: 'Will it?',
    slug: 'will-it',
    eventSlug: 'event',
    ...over,
  };
}

export function trade(over: Partial<TargetTrade> = {}): TargetTrade {
  return { ...row(over), fillId: 'f', ordinal: 0, ...over };
}

export function market(over: Partial<MarketInfo> = {}): MarketInfo {
  return {
    conditionId: '0xc0',
    tokenIds: [TOKEN, '987'],
    outcomes: ['Yes', 'No'],
    title: 'Will it?',
    slug: 'will-it',
    eventSlug: 'event',
    tickMicro: 10_000,
    minOrderSizeMicro: 5_000_000,
    negRisk: false,
    feeRate: 0.04,
    feeExponent: 1,
    acceptingOrders: true,
    closed: false,
    fetchedAtMs: NOW,
    ...over,
  };
}

export function book(over: Partial<Book> = {}): Book {
  return {
    tokenId: TOKEN,
    bids: [{ priceMicro: 490_000, sizeMicro: 1_000_000_000 }],
    asks: [{ priceMicro: 500_000, sizeMicro: 1_000_000_000 }],
    updatedAtMs: NOW - 100,
    ...over,
  };
}

export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    nowMs: NOW,
    breaker: { kind: 'armed' },
    entryBlock: undefined,
    probeInFlight: false,
    cashMicro: 1_000_000_000,
    equityMicro: 1_000_000_000,
    market: market(),
    book: book(),
    heldMicro: 0,
    pendingSellMicro: 0,
    leaderHoldingMicro: undefined,
    exposure: exposure(),
    ...over,
  };
}

export function exposure(over: Partial<Snapshot['exposure']> = {}): Snapshot['exposure'] {
  return { ...NO_EXPOSURE, ...over };
}

export function policy(over: Partial<Policy> = {}): Policy {
  return {
    sizing: { mode: 'proportional', ratio: 0.1 },
    minTradeMicro: 1_000_000,
    maxTradeMicro: 25_000_000,
    maxPositionMicro: 50_000_000,
    maxConcurrentPositions: 10,
    maxWalletExposureMicro: 200_000_000,
    maxMarketExposureMicro: 100_000_000,
    maxEventExposureMicro: 150_000_000,
    maxTotalExposureMicro: 500_000_000,
    maxSlippage: 0.02,
    maxTradeAgeMs: 30_000,
    maxBookAgeMs: 15_000,
    wallets: new Map([[WALLET, { enabled: true, label: 'leader' }]]),
    allowMarkets: new Set(),
    denyMarkets: new Set(),
    ...over,
  };
}
