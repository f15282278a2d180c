import type { TargetTrade } from '../core/trade.ts';
import { reasonOf } from '../errors.ts';
import { type Copier, isGathered, isPassing, type Outlook } from './copy.ts';
import type { Parts } from './parts.ts';

export interface Gatherer {
  /** Decides the trade at once, or as soon as its market and book are known; in order per token. */
  take(trade: TargetTrade): void;
  /** When the oldest trade that waits was made; undefined: none waits. */
  undecidedSinceMs(): number | undefined;
  /** How many wait. */
  waiting(): number;
  /** What still waits stays undecided: the next start finds it again. */
  stop(): void;
}

/** Trades that wait for their token; beyond it they are decided with what is known. */
const MAX_WAITING = 1000;
/** Tokens kept in memory for trades to come; the least recently traded are let go. */
const MAX_WATCHED = 400;
const HOLD_STEP_MS = 50;

export function createGatherer(parts: Parts, copier: Copier): Gatherer {
  const { venue, books, guard, patience, notice } = parts;
  const queues = new Map<string, TargetTrade[]>();
  const watched = new Set<string>();
  let waiting = 0;
  let stopped = false;

  const keepWatching = (tokenId: string) => {
    watched.delete(tokenId);
    watched.add(tokenId);
    if (watched.size <= MAX_WATCHED) return;
    const held = new Set(books.ledger.positions().map((position) => position.tokenId));
    for (const oldest of watched) {
      if (held.has(oldest) || queues.has(oldest)) continue;
      watched.delete(oldest);
      venue.unwatch(oldest);
      return;
    }
  };
  /** Only when nothing else stands in the way is a market worth a request. */
  const waits = (outlook: Outlook) =>
    isGathered(outlook) || outlook === 'paused' || (patience.holdMs > 0 && isPassing(outlook));
  const learn = async (tokenId: string, queue: TargetTrade[]) => {
    try {
      await venue.gather(tokenId, patience.gatherMs);
    } catch (error) {
      notice('warning', `token ${tokenId}: ${reasonOf(error)}`);
    }
    const until = performance.now() + patience.holdMs;
    const isHeld = (outlook: Outlook) =>
      isPassing(outlook) && (performance.now() < until || guard.has('paused'));
    // One by one: what need not wait any more says nothing of what came after it.
    for (let trade = queue[0]; trade && !stopped; trade = queue[0]) {
      if (copier.copy(trade, isHeld)) {
        queue.shift();
        waiting -= 1;
      } else await new Promise((resolve) => setTimeout(resolve, HOLD_STEP_MS).unref());
    }
    if (!stopped) queues.delete(tokenId);
  };

  return {
    take(trade) {
      const { tokenId } = trade;
      const queue = queues.get(tokenId);
      if (!queue && copier.copy(trade, waits)) {
        if (watched.has(tokenId)) keepWatching(tokenId);
        return;
      }
      if (waiting >= MAX_WAITING) {
        copier.copy(trade);
        return;
      }
      waiting += 1;
      if (queue) queue.push(trade);
      else {
        const fresh = [trade];
        queues.set(tokenId, fresh);
        keepWatching(tokenId);
        void learn(tokenId, fresh);
      }
    },
    undecidedSinceMs() {
      let oldest: number | undefined;
      for (const queue of queues.values()) {
        for (const { tradedAtMs } of queue) oldest = Math.min(tradedAtMs, oldest ?? tradedAtMs);
      }
      return oldest;
    },
    waiting: () => waiting,
    stop() {
      stopped = true;
    },
  };
}
