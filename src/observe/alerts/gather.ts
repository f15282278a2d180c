import type { Config } from '../../config/schema.ts';
import type { AlertFacts } from '../../core/alerts/facts.ts';
import type { BreakerState } from '../../core/breaker.ts';
import { parseMicro } from '../../core/money.ts';
import type { BotEvent } from '../../core/status.ts';
import { readDisk } from '../../host/vitals.ts';
import type { HealthDocument } from '../health.ts';
import type { History } from '../history/history.ts';
import type { Monitor } from '../monitor.ts';

export interface GatherOptions {
  config: Config;
  dataDir: string;
  monitor: Pick<Monitor, 'status' | 'vitals'>;
  history: Pick<History, 'health'>;
  nowMs(): number;
}

/** How long an error that the bot reported is a trouble. */
const TROUBLE_MS = 15 * 60_000;

export interface Gatherer {
  /** true: worth a look at once. */
  event(event: BotEvent): boolean;
  latch(state: BreakerState): void;
  latchState(): BreakerState | undefined;
  coverage(verified: NonNullable<AlertFacts['coverage']>): void;
  facts(document: HealthDocument): AlertFacts;
}

/** Collects what the rules look at. */
export function createGatherer(options: GatherOptions): Gatherer {
  const { config, monitor, history, nowMs } = options;
  const limits = {
    maxDailyLossMicro: parseMicro(config.MAX_DAILY_LOSS) ?? 0,
    dailyLossWarning: config.DAILY_LOSS_WARNING_PERCENT,
    dailyLossCritical: config.DAILY_LOSS_CRITICAL_PERCENT,
  };
  let trouble: { message: string; count: number; atMs: number } | undefined;
  let mcpLatch: BreakerState | undefined;
  let coverage: AlertFacts['coverage'];

  return {
    event(event) {
      if (event.kind !== 'notice' || event.level !== 'error') return false;
      const isRecent = trouble && nowMs() - trouble.atMs < TROUBLE_MS;
      const count = isRecent && trouble ? trouble.count + 1 : 1;
      trouble = { message: event.message, count, atMs: nowMs() };
      return count === 1;
    },
    latch(state) {
      mcpLatch = state;
    },
    latchState: () => mcpLatch,
    coverage(verified) {
      if (config.MCP_TESTING_ALERT_ON_COVERAGE_DROP) coverage = verified;
    },
    facts(document) {
      if (trouble && nowMs() - trouble.atMs >= TROUBLE_MS) trouble = undefined;
      const { hostCpuPercent, hostMemoryPercent } = monitor.vitals().own;
      return {
        components: document.components,
        withinLimits: document.resource_limits.within_limits,
        bot: monitor.status(),
        mcpLatch,
        trouble,
        disk: readDisk(options.dataDir),
        host: { cpuPercent: hostCpuPercent, memoryPercent: hostMemoryPercent },
        coverage,
        historyProblem: history.health().problem,
        limits,
      };
    },
  };
}
