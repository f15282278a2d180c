/**
 * What the bot publishes on run/status.sock: one JSON object a line. The mcp process, `pmcp status`
 * and the terminal of `pmcp up` read this and nothing else of the bot's.
 *
 * A reader may send one verb: {"verb":"halt","reason":"...","by":"..."}.
 */
import type { BreakerState } from './breaker.ts';
import type { MicroShares, MicroUsdc, PriceMicro } from './money.ts';
import type { Side } from './trade.ts';

export const STATUS_SCHEMA = 'pmcp.status';
export const STATUS_VERSION = 1;

export type StatusMessage =
  | {
      type: 'hello';
      schema: typeof STATUS_SCHEMA;
      version: number;
      pid: number;
      release: string;
      mode: 'paper' | 'shadow' | 'live';
      environment: string;
      startedAtMs: number;
    }
  | { type: 'status'; seq: number; atMs: number; status: BotStatus }
  | { type: 'event'; seq: number; atMs: number; event: BotEvent }
  /** This reader was too slow: so many messages were not sent to it. */
  | { type: 'dropped'; count: number }
  /** To a reader that sent a line: whether it was obeyed, and why not. */
  | { type: 'answer'; ok: boolean; message: string };

/** The one thing a reader may ask for. */
export interface HaltRequest {
  reason: string;
  /** Who says so, by his own account. */
  by: string;
}

export type ComponentVerdict = 'healthy' | 'degraded' | 'critical' | 'disabled' | 'unknown';

export interface ComponentReport {
  status: ComponentVerdict;
  /** What is the case and, when not healthy, what to do. */
  message: string;
}

export interface LatencySummary {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /**
   * Cumulative counts for the Prometheus histogram, one per bound of LATENCY_BOUNDS_S, then +Inf.
   */
  buckets: number[];
  sumSeconds: number;
}

/** Upper bounds in seconds of the latency histograms, stage by stage the same. */
export const LATENCY_BOUNDS_S = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30,
] as const;

export interface PositionReport {
  tokenId: string;
  conditionId: string;
  title: string;
  outcome: string;
  sharesMicro: MicroShares;
  /** Of these, bought in fills the chain has not confirmed yet. */
  provisionalSharesMicro: MicroShares;
  costMicro: MicroUsdc;
  /** Price used for the mark, and where it came from; null when no live book is known. */
  markMicro: PriceMicro | null;
  unrealisedMicro: MicroUsdc | null;
  wallet: string;
  openedAtMs: number;
}

export interface BotStatus {
  mode: 'paper' | 'shadow' | 'live';
  /**
   * false while starting, reconciling, halted, tripped, blind or reduce-only; `entriesReason` says
   * which.
   */
  entriesAllowed: boolean;
  entriesReason: string;
  breaker: { trading: BreakerState; mcp: BreakerState };
  cashMicro: MicroUsdc;
  equityMicro: MicroUsdc;
  exposureMicro: MicroUsdc;
  reservedMicro: MicroUsdc;
  dailyPnlMicro: MicroUsdc;
  dailyLossMicro: MicroUsdc;
  realisedPnlMicro: MicroUsdc;
  unrealisedPnlMicro: MicroUsdc;
  feesMicro: MicroUsdc;
  positions: PositionReport[];
  openOrders: number;
  unknownOrders: number;
  followedWallets: number;
  /** Decisions since start by `outcome:reason`, reasons from core/decision.ts: a bounded set. */
  decisions: Record<string, number>;
  /**
   * Orders since start by outcome: accepted, rejected, unknown, filled, killed, confirmed, failed.
   */
  orders: Record<string, number>;
  latency: { feed: LatencySummary; internal: LatencySummary; ack: LatencySummary };
  discovery: {
    connected: boolean;
    blind: boolean;
    lastMessageAgeMs: number | null;
    /**
     * Fills seen live before the Data API showed them / all fills it showed, last hour; null if
     * none.
     */
    completeness: number | null;
    rows: number;
    quarantined: number;
    reconnects: number;
  };
  components: {
    main_bot: ComponentReport;
    wallet_monitor: ComponentReport;
    trade_executor: ComponentReport;
    circuit_breaker: ComponentReport;
  };
  vitals: {
    rssBytes: number;
    cpuSeconds: number;
    loopDelayP99Ms: number;
    uptimeSeconds: number;
    /** Our clock minus the venue's; null or absent: not known. */
    clockSkewMs?: number | null;
    /** Files that are open, and the most that may be; null or absent: not known. */
    fds?: number | null;
    fdLimit?: number | null;
  };
}

export type BotEvent =
  | {
      kind: 'decision';
      fillId: string;
      wallet: string;
      title: string;
      outcome: string;
      side: Side;
      leaderSharesMicro: MicroShares;
      leaderPriceMicro: PriceMicro;
      result: 'copy' | 'skip';
      reason: string;
      detail: string;
      orderId: string | null;
      usdcMicro: MicroUsdc | null;
      /** The numbers the decision rests on. */
      facts?: Readonly<Record<string, string | number>>;
    }
  | {
      kind: 'order';
      fillId: string;
      orderId: string;
      outcome: string;
      detail: string;
      sharesMicro: MicroShares;
      usdcMicro: MicroUsdc;
    }
  | {
      kind: 'settlement';
      orderId: string;
      tradeId: string;
      status: string;
      sharesMicro: MicroShares;
      priceMicro: PriceMicro;
      feeMicro: MicroUsdc;
    }
  | {
      kind: 'exit';
      tokenId: string;
      title: string;
      reason: string;
      orderId: string | null;
      detail: string;
    }
  | { kind: 'breaker'; latch: string; from: string; to: string; cause: string; by: string }
  | {
      kind: 'resolution';
      conditionId: string;
      title: string;
      payoutMicro: MicroUsdc;
      pnlMicro: MicroUsdc;
    }
  | {
      kind: 'feed';
      state: 'connected' | 'silent' | 'reconnected' | 'blind' | 'sighted';
      detail: string;
    }
  | { kind: 'notice'; level: 'info' | 'warning' | 'error'; message: string };
