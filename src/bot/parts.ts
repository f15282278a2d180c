import type { Clock } from '../clock.ts';
import type { Policy } from '../core/decision.ts';
import type { ExitPolicy } from '../core/exits.ts';
import type { BotEvent } from '../core/status.ts';
import type { TradingLimits } from '../core/trip-rules.ts';
import type { Journal } from '../state/journal.ts';
import type { Venue } from '../venue/port.ts';
import type { Books } from './books.ts';
import type { BreakerDesk } from './breaker-desk.ts';
import type { Guard } from './guard.ts';
import type { OpenOrders } from './open-orders.ts';
import type { Stats } from './stats.ts';

/** What the configuration says beyond the policy of single decisions. Times are clock ms. */
export interface BotSettings {
  limits: TradingLimits;
  exits: ExitPolicy;
  feedSilenceMs: number;
  monitorIntervalMs: number;
}

/** Patience in real milliseconds: how long the venue is given. Shortened by tests. */
export interface Patience {
  /** Limit for learning market and book of a token that is new to us. */
  gatherMs: number;
  /** An unknown order is looked for this long after its post before it is sent again. */
  graceMs: number;
  /** Silence about an order after which it can no longer come to be. */
  voidMs: number;
  /** Between two looks at the same order, at first. */
  lookMs: number;
  /** A fill that comes while entries wait for the venue's word is decided this much later. */
  holdMs: number;
}

export const PATIENCE: Patience = {
  gatherMs: 2000,
  graceMs: 1500,
  voidMs: 30_000,
  lookMs: 400,
  holdMs: 5000,
};

/** What every part of the bot works with. Built once in create-bot.ts. */
export interface Parts {
  clock: Clock;
  venue: Venue;
  journal: Journal;
  books: Books;
  desk: BreakerDesk;
  guard: Guard;
  orders: OpenOrders;
  stats: Stats;
  settings: BotSettings;
  patience: Patience;
  /** The policy in force: the followed wallets may change while the bot runs. */
  policy(): Policy;
  emit(event: BotEvent): void;
  notice(level: 'info' | 'warning' | 'error', message: string): void;
}
