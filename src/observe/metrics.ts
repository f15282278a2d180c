import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState } from '../core/breaker.ts';
import { TRIP_CAUSES } from '../core/breaker.ts';
import { SKIP_REASONS } from '../core/decision.ts';
import { MICRO } from '../core/money.ts';
import { createMonotonic } from '../core/monotonic.ts';
import type { BotEvent, BotStatus } from '../core/status.ts';
import type { HealthDocument } from './health.ts';
import { createLatencyMetric } from './latency-metric.ts';

/**
 * The product's metrics. Label values come from fixed sets: never a wallet, a market or an order
 * id, so that the number of series has a bound. Node's own default metrics are left out: some
 * break Prometheus' naming rules, and they cost ten times what these do.
 */
export interface Metrics {
  /** Which life of the bot the following counts belong to. */
  life(name: string): void;
  status(status: BotStatus): void;
  event(event: BotEvent): void;
  /** What does not come from the bot's stream. */
  observe(facts: MetricFacts): void;
  healthChecked(seconds: number): void;
  toolCalled(server: string, tool: string, result: 'ok' | 'error', seconds: number): void;
  /** The exposition text; at most a second old. */
  render(): Promise<string>;
  readonly contentType: string;
}

export interface MetricFacts {
  health: HealthDocument;
  botAlive: boolean;
  processes: Record<'bot' | 'mcp', { cpuPercent: number | null; rssBytes: number | null }>;
}

/** A rendering costs a millisecond and is asked for by every scraper. */
const RENDER_EVERY_MS = 1000;

const OUTCOMES = ['copy', 'skip'];
const REASONS: readonly string[] = [...SKIP_REASONS, 'copied'];
const ORDER_OUTCOMES = [
  'accepted',
  'rejected',
  'unknown',
  'filled',
  'killed',
  'confirmed',
  'failed',
];
const FOLLOWED_LATCHES = ['trading', 'mcp'] as const;

/** 1 healthy, 0.5 degraded, 0 critical, -1 unknown; a disabled component has no series. */
const HEALTH_VALUE = { healthy: 1, degraded: 0.5, critical: 0, unknown: -1, disabled: undefined };

export function createMetrics(release: string, nowMs = () => performance.now()): Metrics {
  const registry = new Registry();
  const m = define(registry);
  const latency = createLatencyMetric();
  const monotonic = createMonotonic();
  const known = new Map<string, string>();
  let rendered: { atMs: number; text: Promise<string> } | undefined;
  m.buildInfo.set({ version: release, node: process.version }, 1);

  /** Both the event and the next status tell of a trip; whichever comes first counts it. */
  const follow = (latch: string, kind: string, cause: string) => {
    const before = known.get(latch);
    known.set(latch, kind);
    if (before === undefined || before === kind) return;
    if (kind === 'tripped' || kind === 'halted') m.trips.inc({ latch, cause: causeLabel(cause) });
  };
  const count = (counter: Counter, key: string, value: number, labels: Record<string, string>) => {
    const growth = monotonic.growth(key, value);
    counter.inc(labels, growth);
  };

  return {
    contentType: registry.contentType,
    life: (name) => {
      monotonic.life(name);
      latency.life(name);
    },
    status: (status) => {
      for (const [key, value] of Object.entries(status.decisions)) {
        const [outcome = '', reason = ''] = key.split(':');
        const labels = { outcome: within(OUTCOMES, outcome), reason: within(REASONS, reason) };
        count(m.decisions, `decision:${key}`, value, labels);
      }
      for (const [key, value] of Object.entries(status.orders)) {
        count(m.orders, `order:${key}`, value, { outcome: within(ORDER_OUTCOMES, key) });
      }
      for (const latch of FOLLOWED_LATCHES) {
        const state = status.breaker[latch];
        follow(latch, state.kind, causeOf(state));
        m.tripped.set({ latch }, state.kind === 'armed' ? 0 : 1);
      }
      m.dailyLoss.set(status.dailyLossMicro / MICRO);
      m.exposure.set(status.exposureMicro / MICRO);
      m.completeness.set(status.discovery.completeness ?? Number.NaN);
      latency.update(status.latency);
    },
    event: (event) => {
      if (event.kind !== 'breaker') return;
      if (FOLLOWED_LATCHES.some((latch) => latch === event.latch)) {
        follow(event.latch, event.to, event.to === 'halted' ? 'halt' : event.cause);
      }
    },
    observe: ({ health, botAlive, processes }) => {
      m.health.reset();
      for (const [component, { status }] of Object.entries(health.components)) {
        const value = HEALTH_VALUE[status];
        if (value !== undefined) m.health.set({ component }, value);
      }
      // A dead bot has no exposure that anybody knows of: old figures are not shown as new ones.
      if (!botAlive) for (const gauge of [m.dailyLoss, m.exposure, m.completeness]) gauge.set(NaN);
      for (const [process, { cpuPercent, rssBytes }] of Object.entries(processes)) {
        m.cpu.set({ process }, cpuPercent === null ? Number.NaN : cpuPercent / 100);
        m.resident.set({ process }, rssBytes ?? Number.NaN);
      }
    },
    healthChecked: (seconds) => m.checkDuration.observe(seconds),
    toolCalled: (server, tool, result, seconds) => {
      m.toolCalls.inc({ server, tool, result });
      m.toolDuration.observe({ server, tool }, seconds);
    },
    render: () => {
      const atMs = nowMs();
      if (!rendered || atMs - rendered.atMs >= RENDER_EVERY_MS) {
        const text = registry.metrics().then((own) => `${own}\n${latency.render()}`);
        rendered = { atMs, text };
      }
      return rendered.text;
    },
  };
}

