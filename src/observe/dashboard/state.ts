/**
 * What the server tells an open dashboard. Types only: the page and the server are built apart, and
 * this is all that they share. Money is in micro-USDC; times are epoch milliseconds of the trading
 * clock, except where a name says real.
 */
import type { BreakerState } from '../../core/breaker.ts';
import type { ComponentVerdict } from '../../core/status.ts';

export interface DashboardState {
  schema: 'pmcp.dashboard';
  version: 1;
  atMs: number;
  realAtMs: number;
  /** The page is refreshed at least this often; much later means that it is not live. */
  refreshMs: number;
  release: string;
  environment: string;
  verdict: 'healthy' | 'degraded' | 'critical';
  components: ComponentState[];
  /** null while nothing that can be trusted is known of the bot; `botProblem` says why. */
  bot: BotState | null;
  botProblem: string;
  limits: { totalMicro: number; marketMicro: number; walletMicro: number; dailyLossMicro: number };
  exposure: { byMarket: ExposureState[]; byWallet: ExposureState[] };
  /** Newest first. */
  decisions: DecisionState[];
  alerts: {
    active: AlertState[];
    activeTotal: number;
    recent: AlertState[];
    silences: SilenceState[];
  };
  tools: ToolState[];
  resources: ResourceState[];
  /** The newest point of the charts. */
  point: ChartPoint | null;
  /** Changes when a mark was added: time to read the history again. */
  marks: number;
}

export interface ComponentState {
  name: string;
  status: ComponentVerdict;
  message: string;
  /** Real time. */
  sinceMs: number;
}

export interface BotState {
  mode: 'paper' | 'shadow' | 'live';
  uptimeSeconds: number;
  entriesAllowed: boolean;
  entriesReason: string;
  breaker: { trading: BreakerState; mcp: BreakerState };
  cashMicro: number;
  equityMicro: number;
  exposureMicro: number;
  reservedMicro: number;
  dailyPnlMicro: number;
  dailyLossMicro: number;
  realisedPnlMicro: number;
  unrealisedPnlMicro: number;
  feesMicro: number;
  positions: number;
  openOrders: number;
  unknownOrders: number;
  followedWallets: number;
  copied: number;
  skipped: number;
  /** Reasons of skips, most frequent first. */
  skips: { reason: string; count: number }[];
  latency: Record<StageName, { count: number; p50Ms: number; p99Ms: number }>;
  discovery: {
    connected: boolean;
    blind: boolean;
    completeness: number | null;
    rows: number;
    quarantined: number;
    reconnects: number;
  };
}

export type StageName = 'feed' | 'internal' | 'ack';

export interface ExposureState {
  name: string;
  positions: number;
  costMicro: number;
  /** null when one of them has no mark. */
  unrealisedMicro: number | null;
}

export interface DecisionState {
  id: string;
  atMs: number;
  wallet: string;
  title: string;
  outcome: string;
  side: 'BUY' | 'SELL';
  leaderMicro: number;
  priceMicro: number;
  result: 'copy' | 'skip';
  reason: string;
  detail: string;
  usdcMicro: number | null;
}

export interface AlertState {
  id: string;
  severity: 'info' | 'warning' | 'critical';
  title: string;
  detail: string;
  raisedAtMs: number;
  resolvedAtMs: number | null;
  acknowledged: { by: string; atMs: number } | null;
}

/** What is not told to the chat at present, and until when. */
export interface SilenceState {
  /** The keys, or what kind of maintenance. */
  what: string;
  maintenance: boolean;
  by: string;
  reason: string;
  untilMs: number;
}

export interface ToolState {
  server: string;
  tool: string;
  calls: number;
  errors: number;
  meanMs: number;
  /** Real time. */
  lastAtMs: number;
}

export interface ResourceState {
  name: string;
  used: number | null;
  limit: number | null;
  unit: string;
  /** The configuration key of the limit. */
  key: string;
}

/** One moment of every chart; null is unknown, and leaves a gap. */
export interface ChartPoint {
  atMs: number;
  figures: Record<FigureName, number | null>;
  /** The mcp process was busy then. */
  mcpBusy: boolean;
}

export const FIGURES = [
  'equityUsdc',
  'exposureUsdc',
  'completenessPercent',
  'internalP50Ms',
  'internalP99Ms',
  'feedP50Ms',
  'feedP99Ms',
  'ackP50Ms',
  'ackP99Ms',
  'botCpuPercent',
  'mcpCpuPercent',
  'botMemoryMb',
  'mcpMemoryMb',
] as const;
export type FigureName = (typeof FIGURES)[number];

export const SPANS = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type SpanName = (typeof SPANS)[number];

export interface HistoryState {
  schema: 'pmcp.dashboard-history';
  version: 1;
  span: SpanName;
  fromMs: number;
  toMs: number;
  stepMs: number;
  at: number[];
  series: Record<FigureName, (number | null)[]>;
  mcpBusy: boolean[];
  marks: { atMs: number; kind: MarkKind; detail: string }[];
  /** Latency of the same span, apart by whether the mcp process was busy. */
  comparison: Record<StageName, { idle: Quantiles; busy: Quantiles }>;
  /** CPU of the mcp process, in percent of a core, from which it counts as busy. */
  busyFromPercent: number;
}

export type MarkKind = 'breaker' | 'deploy' | 'rollback' | 'restart' | 'bench' | 'halt';

export interface Quantiles {
  count: number;
  p50Ms: number | null;
  p99Ms: number | null;
}
