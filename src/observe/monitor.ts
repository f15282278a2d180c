import { dirname } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { BotStatus, HaltRequest } from '../core/status.ts';
import type { Evidence } from '../core/verdicts.ts';
import type { Vitals } from '../host/vitals.ts';
import { createBudgetKeeper } from './budget.ts';
import { currentStatus, type Facts } from './components.ts';
import { createHaltDesk, type HaltAnswer } from './halt-desk.ts';
import { createHealth, type HealthDocument } from './health.ts';
import { createListeners, type MonitorListener } from './listeners.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRounds } from './rounds.ts';
import { createSampler, type Sampled } from './sampler.ts';
import { createStatusClient, type StatusView } from './status-client.ts';

/** Watches the bot from outside: reads its status socket, judges, and counts. */
export interface Monitor {
  health(): HealthDocument;
  /** The health document as JSON; rendered anew only when it changed. */
  healthJson(): Buffer;
  metrics: Metrics;
  /** The bot as far as it is known. */
  view(): StatusView;
  /** The newest status that can still be trusted. */
  status(): BotStatus | undefined;
  vitals(): { own: Vitals; botCpuPercent: number | null };
  /** Asks the bot to stop all new trades, and waits for its answer. */
  halt(request: HaltRequest): Promise<HaltAnswer>;
  /** false: over its budget, so that live pages and what only feeds them pause. */
  canAfford(): boolean;
  /** Returns how to end it. */
  subscribe(listener: MonitorListener): () => void;
  /** A tool was called for somebody: counted, and kept apart from monitoring's own budget. */
  toolCalled: Metrics['toolCalled'];
  /** What is newly known of the MCP servers, for the next check. */
  servers(found: Facts['servers']): void;
  /** What alerting says of itself, asked at every check. */
  alertSystem(evidence: () => Evidence): void;
  close(): void;
}

export interface MonitorOptions {
  config: Config;
  socketPath: string;
  release: string;
  /** Resident bytes of this process before it loaded anything: what Node itself takes. */
  bareRssBytes: number;
  /** A round was completed; the next is due in `nextMs` (real). */
  onRound?(nextMs: number): void;
}

const MEGABYTE = 1_000_000;
/** A timer so late: this process was stopped, or its host slept. That is no silence of the bot. */
const STANDSTILL_MS = 1_000;

