import type { ComponentReport } from '../core/status.ts';
import type { Evidence } from '../core/verdicts.ts';
import type { Sampled } from './sampler.ts';
import type { StatusView } from './status-client.ts';

/** All that a check may look at. */
export interface Facts {
  view: StatusView;
  /** Real milliseconds since this process began to watch. */
  watchingMs: number;
  /** A status older than this means that the bot hangs or is stopped. */
  frozenAfterMs: number;
  bot: { cpuPercent: number | null; memoryMb: number | null };
  /** How often the bot was started anew since this process began to watch. */
  botRestarts: number;
  /** This process and its children. */
  own: { cpuPercent: number | null; memoryMb: number };
  /** This process alone, jobs on request apart: what the budget is about. */
  spent: { cpuPercent: number | null; addedMemoryMb: number };
  /** MAX_DAILY_LOSS, whole USDC. */
  maxDailyLoss: number;
  /** What monitoring gives up to keep its budget; empty: nothing. */
  shed: string;
  sampled: Sampled;
  limits: { cpuPercent: number; memoryMb: number };
  budget: { cpuPercent: number; memoryMb: number };
  enabled: { search: boolean; testing: boolean; monitoring: boolean };
  /** What alerting says of itself; undefined where no alerts are sent. */
  alerts: Evidence | undefined;
  /** What the last round of the risk integrator found of the MCP servers of this process. */
  servers: { [server in 'search' | 'testing']?: { ok: boolean; message: string } | undefined };
}

/** The components of /health, in its order. A check is one function of the facts. */
export const components = [
  { name: 'main_bot', check: mainBot },
  { name: 'wallet_monitor', check: reported('wallet_monitor') },
  { name: 'trade_executor', check: tradeExecutor },
  { name: 'circuit_breaker', check: circuitBreaker },
  { name: 'alert_system', check: alertSystem },
  { name: 'codebase_search', check: mcpServer('search', 'MCP_CODEBASE_SEARCH_ENABLED') },
  { name: 'testing', check: mcpServer('testing', 'MCP_TESTING_ENABLED') },
  { name: 'monitoring', check: monitoring },
] as const satisfies readonly { name: string; check(facts: Facts): Evidence }[];

export type ComponentName = (typeof components)[number]['name'];

/** How long an absent bot is "not seen yet" rather than dead, after this process starts. */
const FIRST_LOOK_MS = 2000;

/** Dead and hanging are facts; the rest is the bot's own word. */
export function mainBot(facts: Facts): Evidence {
  const { view } = facts;
  const figures = botFigures(facts);
  if (!view.connected) {
    if (view.connects === 0 && facts.watchingMs < FIRST_LOOK_MS) {
      return { status: 'unknown', message: 'looking for the bot' };
    }
    return {
      status: 'critical',
      certain: true,
      message: `${view.lastProblem ?? 'the bot is gone'}: start \`pmcp bot\`, or see its log`,
    };
  }
  if (!view.status || view.ageMs === undefined) {
    return { status: 'unknown', message: 'the bot is connected and has published no status yet' };
  }
  if (view.ageMs > facts.frozenAfterMs) {
    const seconds = Math.round(view.ageMs / 1000);
    return {
      status: 'critical',
      certain: true,
      message: `the bot hangs: no status for ${seconds} s, and no exits either. Restart it`,
      figures,
    };
  }
  return { ...fromReport(view.status.components.main_bot), figures };
}

/** The bot's own word, unless nobody hears it. */
function reported(name: 'wallet_monitor' | 'trade_executor' | 'circuit_breaker') {
  return (facts: Facts): Evidence => {
    const status = currentStatus(facts);
    if (!status) return { status: 'unknown', message: 'not known while the bot is silent' };
    return fromReport(status.components[name]);
  };
}

/** It runs within the bot, so its figures are the bot's. */
function tradeExecutor(facts: Facts): Evidence {
  const figures = currentStatus(facts) ? figuresOf(facts.bot) : {};
  return { ...reported('trade_executor')(facts), figures };
}

/** A state, not a measurement: a tripped breaker is shown at once. */
export function circuitBreaker(facts: Facts): Evidence {
  return { ...reported('circuit_breaker')(facts), certain: true };
}

function fromReport(report: ComponentReport): Evidence {
  return {
    status: report.status,
    message: report.message,
    certain: report.status === 'critical',
  };
}

function alertSystem(facts: Facts): Evidence {
  return facts.alerts ?? { status: 'disabled', message: 'this process sends no alerts' };
}

function mcpServer(server: 'search' | 'testing', key: string) {
  return (facts: Facts): Evidence => {
    if (!facts.enabled[server]) return { status: 'disabled', message: `switched off by ${key}` };
    const found = facts.servers[server];
    if (!found) return { status: 'unknown', message: 'its first check is under way' };
    return { status: found.ok ? 'healthy' : 'degraded', message: found.message };
  };
}

function monitoring(facts: Facts): Evidence {
  if (!facts.enabled.monitoring) {
    return { status: 'disabled', message: 'switched off by MONITORING_ENABLED' };
  }
  const { spent, budget, shed } = facts;
  const figures = monitoringFigures(facts);
  const over: string[] = [];
  if (spent.addedMemoryMb > budget.memoryMb) {
    const added = Math.round(spent.addedMemoryMb);
    over.push(`memory ${added} MB above MONITORING_MAX_MEMORY_MB ${budget.memoryMb}`);
  }
  if ((spent.cpuPercent ?? 0) > budget.cpuPercent) {
    const percent = spent.cpuPercent?.toFixed(1);
    over.push(`CPU ${percent} % above MONITORING_MAX_CPU_PERCENT ${budget.cpuPercent}`);
  }
  // Shedding is itself a state: said at once, until it is over.
  if (shed !== '') {
    const why = over.length > 0 ? over.join('; ') : 'it was over its budget';
    return { status: 'degraded', certain: true, message: `${why}: ${shed}`, figures };
  }
  if (over.length > 0) return { status: 'degraded', message: over.join('; '), figures };
  return { status: 'healthy', message: 'checks run, within their budget', figures };
}

/** The newest status, if it can still be trusted. */
export function currentStatus(facts: Pick<Facts, 'view' | 'frozenAfterMs'>) {
  const { view } = facts;
  const fresh = view.ageMs !== undefined && view.ageMs <= facts.frozenAfterMs;
  return view.connected && fresh ? view.status : undefined;
}

function botFigures({ bot, botRestarts, sampled, view }: Facts) {
  return {
    ...figuresOf(bot),
    ...known('open_fds', sampled.bot.fds),
    ...known('loop_delay_ms', view.status?.vitals.loopDelayP99Ms ?? null),
    restarts: botRestarts,
  };
}

function monitoringFigures({ own, sampled }: Facts) {
  const free = sampled.disk ? sampled.disk.freeBytes / 1_000_000 : null;
  return {
    ...figuresOf(own),
    open_fds: sampled.own.fds,
    loop_delay_ms: round(sampled.ownLoopDelayMs),
    host_memory_percent: round(sampled.own.hostMemoryPercent),
    ...known('host_cpu_percent', sampled.own.hostCpuPercent),
    ...known('disk_free_mb', free),
  };
}

function known(name: string, value: number | null): Record<string, number> {
  return value === null ? {} : { [name]: round(value) };
}

/** What is not known is left out. */
function figuresOf(of: { cpuPercent: number | null; memoryMb: number | null }) {
  return { ...known('memory_mb', of.memoryMb), ...known('cpu_percent', of.cpuPercent) };
}

/** To one decimal. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
