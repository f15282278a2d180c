/**
 * When a breaker trips. Each rule looks at facts and answers with a verdict or nothing; none knows
 * a clock. Limits come from the configuration.
 */
import type { TripCause } from './breaker.ts';
import { countedLoss, type DayLoss, endOfDay } from './day-loss.ts';
import { formatMicro, type MicroUsdc } from './money.ts';
import { failureCount, type Tally } from './tally.ts';

export interface TripVerdict {
  cause: TripCause;
  detail: string;
  /** null: until a human resets it. */
  untilMs: number | null;
  firm?: boolean;
}

export interface TradingFacts {
  /** null: no equity seen yet. */
  day: DayLoss | null;
  tally: Tally;
  /** What the venue and the journal disagree about; unset when they agree. */
  disagreement?: string;
  /** Why discovery cannot be trusted; unset when it can. */
  blind?: string;
  /** Which state cannot be read; unset when all can. */
  unreadable?: string;
}

export interface TradingLimits {
  maxDailyLossMicro: MicroUsdc;
  maxConsecutiveLosses: number;
  cooldownMs: number;
}

/** The failure rate is judged from so many orders on. */
const MIN_ORDERS = 10;

type TradingRule = (
  facts: TradingFacts,
  limits: TradingLimits,
  nowMs: number,
) => TripVerdict | undefined;

/** In order of gravity: the first that speaks names the cause. */
const tradingRules: readonly TradingRule[] = [
  function stateUnreadable({ unreadable }) {
    if (unreadable === undefined) return undefined;
    return { cause: 'state_unreadable', detail: unreadable, untilMs: null, firm: true };
  },
  function dailyLoss({ day }, { maxDailyLossMicro }, nowMs) {
    // Yesterday's record, until the first equity of today replaces it, says nothing of today.
    if (day === null || nowMs >= endOfDay(day)) return undefined;
    if (countedLoss(day) < maxDailyLossMicro) return undefined;
    const [lost, limit] = [formatMicro(countedLoss(day)), formatMicro(maxDailyLossMicro)];
    const detail = `lost ${lost} of ${limit} USDC`;
    return { cause: 'daily_loss', detail, untilMs: endOfDay(day), firm: true };
  },
  function venueDisagreement({ disagreement }, { cooldownMs }, nowMs) {
    if (disagreement === undefined) return undefined;
    return { cause: 'venue_disagreement', detail: disagreement, untilMs: nowMs + cooldownMs };
  },
  function discoveryBlind({ blind }, { cooldownMs }, nowMs) {
    if (blind === undefined) return undefined;
    return { cause: 'discovery_blind', detail: blind, untilMs: nowMs + cooldownMs };
  },
  function consecutiveLosses({ tally }, { maxConsecutiveLosses, cooldownMs }, nowMs) {
    if (tally.consecutiveLosses < maxConsecutiveLosses) return undefined;
    const detail = `${tally.consecutiveLosses} losing positions in a row`;
    return { cause: 'consecutive_losses', detail, untilMs: nowMs + cooldownMs };
  },
  function failureRate({ tally }, { cooldownMs }, nowMs) {
    const failed = failureCount(tally);
    const count = tally.orders.length;
    if (count < MIN_ORDERS || failed * 2 < count) return undefined;
    const detail = `${failed} of the last ${count} orders failed`;
    return { cause: 'failure_rate', detail, untilMs: nowMs + cooldownMs };
  },
];

export function tradingTrip(
  facts: TradingFacts,
  limits: TradingLimits,
  nowMs: number,
): TripVerdict | undefined {
  for (const rule of tradingRules) {
    const verdict = rule(facts, limits, nowMs);
    if (verdict) return verdict;
  }
  return undefined;
}
