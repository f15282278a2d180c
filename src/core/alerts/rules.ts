/**
 * Every alert there is. Adding one is adding an entry; docs/alerts.md is written from this list.
 * What the health checks judge has its hysteresis already: three bad checks before it is degraded.
 */
import { formatMicro } from '../money.ts';
import { botRules } from './bot-rules.ts';
import type { AlertFacts, AlertRule, Answer } from './facts.ts';
import { component, critical, latch, MINUTE_MS, percent, rule, warning } from './rule.ts';

const riskRules: readonly AlertRule[] = [
  rule({
    key: 'risk.breaker',
    title: 'The trading breaker is not armed',
    severity: 'critical',
    urgent: true,
    meaning: 'The trading breaker tripped (critical), is probing or was halted (warning).',
    todo:
      'Find the cause with `pmcp breaker history`, then `pmcp breaker reset "<why>"`, or ' +
      '`pmcp resume` after a halt. Positions are still sold meanwhile.',
    parents: ['bot.down'],
    check: ({ bot }) => (bot ? latch(bot.breaker.trading, 'critical') : 'unknown'),
  }),
  rule({
    key: 'risk.daily_loss',
    title: 'Loss of the day',
    severity: 'critical',
    urgent: true,
    meaning:
      'The day’s loss reached DAILY_LOSS_WARNING_PERCENT (warning) or ' +
      'DAILY_LOSS_CRITICAL_PERCENT (critical) of MAX_DAILY_LOSS. At all of it the breaker trips.',
    todo: 'See `pmcp positions`; `pmcp halt "<why>"` stops new trades.',
    parents: ['bot.down'],
    check: dailyLoss,
  }),
];

/** Half a percent moves with every refactoring and is no drop. */
const COVERAGE_DROP = 0.005;

const mcpRules: readonly AlertRule[] = [
  rule({
    key: 'mcp.breaker',
    title: 'The MCP breaker is not armed',
    severity: 'warning',
    meaning: 'The MCP features are off: coverage, memory, CPU or host stress. Trading goes on.',
    todo: 'See `pmcp breaker status`; it recovers by itself at most three times.',
    check({ bot, mcpLatch }) {
      const states = [mcpLatch, bot?.breaker.mcp];
      const open = states.find((state) => state && state.kind !== 'armed');
      return open && latch(open, 'warning');
    },
  }),
  rule({
    key: 'mcp.search',
    title: 'The code search server is impaired',
    severity: 'warning',
    meaning: 'Its check failed three times in a row.',
    todo: 'See `pmcp status` and the log of the mcp process.',
    parents: ['mcp.breaker'],
    check: component('codebase_search', 'warning'),
  }),
  rule({
    key: 'mcp.testing',
    title: 'The testing server is impaired',
    severity: 'warning',
    meaning: 'Its check failed three times in a row.',
    todo: 'See `pmcp status` and the log of the mcp process.',
    parents: ['mcp.breaker'],
    check: component('testing', 'warning'),
  }),
  rule({
    key: 'mcp.coverage',
    title: 'Test coverage fell',
    severity: 'warning',
    meaning: 'Coverage is below MCP_TESTING_COVERAGE_TARGET, or fell since it was last verified.',
    todo: 'See `pmcp coverage`. MCP_TESTING_ALERT_ON_COVERAGE_DROP=false switches this off.',
    check({ coverage }) {
      if (!coverage) return undefined;
      const { found, target, before } = coverage;
      const fell = before !== undefined && found < before - COVERAGE_DROP;
      if (found >= target && !fell) return undefined;
      const was = fell ? `, was ${percent(before)}` : '';
      return warning(`${percent(found)} of lines, target ${percent(target)}${was}`);
    },
  }),
  rule({
    key: 'mcp.monitoring',
    title: 'Monitoring is impaired',
    severity: 'warning',
    meaning:
      'Monitoring is above MONITORING_MAX_CPU_PERCENT or MONITORING_MAX_MEMORY_MB and sheds ' +
      'work, or its host is short of memory or open files.',
    todo: 'Restart the mcp process (the bot is not touched), or raise the budget.',
    parents: ['host.stress'],
    check: component('monitoring', 'warning'),
  }),
  rule({
    key: 'mcp.limits',
    title: 'The mcp process is over its limits',
    severity: 'warning',
    meaning: 'All MCP servers together exceed MCP_RESOURCE_LIMIT_MB or _CPU_PERCENT.',
    todo: 'See which with `pmcp status`; its breaker trips by itself when it stays so.',
    parents: ['mcp.breaker'],
    check: ({ withinLimits }) => (withinLimits ? undefined : warning('see /health')),
  }),
  rule({
    key: 'mcp.history',
    title: 'History cannot be written',
    severity: 'warning',
    meaning: 'The monitor’s own database refuses writes: charts and reports will have gaps.',
    todo: 'Free disk space under DATA_DIR, or mend the mode of monitor.db.',
    parents: ['host.disk'],
    check: ({ historyProblem }) =>
      historyProblem === undefined ? undefined : warning(historyProblem),
  }),
  rule({
    key: 'mcp.alerts',
    title: 'Alerts cannot be delivered',
    severity: 'critical',
    meaning: 'Telegram refuses or cannot be reached. What was raised waits and is sent later.',
    todo: 'The message names the remedy; then `pmcp alerts test`.',
    sent: false,
    check: component('alert_system', 'critical'),
  }),
];

const hostRules: readonly AlertRule[] = [
  rule({
    key: 'host.disk',
    title: 'The disk is nearly full',
    severity: 'critical',
    meaning: 'Less than 10 % (warning) or 4 % (critical) of DATA_DIR’s file system is free.',
    todo: 'Free space: old releases with `pmcp releases`, logs, `.unreadable-*` files.',
    check({ disk }) {
      if (!disk || disk.totalBytes <= 0) return 'unknown';
      const free = disk.freeBytes / disk.totalBytes;
      if (free >= 0.1) return undefined;
      const detail = `${percent(free)} free (${Math.round(disk.freeBytes / 1e6)} MB)`;
      return free < 0.04 ? critical(detail) : warning(detail);
    },
  }),
  rule({
    key: 'host.stress',
    title: 'The host is under stress',
    severity: 'warning',
    meaning: 'For three minutes CPU has been at 90 % or memory at 85 %.',
    todo: 'Find what takes it with `top`; the MCP features stop first, trading last.',
    holdMs: 3 * MINUTE_MS,
    check({ host }) {
      const { cpuPercent, memoryPercent } = host;
      if ((cpuPercent ?? 0) < 90 && memoryPercent < 85) return undefined;
      const cpu = cpuPercent === null ? 'unknown' : `${Math.round(cpuPercent)} %`;
      return warning(`CPU ${cpu}, memory ${Math.round(memoryPercent)} %`);
    },
  }),
];

export const ALERT_RULES = [...botRules, ...riskRules, ...mcpRules, ...hostRules];

function dailyLoss({ bot, limits }: AlertFacts): Answer {
  if (!bot) return 'unknown';
  const limit = limits.maxDailyLossMicro;
  const reached = (share: number) => bot.dailyLossMicro >= share * limit;
  if (bot.dailyLossMicro <= 0 || !reached(limits.dailyLossWarning)) return undefined;
  const share = percent(bot.dailyLossMicro / limit);
  const detail = `${formatMicro(bot.dailyLossMicro)} of ${formatMicro(limit)} USDC lost (${share})`;
  return reached(limits.dailyLossCritical) ? critical(detail) : warning(detail);
}
