import type { Config } from '../../config/schema.ts';
import { MICRO } from '../../core/money.ts';
import type { BotStatus } from '../../core/status.ts';
import type { Alert, Alerts } from '../alerts/port.ts';
import type {
  AlertState,
  BotState,
  ComponentState,
  DashboardState,
  ResourceState,
} from '../dashboard/state.ts';
import type { Monitor } from '../monitor.ts';
import { exposureBy } from './exposure.ts';
import type { Feed } from './feed.ts';
import type { Recent } from './recent.ts';
import { pointOf } from './series.ts';
import type { ToolUsage } from './tool-usage.ts';

export interface StateParts {
  config: Config;
  release: string;
  monitor: Monitor;
  alerts: Alerts;
  feed: Feed;
  recent: Recent;
  usage: ToolUsage;
  /** Resident bytes of a bare Node process: the memory budget counts what is above. */
  bareRssBytes: number;
  marks(): number;
  /** How often the page is told anew at least. */
  refreshMs(): number;
  nowMs(): number;
}

const ALERTS_SHOWN = 20;

/** All that the page shows, as of now. */
export function describeState(parts: StateParts): DashboardState {
  const { config, monitor, feed, recent, usage } = parts;
  const health = monitor.health();
  const status = monitor.status();
  const newest = recent.samples().at(-1);
  const positions = status?.positions ?? [];
  return {
    schema: 'pmcp.dashboard',
    version: 1,
    atMs: parts.nowMs(),
    realAtMs: Date.now(),
    refreshMs: parts.refreshMs(),
    release: parts.release,
    environment: config.ENVIRONMENT,
    verdict: health.status,
    components: Object.entries(health.components).map(
      ([name, { status: verdict, message, since }]): ComponentState => ({
        name,
        status: verdict,
        message,
        sinceMs: Date.parse(since),
      }),
    ),
    bot: status ? describeBot(status) : null,
    botProblem: status ? '' : health.components.main_bot.message,
    limits: {
      totalMicro: config.MAX_TOTAL_EXPOSURE * MICRO,
      marketMicro: config.MAX_MARKET_EXPOSURE * MICRO,
      walletMicro: config.MAX_WALLET_EXPOSURE * MICRO,
      dailyLossMicro: config.MAX_DAILY_LOSS * MICRO,
    },
    exposure: {
      byMarket: exposureBy(positions, 'conditionId', ({ title }) => title),
      byWallet: exposureBy(positions, 'wallet', ({ wallet }) => wallet),
    },
    decisions: [...feed.decisions()],
    alerts: describeAlerts(parts.alerts),
    tools: usage.tools(),
    resources: describeResources(parts),
    point: newest ? pointOf(newest) : null,
    marks: parts.marks(),
  };
}

function describeBot(status: BotStatus): BotState {
  const counts = Object.entries(status.decisions).map(([key, count]) => {
    const [outcome = '', reason = ''] = key.split(':');
    return { outcome, reason, count };
  });
  const total = (outcome: string) =>
    counts.reduce((sum, one) => sum + (one.outcome === outcome ? one.count : 0), 0);
  const { discovery, latency } = status;
  const brief = ({ count, p50Ms, p99Ms }: BotStatus['latency']['feed']) => ({
    count,
    p50Ms,
    p99Ms,
  });
  return {
    mode: status.mode,
    uptimeSeconds: status.vitals.uptimeSeconds,
    entriesAllowed: status.entriesAllowed,
    entriesReason: status.entriesReason,
    breaker: status.breaker,
    cashMicro: status.cashMicro,
    equityMicro: status.equityMicro,
    exposureMicro: status.exposureMicro,
    reservedMicro: status.reservedMicro,
    dailyPnlMicro: status.dailyPnlMicro,
    dailyLossMicro: status.dailyLossMicro,
    realisedPnlMicro: status.realisedPnlMicro,
    unrealisedPnlMicro: status.unrealisedPnlMicro,
    feesMicro: status.feesMicro,
    positions: status.positions.length,
    openOrders: status.openOrders,
    unknownOrders: status.unknownOrders,
    followedWallets: status.followedWallets,
    copied: total('copy'),
    skipped: total('skip'),
    skips: counts
      .filter(({ outcome }) => outcome === 'skip')
      .map(({ reason, count }) => ({ reason, count }))
      .sort((a, b) => b.count - a.count),
    latency: {
      feed: brief(latency.feed),
      internal: brief(latency.internal),
      ack: brief(latency.ack),
    },
    discovery: {
      connected: discovery.connected,
      blind: discovery.blind,
      completeness: discovery.completeness,
      rows: discovery.rows,
      quarantined: discovery.quarantined,
      reconnects: discovery.reconnects,
    },
  };
}

function describeAlerts(alerts: Alerts): DashboardState['alerts'] {
  const active = alerts.list({ active: true, limit: ALERTS_SHOWN, offset: 0 });
  const all = alerts.list({ active: false, limit: ALERTS_SHOWN, offset: 0 });
  return {
    active: active.alerts.map(describeAlert),
    activeTotal: active.total,
    recent: all.alerts.filter(({ resolvedAtMs }) => resolvedAtMs !== null).map(describeAlert),
    silences: alerts.silences().map(({ glob, maintenance, by, reason, untilMs }) => ({
      what: maintenance ?? glob,
      maintenance: maintenance !== undefined,
      ...{ by, reason, untilMs },
    })),
  };
}

function describeAlert(alert: Alert): AlertState {
  const { id, severity, title, detail, raisedAtMs, resolvedAtMs, acknowledged } = alert;
  return {
    id,
    severity,
    title,
    detail,
    raisedAtMs,
    resolvedAtMs,
    acknowledged: acknowledged && { by: acknowledged.by, atMs: acknowledged.atMs },
  };
}

const mega = (bytes: number) => bytes / 1_000_000;

function describeResources({ config, monitor, bareRssBytes }: StateParts): ResourceState[] {
  const { own, botCpuPercent } = monitor.vitals();
  const status = monitor.status();
  const cpu = { used: own.cpuPercent, unit: '%' };
  const added = Math.max(0, own.rssBytes - bareRssBytes);
  return [
    {
      ...cpu,
      name: 'Monitoring, CPU of a core',
      limit: config.MONITORING_MAX_CPU_PERCENT,
      key: 'MONITORING_MAX_CPU_PERCENT',
    },
    {
      name: 'Monitoring, memory beyond Node',
      used: mega(added),
      limit: config.MONITORING_MAX_MEMORY_MB,
      unit: 'MB',
      key: 'MONITORING_MAX_MEMORY_MB',
    },
    {
      ...cpu,
      name: 'MCP process, CPU of a core',
      limit: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
      key: 'MCP_RESOURCE_LIMIT_CPU_PERCENT',
    },
    {
      name: 'MCP process, memory',
      used: mega(own.rssBytes),
      limit: config.MCP_RESOURCE_LIMIT_MB,
      unit: 'MB',
      key: 'MCP_RESOURCE_LIMIT_MB',
    },
    {
      name: 'Bot, CPU of a core',
      used: status ? botCpuPercent : null,
      limit: null,
      unit: '%',
      key: '',
    },
    {
      name: 'Bot, memory',
      used: status ? mega(status.vitals.rssBytes) : null,
      limit: null,
      unit: 'MB',
      key: '',
    },
    { name: 'Host, CPU of all cores', used: own.hostCpuPercent, limit: 90, unit: '%', key: '' },
    { name: 'Host, memory', used: own.hostMemoryPercent, limit: 85, unit: '%', key: '' },
  ];
}
