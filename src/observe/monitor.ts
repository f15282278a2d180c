import type { Config } from '../config/schema.ts';
import type { BotEvent, BotStatus, HaltRequest } from '../core/status.ts';
import { createVitals, type Vitals } from '../host/vitals.ts';
import { currentStatus, type Facts } from './components.ts';
import { createHaltDesk, type HaltAnswer } from './halt-desk.ts';
import { createHealth, type HealthDocument } from './health.ts';
import { createMetrics, type Metrics } from './metrics.ts';
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
  subscribe(listener: MonitorListener): () => void;
  /** What is newly known of the MCP servers, for the next check. */
  servers(found: Facts['servers']): void;
  close(): void;
}

/** What others may follow: history, alerts, open dashboards. A listener must not throw. */
export interface MonitorListener {
  event?(event: BotEvent, atMs: number): void;
  status?(status: BotStatus, atMs: number): void;
  /** After every round of checks, and when the bot's life changed between two. */
  health?(document: HealthDocument): void;
  connection?(connected: boolean): void;
}

export interface MonitorOptions {
  config: Config;
  socketPath: string;
  release: string;
  /** Resident bytes of this process before it loaded anything: what Node itself takes. */
  bareRssBytes: number;
}

const MEGABYTE = 1_000_000;
/** How often to look whether the bot lives: far below the check interval, and nearly free. */
const WATCH_EVERY_MS = 500;

export function createMonitor(options: MonitorOptions): Monitor {
  const { config, release } = options;
  const startedTick = performance.now();
  const intervalMs = config.MONITOR_INTERVAL_SECONDS * 1000;
  const health = createHealth(config.ENVIRONMENT, () => Date.now());
  const metrics = createMetrics(release);
  const sample = createVitals(process.pid);
  let own = sample();
  let bot = createBotMeter();
  let botCpuPercent: number | null = null;
  let servers: Facts['servers'] = {};
  let rendered: { revision: number; json: Buffer } | undefined;

  const listeners = new Set<MonitorListener>();
  const haltDesk = createHaltDesk((request) => client.halt(request));
  const client = createStatusClient({
    socketPath: options.socketPath,
    onStatus: (status, atMs) => {
      metrics.status(status);
      for (const listener of listeners) listener.status?.(status, atMs);
    },
    onEvent: (event, atMs) => {
      metrics.event(event);
      for (const listener of listeners) listener.event?.(event, atMs);
    },
    onAnswer: haltDesk.answered,
    onConnection: (connected) => {
      const { hello } = client.view();
      if (connected && hello) metrics.life(`${hello.pid}@${hello.startedAtMs}`);
      if (!connected) {
        bot = createBotMeter();
        haltDesk.disconnected();
      }
      for (const listener of listeners) listener.connection?.(connected);
    },
  });

  const look = (): Facts => {
    const view = client.view();
    return {
      ...fixedFacts(config),
      view,
      watchingMs: performance.now() - startedTick,
      bot: {
        cpuPercent: botCpuPercent,
        memoryMb: view.status ? view.status.vitals.rssBytes / MEGABYTE : null,
      },
      own: ownFacts(own, options.bareRssBytes),
      servers,
    };
  };
  const observe = (facts: Facts) => {
    const alive = currentStatus(facts);
    metrics.observe({
      health: health.document(),
      botAlive: alive !== undefined,
      processes: {
        bot: { cpuPercent: botCpuPercent, rssBytes: alive ? alive.vitals.rssBytes : null },
        mcp: own,
      },
    });
    const document = health.document();
    for (const listener of listeners) listener.health?.(document);
  };
  const check = () => {
    const startedMs = performance.now();
    own = sample();
    botCpuPercent = bot(client.view());
    const facts = look();
    health.check(facts);
    observe(facts);
    metrics.healthChecked((performance.now() - startedMs) / 1000);
  };
  const watch = () => {
    const facts = look();
    if (health.watch(facts)) observe(facts);
  };
  const timers: NodeJS.Timeout[] = [];
  if (config.MONITORING_ENABLED) {
    check();
    timers.push(setInterval(check, intervalMs), setInterval(watch, WATCH_EVERY_MS));
  }

  return {
    metrics,
    view: client.view,
    status: () => currentStatus(look()),
    vitals: () => ({ own, botCpuPercent }),
    halt: haltDesk.ask,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    servers: (found) => {
      const first = Object.keys(servers).length === 0;
      servers = found;
      if (first && config.MONITORING_ENABLED) check();
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
      for (const timer of timers) clearInterval(timer);
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
    alertsConfigured:
      config.ALERT_ENABLED && Boolean(config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_CHAT_ID),
  };
}

function ownFacts(own: Vitals, bareRssBytes: number): Facts['own'] {
  return {
    cpuPercent: own.cpuPercent,
    memoryMb: own.rssBytes / MEGABYTE,
    addedMemoryMb: Math.max(0, own.rssBytes - bareRssBytes) / MEGABYTE,
  };
}

/** CPU of the bot between two looks, from the seconds that it publishes itself. */
function createBotMeter(): (view: StatusView) => number | null {
  let before: { cpuSeconds: number; tick: number } | undefined;
  return ({ status, ageMs }) => {
    if (!status || ageMs === undefined) return null;
    const earlier = before;
    before = { cpuSeconds: status.vitals.cpuSeconds, tick: performance.now() - ageMs };
    const spanMs = earlier ? before.tick - earlier.tick : 0;
    // Two looks at one and the same status tell nothing.
    if (!earlier || spanMs < 1) return null;
    return (100_000 * (before.cpuSeconds - earlier.cpuSeconds)) / spanMs;
  };
}
