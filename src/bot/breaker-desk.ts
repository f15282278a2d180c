import type { BreakerEvent, BreakerState } from '../core/breaker.ts';
import { tradingDay } from '../core/day.ts';
import type { ClosedTrade } from '../core/ledger-types.ts';
import { countClose, countOrder } from '../core/tally.ts';
import type { Side } from '../core/trade.ts';
import { type TradingLimits, tradingTrip } from '../core/trip-rules.ts';
import type { BreakerChange, BreakerStore } from '../state/breaker-store.ts';
import { durable } from './durable.ts';
import type { Parts } from './parts.ts';

/** Feeds the trading latch with what happens, and lets its rules speak. */
export interface BreakerDesk {
  state(): BreakerState;
  /** An order ended: refused, confirmed, or failed on the chain. */
  orderEnded(side: Side, failed: boolean): void;
  /** What the venue and the journal disagree about; undefined once they agree. */
  disagreement(detail: string | undefined): void;
  /** Why discovery has been blind for too long; undefined once it sees. */
  blind(detail: string | undefined): void;
  /** Marks, equity, day, closed positions, rules. Called on every tick. */
  look(): void;
  /** Told of every change made here or by an operator. */
  changed(change: BreakerChange): void;
}

type Needs = Pick<Parts, 'clock' | 'venue' | 'books' | 'guard' | 'emit' | 'notice'> & {
  breaker: BreakerStore;
  limits: TradingLimits;
};

export function createBreakerDesk(needs: Needs): BreakerDesk {
  const { clock, venue, books, breaker, limits, emit } = needs;
  const { ledger, marks } = books;
  const seen = new Set(ledger.closed().map(closeKey));
  let disagreement: string | undefined;
  let blind: string | undefined;

  const changed = ({ latch, from, to, entry }: BreakerChange) =>
    emit({ kind: 'breaker', latch, from: from.kind, to: to.kind, cause: entry.why, by: entry.by });
  const apply = (event: BreakerEvent) => {
    const change = breaker.apply('trading', event, clock.now());
    if (change) changed(change);
  };
  const countCloses = () => {
    for (const trade of ledger.closed()) {
      const key = closeKey(trade);
      if (seen.has(key)) continue;
      seen.add(key);
      breaker.keepTally(countClose(breaker.set().tally, trade.pnlMicro), clock.now());
    }
    for (const key of seen) if (seen.size > 500) seen.delete(key);
  };

  return {
    state: () => breaker.state('trading'),
    changed,
    orderEnded(side, failed) {
      breaker.keepTally(countOrder(breaker.set().tally, failed), clock.now());
      if (side !== 'BUY' || breaker.state('trading').kind !== 'probing') return;
      if (!failed) apply({ type: 'probe_confirmed' });
      else {
        const untilMs = clock.now() + limits.cooldownMs;
        apply({ type: 'trip', cause: 'probe_failed', detail: 'the probe’s order failed', untilMs });
      }
    },
    disagreement: (detail) => {
      disagreement = detail;
    },
    blind: (detail) => {
      blind = detail;
    },
    look() {
      const nowMs = clock.now();
      apply({ type: 'tick' });
      for (const { tokenId } of ledger.positions()) marks.update(tokenId, venue.book(tokenId));
      beginDay(needs, nowMs);
      breaker.seeEquity(books.tradedEquityMicro(), nowMs);
      countCloses();
      const { day, tally } = breaker.set();
      const facts = {
        day,
        tally,
        ...(disagreement !== undefined && { disagreement }),
        ...(blind !== undefined && { blind }),
      };
      const verdict = tradingTrip(facts, limits, nowMs);
      if (verdict) apply({ type: 'trip', ...verdict });
    },
  };
}

function closeKey({ tokenId, closedAtMs }: ClosedTrade): string {
  return `${tokenId}/${closedAtMs}`;
}

/** The ledger's own day, for the daily PnL in the status. */
function beginDay(needs: Needs, atMs: number): void {
  const { books } = needs;
  const last = books.ledger.dayKey();
  const dayKey = tradingDay(atMs, last);
  if (dayKey === last || needs.guard.has('journal_unwritable')) return;
  const equityMicro = books.equityMicro();
  durable(needs, () => books.record([{ kind: 'day', dayKey, equityMicro, atMs }]));
}
