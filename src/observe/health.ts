import type { ComponentVerdict } from '../core/status.ts';
import { type Evidence, judge, overall, type Verdict } from '../core/verdicts.ts';
import {
  type ComponentName,
  circuitBreaker,
  components,
  currentStatus,
  type Facts,
  mainBot,
  round,
} from './components.ts';
import { withHostChecks } from './host-checks.ts';

/** The document of GET /health. */
export interface HealthDocument {
  schema: 'pmcp.health';
  version: 1;
  status: 'healthy' | 'degraded' | 'critical';
  timestamp: string;
  environment: string;
  components: Record<ComponentName, ComponentDocument>;
  performance: {
    /** Of the bot; null while it is silent. */
    cpu_percent: number | null;
    memory_mb: number | null;
    /** Feed row received to order handed to the socket. */
    trading_latency_ms: { p50: number | null; p99: number | null };
  };
  /** Of the mcp process with its children. */
  resource_limits: { cpu_percent: number | null; memory_mb: number; within_limits: boolean };
}

export interface ComponentDocument {
  status: ComponentVerdict;
  message: string;
  since: string;
  memory_mb?: number;
  cpu_percent?: number;
  open_fds?: number;
  /** Bot: p99 of the last second; monitoring: the longest since the last check. */
  loop_delay_ms?: number;
  /** Of the bot, since this process began to watch it. */
  restarts?: number;
  host_cpu_percent?: number;
  host_memory_percent?: number;
  /** On the disk of DATA_DIR. */
  disk_free_mb?: number;
}

export interface Health {
  /** One round of all checks. */
  check(facts: Facts): void;
  /** What must not wait for the next round: whether the bot lives, its breaker. True on news. */
  watch(facts: Facts): boolean;
  document(): HealthDocument;
  /** Changes with every new document: what a rendered copy of it is valid for. */
  revision(): number;
}

type Component = (typeof components)[number];

/** What lives and dies with the bot, and what alerting says of itself. */
const WATCHED: readonly ComponentName[] = [
  'main_bot',
  'wallet_monitor',
  'trade_executor',
  'circuit_breaker',
  'alert_system',
];

/** `nowMs` is real time: health is about this machine, also while paper time runs faster. */
export function createHealth(environment: string, nowMs: () => number): Health {
  const verdicts = new Map<ComponentName, Verdict>();
  /** Within its limits: a measurement like any other, so it takes three bad samples. */
  let limits: Verdict | undefined;
  let facts: Facts | undefined;
  let atMs = nowMs();
  let revision = 0;
  let lastSeen: string | undefined;

  const judgeAll = (chosen: readonly Component[], found: Facts) => {
    atMs = nowMs();
    facts = found;
    revision += 1;
    lastSeen = lifeOf(found);
    for (const { name, check } of chosen) {
      verdicts.set(
        name,
        judge(verdicts.get(name), withHostChecks(name, check(found), found), atMs),
      );
    }
  };

  return {
    check: (found) => {
      judgeAll(components, found);
      limits = judge(limits, limitEvidence(found), atMs);
    },
    watch: (found) => {
      if (lifeOf(found) === lastSeen) return false;
      judgeAll(
        components.filter(({ name }) => WATCHED.includes(name)),
        found,
      );
      return true;
    },
    revision: () => revision,
    document: () => {
      const parts = documents(verdicts, atMs);
      return {
        schema: 'pmcp.health',
        version: 1,
        status: overall(Object.values(parts)),
        timestamp: new Date(atMs).toISOString(),
        environment,
        components: parts,
        performance: performanceOf(facts),
        resource_limits: {
          cpu_percent: orNull(facts?.own.cpuPercent),
          memory_mb: round(facts?.own.memoryMb ?? 0),
          within_limits: limits?.status !== 'degraded',
        },
      };
    },
  };
}

/** Dead, silent or alive, and the breaker: a change of these is not left to the next round. */
function lifeOf(facts: Facts): string {
  const { status } = mainBot(facts);
  const life = status === 'critical' || status === 'unknown' ? status : 'alive';
  return `${life}, breaker ${circuitBreaker(facts).status}, alerts ${facts.alerts?.status}`;
}

function limitEvidence({ own, limits }: Facts): Evidence {
  const within = own.memoryMb <= limits.memoryMb && (own.cpuPercent ?? 0) <= limits.cpuPercent;
  return { status: within ? 'healthy' : 'degraded', message: '' };
}

function documents(verdicts: ReadonlyMap<ComponentName, Verdict>, atMs: number) {
  const entries = components.map(({ name }) => {
    const verdict = verdicts.get(name);
    const document: ComponentDocument = {
      status: verdict?.status ?? 'unknown',
      message: verdict?.message ?? 'not checked yet',
      since: new Date(verdict?.sinceMs ?? atMs).toISOString(),
      ...verdict?.figures,
    };
    return [name, document];
  });
  return Object.fromEntries(entries) as HealthDocument['components'];
}

function performanceOf(facts: Facts | undefined): HealthDocument['performance'] {
  const internal = facts && currentStatus(facts)?.latency.internal;
  const measured = internal && internal.count > 0 ? internal : undefined;
  return {
    cpu_percent: orNull(facts?.bot.cpuPercent),
    memory_mb: orNull(facts?.bot.memoryMb),
    trading_latency_ms: { p50: measured?.p50Ms ?? null, p99: measured?.p99Ms ?? null },
  };
}

function orNull(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : round(value);
}
