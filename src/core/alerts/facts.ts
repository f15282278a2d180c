import type { BreakerState } from '../breaker.ts';
import type { BotStatus, ComponentVerdict } from '../status.ts';

export type Severity = 'info' | 'warning' | 'critical';

/** All that a rule may look at. Only plain data, so that a rule is one function of it. */
export interface AlertFacts {
  /** Of the health document, by name. */
  components: Readonly<Record<string, { status: ComponentVerdict; message: string }>>;
  /** Of the mcp process: within MCP_RESOURCE_LIMIT_*. */
  withinLimits: boolean;
  /** The newest status that can be trusted; undefined while the bot is silent. */
  bot: BotStatus | undefined;
  /** The mcp process's own latch; the operator's is in the bot's status. */
  mcpLatch: BreakerState | undefined;
  /** The newest notice of level error that is not yet forgotten. */
  trouble: { message: string; count: number } | undefined;
  disk: { freeBytes: number; totalBytes: number } | undefined;
  host: { cpuPercent: number | null; memoryPercent: number };
  /** Line coverage as last verified, fractions; undefined before the first time, or unwanted. */
  coverage: { found: number; target: number; before: number | undefined } | undefined;
  /** Why the monitor's database cannot be written. */
  historyProblem: string | undefined;
  limits: {
    maxDailyLossMicro: number;
    /** Shares of it. */
    dailyLossWarning: number;
    dailyLossCritical: number;
  };
}

/** What is wrong now. */
export interface Finding {
  severity: Severity;
  /** The figures and the cause, one sentence. */
  detail: string;
  /** When the rule's own title is not exact enough. */
  title?: string;
}

/** undefined: all is well. `unknown`: it cannot be told, so an open alert stays open. */
export type Answer = Finding | 'unknown' | undefined;

export interface AlertRule {
  /** Group and name, such as `bot.down`: what silences match and messages show. */
  key: string;
  title: string;
  /** Worst severity the rule may find. */
  severity: Severity;
  /** For the manual: when it is raised. */
  meaning: string;
  /** What the operator does about it, with the command. */
  todo: string;
  /** While one of these holds, this rule raises nothing: it would tell the same trouble twice. */
  parents: readonly string[];
  /** How long the condition must hold first; 0: at once. */
  holdMs: number;
  /** false: only listed and shown, never sent, as when it is about the sending itself. */
  sent: boolean;
  /** true: told during maintenance too. */
  urgent: boolean;
  check(facts: AlertFacts): Answer;
}
