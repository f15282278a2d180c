/**
 * The trading latch as the bot uses it: tell it what happens, ask `state()` before every decision,
 * call `check` about once a second.
 */
import { type BreakerState, permits } from '../core/breaker.ts';
import type { MicroUsdc } from '../core/money.ts';
import { countClose, countOrder } from '../core/tally.ts';
import { type TradingFacts, type TradingLimits, tradingTrip } from '../core/trip-rules.ts';
import type { BreakerChange, BreakerStore } from '../state/breaker-store.ts';

/** What is doubtful now; unset when in order. Each is said in words. */
export type Doubts = Pick<TradingFacts, 'disagreement' | 'blind' | 'unreadable'>;

export interface TradingBreaker {
  /** A plain read: cheap enough for every decision. */
  state(): BreakerState;
  mayEnter(): boolean;
  /** Realised and open together. */
  equity(equityMicro: MicroUsdc): void;
  /** A position was closed; `pnlMicro` after fees. */
  closed(pnlMicro: MicroUsdc): void;
  /** An order ended. Failed: rejected, or its settlement failed; unfilled is no failure. */
  orderEnded(failed: boolean): void;
  /** The order sent while probing ended: confirmed by the venue, or why not. */
  probeEnded(failure?: string): void;
  /** Lets time pass and the rules speak. */
  check(doubts: Doubts): void;
}

export interface TradingBreakerOptions {
  store: BreakerStore;
  limits: TradingLimits;
  /** Clock milliseconds. */
  now(): number;
  onChange(change: BreakerChange): void;
}

export function createTradingBreaker(options: TradingBreakerOptions): TradingBreaker {
  const { store, limits, now, onChange } = options;
  const state = () => store.state('trading');
  const apply: BreakerStore['apply'] = (latch, event, nowMs) => {
    const change = store.apply(latch, event, nowMs);
    if (change) onChange(change);
    return change;
  };
  const judge = (doubts: Doubts) => {
    const { day, tally } = store.set();
    const verdict = tradingTrip({ day, tally, ...doubts }, limits, now());
    if (verdict) apply('trading', { type: 'trip', ...verdict }, now());
  };
  const probeFailed = (detail: string) => {
    const untilMs = now() + limits.cooldownMs;
    apply('trading', { type: 'trip', cause: 'probe_failed', detail, untilMs }, now());
  };
  return {
    state,
    mayEnter: () => permits(state(), 'enter'),
    equity(equityMicro) {
      store.seeEquity(equityMicro, now());
      judge({});
    },
    closed(pnlMicro) {
      // While probing, one loss is enough.
      if (pnlMicro < 0 && state().kind === 'probing') probeFailed('a position closed at a loss');
      store.keepTally(countClose(store.set().tally, pnlMicro), now());
      judge({});
    },
    orderEnded(failed) {
      store.keepTally(countOrder(store.set().tally, failed), now());
      judge({});
    },
    probeEnded(failure) {
      if (state().kind !== 'probing') return;
      if (failure === undefined) apply('trading', { type: 'probe_confirmed' }, now());
      else probeFailed(failure);
    },
    check(doubts) {
      apply('trading', { type: 'tick' }, now());
      judge(doubts);
    },
  };
}
