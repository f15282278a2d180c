import {
  type BotEvent,
  type BotStatus,
  LATENCY_BOUNDS_S,
  type LatencySummary,
  STATUS_SCHEMA,
  STATUS_VERSION,
} from '../../src/core/status.ts';

export const fakeHello = {
  schema: STATUS_SCHEMA,
  version: STATUS_VERSION,
  pid: process.pid,
  release: '0.1.0',
  mode: 'paper',
  environment: 'development',
  startedAtMs: 1_700_000_000_000,
} as const;

export function fakeLatency(overrides: Partial<LatencySummary> = {}): LatencySummary {
  return {
    count: 3,
    p50Ms: 0.4,
    p99Ms: 1.2,
    maxMs: 1.2,
    buckets: LATENCY_BOUNDS_S.map((bound) => (bound < 0.0005 ? 0 : bound < 0.0025 ? 2 : 3)).concat(
      3,
    ),
    sumSeconds: 0.002,
    ...overrides,
  };
}

/** A healthy bot with one position. */
export function fakeStatus(overrides: Partial<BotStatus> = {}): BotStatus {
  const fine = { status: 'healthy', message: 'as it should be' } as const;
  return {
    mode: 'paper',
    entriesAllowed: true,
    entriesReason: '',
    breaker: { trading: { kind: 'armed' }, mcp: { kind: 'armed' } },
    cashMicro: 957_300_000,
    equityMicro: 1_003_120_000,
    exposureMicro: 42_700_000,
    reservedMicro: 0,
    dailyPnlMicro: 3_120_000,
    dailyLossMicro: 0,
    realisedPnlMicro: 1_000_000,
    unrealisedPnlMicro: 2_120_000,
    feesMicro: 12_345,
    positions: [
      {
        tokenId: '123456789',
        conditionId: `0x${'ab'.repeat(32)}`,
        title: 'Will it rain in Ghent on 3 May?',
        outcome: 'Yes',
        sharesMicro: 75_000_000,
        provisionalSharesMicro: 0,
        costMicro: 42_700_000,
        markMicro: 597_600,
        unrealisedMicro: 2_120_000,
        wallet: `0x${'12'.repeat(20)}`,
        openedAtMs: 1_700_000_100_000,
      },
    ],
    openOrders: 0,
    unknownOrders: 0,
    followedWallets: 5,
    decisions: { 'copy:copied': 7, 'skip:stale': 2, 'skip:slippage': 3 },
    orders: { accepted: 7, filled: 6, confirmed: 6, rejected: 1 },
    latency: { feed: fakeLatency(), internal: fakeLatency(), ack: fakeLatency() },
    discovery: {
      connected: true,
      blind: false,
      lastMessageAgeMs: 120,
      completeness: 1,
      rows: 4321,
      quarantined: 0,
      reconnects: 0,
    },
    components: {
      main_bot: fine,
      wallet_monitor: fine,
      trade_executor: fine,
      circuit_breaker: fine,
    },
    vitals: { rssBytes: 90_000_000, cpuSeconds: 12.5, loopDelayP99Ms: 11, uptimeSeconds: 600 },
    ...overrides,
  };
}

export function fakeDecision(
  overrides: Partial<Extract<BotEvent, { kind: 'decision' }>> = {},
): BotEvent {
  return {
    kind: 'decision',
    fillId: 'f00d',
    wallet: `0x${'12'.repeat(20)}`,
    title: 'Will it rain in Ghent on 3 May?',
    outcome: 'Yes',
    side: 'BUY',
    leaderSharesMicro: 120_000_000,
    leaderPriceMicro: 570_000,
    result: 'copy',
    reason: 'copied',
    detail: '',
    orderId: `0x${'cd'.repeat(32)}`,
    usdcMicro: 6_840_000,
    ...overrides,
  };
}
