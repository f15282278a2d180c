/**
 * What a proposal is, and the gate that all of them pass: one never loosens what guards money,
 * whatever its maker says.
 */
import type { Settings } from './facts.ts';

export interface Proposal {
  key: string;
  from: number;
  to: number;
  /** Why, in one sentence. */
  reason: string;
  /** The figures that it rests on. */
  evidence: string;
}

/** Something worth knowing that no key mends. */
export interface Advice {
  topic: string;
  words: string;
}

export interface Advised {
  proposals: Proposal[];
  advice: Advice[];
}

/**
 * Which way is laxer, for every number that guards money. What is not named here is no guard:
 * intervals and budgets of monitoring, windows of alerts.
 */
export const LOOSER: Readonly<Record<string, 'up' | 'down'>> = {
  COPY_RATIO: 'up',
  FIXED_TRADE_AMOUNT: 'up',
  BANKROLL_FRACTION: 'up',
  MIN_TRADE_AMOUNT: 'down',
  MAX_TRADE_AMOUNT: 'up',
  MAX_TRADE_AGE_SECONDS: 'up',
  MAX_BOOK_AGE_SECONDS: 'up',
  MONITOR_INTERVAL: 'up',
  MAX_POSITION_SIZE: 'up',
  MAX_DAILY_LOSS: 'up',
  MAX_CONCURRENT_POSITIONS: 'up',
  MAX_WALLET_EXPOSURE: 'up',
  MAX_MARKET_EXPOSURE: 'up',
  MAX_EVENT_EXPOSURE: 'up',
  MAX_TOTAL_EXPOSURE: 'up',
  MAX_SLIPPAGE: 'up',
  STOP_LOSS_PERCENTAGE: 'up',
  TAKE_PROFIT_PERCENTAGE: 'up',
  MAX_HOLDING_HOURS: 'up',
  BREAKER_COOLDOWN_SECONDS: 'down',
  MAX_CONSECUTIVE_LOSSES: 'up',
  FEED_SILENCE_SECONDS: 'up',
  MCP_TESTING_COVERAGE_TARGET: 'down',
  MCP_RESOURCE_LIMIT_MB: 'up',
  MCP_RESOURCE_LIMIT_CPU_PERCENT: 'up',
  DAILY_LOSS_WARNING_PERCENT: 'up',
  DAILY_LOSS_CRITICAL_PERCENT: 'up',
};

/** Whether a proposal may be shown at all. */
export function permitted({ key, from, to }: Proposal): boolean {
  if (!Number.isFinite(to) || to <= 0 || to === from) return false;
  const looser = LOOSER[key];
  if (looser === undefined) return true;
  // 0 switches these off, which is the laxest of all: any value is tighter.
  if (from === 0) return looser === 'up';
  return looser === 'up' ? to < from : to > from;
}

export function settingOf(settings: Settings, key: string): number {
  const setting = settings[key];
  if (!setting) throw new RangeError(`${key}: no such setting`);
  return setting.value;
}
