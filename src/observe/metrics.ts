import { type Counter, type Gauge, Registry } from 'prom-client';
import type { Severity } from '../core/alerts/facts.ts';
import type { BreakerState } from '../core/breaker.ts';
import { TRIP_CAUSES } from '../core/breaker.ts';
import { SKIP_REASONS } from '../core/decision.ts';
import { MICRO } from '../core/money.ts';
import { createMonotonic } from '../core/monotonic.ts';
import type { BotEvent, BotStatus } from '../core/status.ts';
import { currentStatus, type Facts } from './components.ts';
import type { HealthDocument } from './health.ts';
import { createLatencyMetric } from './latency-metric.ts';
import { define } from './metric-definitions.ts';

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
  /** What became of an alert, a message or a command of the chat. */
  alertCounted(severity: Severity, result: string): void;
  commandCounted(command: string, result: 'ok' | 'refused' | 'ignored'): void;
  toolCalled(server: string, tool: string, result: 'ok' | 'error', seconds: number): void;
  /** The exposition text; at most a second old. */
  render(): Promise<string>;
  readonly contentType: string;
}

export interface MetricFacts {
  health: HealthDocument;
  facts: Facts;
  shedding: { level: number; intervalMs: number };
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
  const lives = new Set<string>();
  let restarts = 0;
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
      lives.add(name);
      m.restarts.inc({ process: 'bot' }, lives.size - 1 - restarts);
      restarts = lives.size - 1;
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
      followBot(m.bot, status);
      latency.update(status.latency);
    },
    event: (event) => {
      if (event.kind !== 'breaker') return;
      if (FOLLOWED_LATCHES.some((latch) => latch === event.latch)) {
        follow(event.latch, event.to, event.to === 'halted' ? 'halt' : event.cause);
      }
    },
    observe: ({ health, facts, shedding }) => {
      m.health.reset();
      for (const [component, { status }] of Object.entries(health.components)) {
        const value = HEALTH_VALUE[status];
        if (value !== undefined) m.health.set({ component }, value);
      }
      // A dead bot has no exposure that anybody knows of: old figures are not shown as new ones.
      if (!currentStatus(facts)) for (const gauge of Object.values(m.bot)) gauge.set(NaN);
      m.dailyLossLimit.set(facts.maxDailyLoss);
      observeMachine(m, facts);
      m.shedLevel.set(shedding.level);
      m.checkInterval.set(shedding.intervalMs / 1000);
    },
    alertCounted: (severity, result) => m.alerts.inc({ severity, result }),
    commandCounted: (command, result) => m.commands.inc({ command, result }),
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

type Defined = ReturnType<typeof define>;

/** Figures that only the living bot knows. */
function followBot(bot: Defined['bot'], status: BotStatus): void {
  bot.dailyLoss.set(status.dailyLossMicro / MICRO);
  bot.exposure.set(status.exposureMicro / MICRO);
  bot.equity.set(status.equityMicro / MICRO);
  bot.dailyPnl.set(status.dailyPnlMicro / MICRO);
  bot.completeness.set(status.discovery.completeness ?? Number.NaN);
  bot.entriesAllowed.set(status.entriesAllowed ? 1 : 0);
  bot.positions.set(status.positions.length);
  bot.openOrders.set(status.openOrders);
  bot.unknownOrders.set(status.unknownOrders);
  bot.clockSkew.set((status.vitals.clockSkewMs ?? Number.NaN) / 1000);
}

function observeMachine(m: Defined, facts: Facts): void {
  const { sampled, bot } = facts;
  const { own, disk } = sampled;
  const status = currentStatus(facts);
  const set = (gauge: Gauge, labels: Record<string, string>, value: number | null | undefined) =>
    gauge.set(labels, value ?? Number.NaN);
  const share = (percent: number | null) => (percent === null ? null : percent / 100);
  set(m.cpu, { process: 'bot' }, share(status ? bot.cpuPercent : null));
  set(m.cpu, { process: 'mcp' }, share(own.cpuPercent));
  set(m.resident, { process: 'bot' }, status?.vitals.rssBytes);
  set(m.resident, { process: 'mcp' }, own.rssBytes);
  set(m.fds, { process: 'bot' }, sampled.bot.fds);
  set(m.fds, { process: 'mcp' }, own.fds);
  set(m.fdLimit, { process: 'bot' }, sampled.bot.fdLimit);
  set(m.fdLimit, { process: 'mcp' }, sampled.ownFdLimit);
  set(m.loopDelay, { process: 'bot' }, status && status.vitals.loopDelayP99Ms / 1000);
  set(m.loopDelay, { process: 'mcp' }, sampled.ownLoopDelayMs / 1000);
  set(m.hostCpu, {}, share(own.hostCpuPercent));
  set(m.hostMemory, {}, own.hostMemoryPercent / 100);
  set(m.diskFree, {}, disk?.freeBytes);
  set(m.diskSize, {}, disk?.totalBytes);
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
