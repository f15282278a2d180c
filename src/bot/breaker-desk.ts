import type { BreakerState } from '../core/breaker.ts';
import { tradingDay } from '../core/day.ts';
import type { ClosedTrade } from '../core/ledger-types.ts';
import type { Side } from '../core/trade.ts';
import type { TradingLimits } from '../core/trip-rules.ts';
import type { BreakerChange, BreakerStore } from '../state/breaker-store.ts';
import { durable } from './durable.ts';
import type { Parts } from './parts.ts';
import { createTradingBreaker } from './trading-breaker.ts';

/** Tells the trading breaker what happens in the books, and lets its rules speak. */
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
  store: BreakerStore;
  limits: TradingLimits;
};

const KEEP_CLOSES = 500;

export function createBreakerDesk(needs: Needs): BreakerDesk {
  const { clock, venue, books, store, limits, emit } = needs;
  const { ledger, marks } = books;
  const seen = new Set(ledger.closed().map(closeKey));
  let disagreement: string | undefined;
  let blind: string | undefined;

  const changed = ({ latch, from, to, entry }: BreakerChange) =>
    emit({ kind: 'breaker', latch, from: from.kind, to: to.kind, cause: entry.why, by: entry.by });
  const breaker = createTradingBreaker({ store, limits, now: clock.now, onChange: changed });
  const countCloses = () => {
    for (const trade of ledger.closed()) {
      const key = closeKey(trade);
      if (seen.has(key)) continue;
      seen.add(key);
      breaker.closed(trade.pnlMicro);
    }
    for (const key of seen) {
      if (seen.size <= KEEP_CLOSES) break;
      seen.delete(key);
    }
  };

  return {
    state: breaker.state,
    changed,
    orderEnded(side, failed) {
      breaker.orderEnded(failed);
      if (side === 'BUY') breaker.probeEnded(failed ? 'the order of the probe failed' : undefined);
    },
    disagreement: (detail) => {
      disagreement = detail;
    },
    blind: (detail) => {
      blind = detail;
    },
    look() {
      for (const { tokenId } of ledger.positions()) marks.update(tokenId, venue.book(tokenId));
      beginDay(needs, clock.now());
      breaker.equity(books.tradedEquityMicro());
      countCloses();
      breaker.check({
        ...(disagreement !== undefined && { disagreement }),
        ...(blind !== undefined && { blind }),
      });
    },
  };
}

function closeKey({ tokenId, closedAtMs }: ClosedTrade): string {
  return `${tokenId}/${closedAtMs}`;
}

/** The ledger's own day, for the daily PnL in the status. */
function beginDay(needs: Needs, atMs: number): void {
  const { books, guard } = needs;
  const last = books.ledger.dayKey();
  const dayKey = tradingDay(atMs, last);
  if (dayKey === last || guard.has('journal_unwritable')) return;
  const equityMicro = books.equityMicro();
  durable(needs, () => books.record([{ kind: 'day', dayKey, equityMicro, atMs }]));
}