export function createMonitor(options: MonitorOptions): Monitor {
  const { config, release } = options;
  const startedTick = performance.now();
  const health = createHealth(config.ENVIRONMENT, () => Date.now());
  const metrics = createMetrics(release);
  const fixed = fixedFacts(config);
  const budget = createBudgetKeeper(fixed.budget, config.MONITOR_INTERVAL_SECONDS * 1000);
  const sampler = createSampler(dirname(dirname(options.socketPath)));
  const lives = new Set<string>();
  let servers: Facts['servers'] = {};
  let alerts: (() => Evidence) | undefined;
  let rendered: { revision: number; json: Buffer } | undefined;

  const canAfford = () => budget.level() < 3;
  const listeners = createListeners(canAfford);
  const haltDesk = createHaltDesk((request) => client.halt(request));
  const client = createStatusClient({
    socketPath: options.socketPath,
    onStatus: (status, atMs) => {
      metrics.status(status);
      listeners.tell((one) => one.status?.(status, atMs));
    },
    onEvent: (event, atMs) => {
      metrics.event(event);
      listeners.tell((one) => one.event?.(event, atMs));
    },
    onAnswer: haltDesk.answered,
    onConnection: (connected) => {
      const { hello } = client.view();
      if (connected && hello) {
        lives.add(`${hello.pid}@${hello.startedAtMs}`);
        metrics.life(`${hello.pid}@${hello.startedAtMs}`);
      }
      if (!connected) {
        sampler.botGone();
        haltDesk.disconnected();
      }
      listeners.tell((one) => one.connection?.(connected));
    },
  });
  let sampled = sampler.sample(client.view());

  const look = (): Facts => {
    const view = client.view();
    return {
      ...fixed,
      view,
      watchingMs: performance.now() - startedTick,
      bot: {
        cpuPercent: sampled.bot.cpuPercent,
        memoryMb: view.status ? view.status.vitals.rssBytes / MEGABYTE : null,
      },
      botRestarts: Math.max(0, lives.size - 1),
      own: { cpuPercent: sampled.own.cpuPercent, memoryMb: sampled.own.rssBytes / MEGABYTE },
      spent: spentOf(sampled, options.bareRssBytes),
      shed: budget.words(),
      sampled,
      servers,
      alerts: alerts?.(),
    };
  };
  const observe = (facts: Facts) => {
    const document = health.document();
    const shedding = { level: budget.level(), intervalMs: budget.intervalMs() };
    metrics.observe({ health: document, facts, shedding });
    listeners.tell((one) => one.health?.(document));
  };
  const check = () => {
    const startedMs = performance.now();
    sampled = sampler.sample(client.view());
    budget.sample(spentOf(sampled, options.bareRssBytes));
    const facts = look();
    health.check(facts);
    observe(facts);
    metrics.healthChecked((performance.now() - startedMs) / 1000);
    options.onRound?.(budget.intervalMs());
  };
  const watch = (lateMs: number) => {
    sampler.late(lateMs);
    if (lateMs >= STANDSTILL_MS) client.stoodStill(lateMs);
    const facts = look();
    if (health.watch(facts)) observe(facts);
  };
  const rounds = createRounds({ check, intervalMs: budget.intervalMs, watch });
  if (config.MONITORING_ENABLED) rounds.start();

  return {
    metrics,
    view: client.view,
    status: () => currentStatus(look()),
    vitals: () => ({ own: sampled.own, botCpuPercent: sampled.bot.cpuPercent }),
    halt: haltDesk.ask,
    canAfford,
    subscribe: listeners.add,
    toolCalled: (server, tool, result, seconds) => {
      budget.servedRequest(seconds * 1000);
      metrics.toolCalled(server, tool, result, seconds);
    },
    servers: (found) => {
      const first = Object.keys(servers).length === 0;
      servers = found;
      if (first && config.MONITORING_ENABLED) check();
    },
    alertSystem: (evidence) => {
      alerts = evidence;
    },
    health: health.document,
    healthJson: () => {
      const revision = health.revision();
      if (rendered?.revision !== revision) {
        rendered = { revision, json: Buffer.from(`${JSON.stringify(health.document())}\n`) };
      }
      return rendered.json;
    },
    close: () => {
      rounds.stop();
      client.close();
    },
  };
}

/** What the configuration says; the same for every check. */
function fixedFacts(config: Config) {
  const intervalMs = config.MONITOR_INTERVAL_SECONDS * 1000;
  return {
    // The bot publishes once a second. With the watch above, death shows within two intervals.
    frozenAfterMs: Math.min(10_000, Math.max(1500, intervalMs)),
    limits: {
      cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
      memoryMb: config.MCP_RESOURCE_LIMIT_MB,
    },
    budget: {
      cpuPercent: config.MONITORING_MAX_CPU_PERCENT,
      memoryMb: config.MONITORING_MAX_MEMORY_MB,
    },
    enabled: {
      search: config.MCP_CODEBASE_SEARCH_ENABLED,
      testing: config.MCP_TESTING_ENABLED,
      monitoring: config.MONITORING_ENABLED,
    },
    maxDailyLoss: config.MAX_DAILY_LOSS,
  };
}

/** Of this process alone: what tests and searches take is accounted to the whole unit. */
function spentOf({ own }: Sampled, bareRssBytes: number): Facts['spent'] {
  return {
    cpuPercent: own.rootCpuPercent,
    addedMemoryMb: Math.max(0, own.rootRssBytes - bareRssBytes) / MEGABYTE,
  };
}