function define(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    buildInfo: gauge('pmcp_build_info', 'Always 1; what runs is in the labels.', [
      'version',
      'node',
    ]),
    health: gauge(
      'pmcp_component_health',
      '1 healthy, 0.5 degraded, 0 critical, -1 unknown; no series when disabled.',
      ['component'],
    ),
    decisions: counter(
      'pmcp_trade_decisions_total',
      'Fills of followed wallets, by what was decided and why.',
      ['outcome', 'reason'],
    ),
    orders: counter('pmcp_orders_total', 'Our orders, by what became of them.', ['outcome']),
    tripped: gauge('pmcp_breaker_tripped', '0 armed; 1 tripped, probing or halted.', ['latch']),
    trips: counter('pmcp_breaker_trips_total', 'Trips and halts of a breaker, by cause.', [
      'latch',
      'cause',
    ]),
    dailyLoss: gauge('pmcp_daily_loss_usdc', 'Loss of this UTC day, realised and open.'),
    exposure: gauge('pmcp_exposure_usdc', 'Cost of open positions and of orders in flight.'),
    completeness: gauge(
      'pmcp_discovery_completeness_ratio',
      'Share of fills seen live before the Data API showed them, last hour.',
    ),
    cpu: gauge('pmcp_process_cpu_ratio', 'CPU use; 1 is one core.', ['process']),
    resident: gauge('pmcp_process_resident_memory_bytes', 'Resident memory, children included.', [
      'process',
    ]),
    alerts: counter('pmcp_alerts_total', 'Alerts, by what became of them.', ['severity', 'result']),
    checkDuration: new Histogram({
      name: 'pmcp_health_check_duration_seconds',
      help: 'One round of all health checks.',
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 1],
      registers,
    }),
    toolCalls: counter('pmcp_mcp_tool_calls_total', 'Calls of MCP tools.', [
      'server',
      'tool',
      'result',
    ]),
    toolDuration: new Histogram({
      name: 'pmcp_mcp_tool_duration_seconds',
      help: 'Calls of MCP tools, from request to answer.',
      labelNames: ['server', 'tool'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
  };
}

function within(allowed: readonly string[], value: string): string {
  return allowed.includes(value) ? value : 'other';
}

function causeOf(state: BreakerState): string {
  if (state.kind === 'halted') return 'halt';
  return state.kind === 'armed' ? '' : state.cause;
}

/** An event's cause may go on in words behind the name of the cause. */
function causeLabel(cause: string): string {
  return [...TRIP_CAUSES, 'halt'].find((name) => cause.startsWith(name)) ?? 'other';
}
