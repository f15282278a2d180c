import { reasonOf } from '../errors.ts';
import type { Agreement } from './agreement.ts';
import { createClockWatch } from './clock-watch.ts';
import type { Detector } from './detect.ts';
import type { Discovery } from './discovery.ts';
import { durable, recoverJournal } from './durable.ts';
import type { Exits } from './exits.ts';
import type { Followed } from './follow.ts';
import type { Gatherer } from './gather.ts';
import type { Parts } from './parts.ts';
import type { Resolution } from './resolution.ts';
import type { Settlement } from './settle.ts';
import type { Inquiry } from './unknown.ts';

export interface LoopNeeds {
  parts: Parts;
  agreement: Agreement;
  detector: Detector;
  discovery: Discovery;
  exits: Exits;
  followed: Followed;
  gatherer: Gatherer;
  inquiry: Inquiry;
  resolution: Resolution;
  settlement: Settlement;
  publish(): void;
  /** Every duty of a cycle was done once more; the next time it is due within `nextMs` (real). */
  cycleDone(nextMs: number): void;
}

export interface Loop {
  stop(): void;
  /** Makes durable what is queued. */
  flush(): void;
}

/** How often each duty is done: clock ms, but never more often than the real ms. */
const EVERY = {
  skips: { clockMs: 0, realMs: 50 },
  exits: { clockMs: 1000, realMs: 200 },
  orders: { clockMs: 500, realMs: 100 },
  fills: { clockMs: 10_000, realMs: 1000 },
  agreement: { clockMs: 1000, realMs: 250 },
  holdings: { clockMs: 15_000, realMs: 1000 },
  markets: { clockMs: 10_000, realMs: 1000 },
  housekeeping: { clockMs: 60_000, realMs: 1000 },
  status: { clockMs: 0, realMs: 1000 },
};
/**
 * What makes a cycle: the duties that rest on this process and its disk alone. Those that wait for
 * the venue are no part of it, for a bot is not restarted because the venue is slow.
 */
const CYCLE = ['skips', 'exits', 'status'] as const;
/** How often journal and venue are compared once they agree; while they do not, at every turn. */
const AGREEMENT = { clockMs: 60_000, realMs: 2000 };
/** How far back fills are read again: before the oldest that is not settled. Clock ms. */
const FILLS_OVERLAP_MS = 60_000;

/** The bot's duties besides following rows, each at its own pace, one failing alone. */
export function createLoop(needs: LoopNeeds): Loop {
  const { parts, agreement, detector, discovery, exits, followed, gatherer, inquiry, resolution } =
    needs;
  const { clock, guard, desk, journal, notice } = parts;
  const timers = new Set<NodeJS.Timeout>();
  const clockWatch = createClockWatch(clock);
  let stopped = false;
  const cycle = createCycle(CYCLE, () => {
    const pauses = CYCLE.map((name) =>
      Math.max(EVERY[name].realMs, clock.realMs(EVERY[name].clockMs)),
    );
    needs.cycleDone(Math.max(...pauses));
  });

  const repeat = (
    name: string,
    { clockMs, realMs }: { clockMs: number; realMs: number },
    duty: () => void | Promise<void>,
  ) => {
    let timer: NodeJS.Timeout;
    const again = () => {
      if (stopped) return;
      timer = setTimeout(() => void run(), Math.max(realMs, clock.realMs(clockMs)));
      timers.add(timer);
    };
    const run = async () => {
      timers.delete(timer);
      try {
        await duty();
      } catch (error) {
        notice('error', `${name}: ${reasonOf(error)}`);
      }
      cycle.done(name);
      again();
    };
    void run();
  };
  const flush = () => {
    durable(parts, journal.flush);
    followed.save(gatherer.undecidedSinceMs());
  };

  repeat('skips', EVERY.skips, () => void durable(parts, journal.flush));
  repeat('orders', EVERY.orders, inquiry.look);
  repeat('exits', EVERY.exits, () => {
    const jumpMs = clockWatch.look();
    if (jumpMs !== undefined) {
      notice('warning', `the clock jumped by ${(jumpMs / 1000).toFixed(1)} s: checking again`);
      agreement.doubt('the clock jumped');
    }
    recoverJournal(parts);
    discovery.look();
    desk.look();
    exits.look();
  });
  repeat('fills', EVERY.fills, () => readFills(needs));
  let checkedTick = Number.NEGATIVE_INFINITY;
  repeat('agreement', EVERY.agreement, async () => {
    const pause = Math.max(AGREEMENT.realMs, clock.realMs(AGREEMENT.clockMs));
    if (!guard.has('starting') && performance.now() - checkedTick < pause) return;
    const leftBehind = await agreement.check();
    checkedTick = performance.now();
    resolution.onLeftBehind(leftBehind);
  });
  repeat('holdings', EVERY.holdings, followed.readHoldings);
  repeat('markets', EVERY.markets, resolution.look);
  repeat('housekeeping', EVERY.housekeeping, () => {
    followed.save(gatherer.undecidedSinceMs());
    detector.tidy();
    parts.books.checkpoint();
    journal.tidy();
    if (!followed.caughtUp()) void followed.backfill();
  });
  repeat('status', EVERY.status, needs.publish);

  return {
    flush,
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Tells when each of these was done at least once since it told the last time. */
function createCycle(names: readonly string[], onComplete: () => void) {
  let missing = new Set(names);
  return {
    done(name: string) {
      if (!missing.delete(name) || missing.size > 0) return;
      missing = new Set(names);
      onComplete();
    },
  };
}

/** Socket frames get lost: fills that are not final are read again. */
async function readFills({ parts, settlement }: LoopNeeds): Promise<void> {
  let sinceMs = Number.POSITIVE_INFINITY;
  for (const { trade } of parts.orders.trades.values()) {
    sinceMs = Math.min(sinceMs, trade.matchedAtMs);
  }
  if (!Number.isFinite(sinceMs)) return;
  for (const trade of await parts.venue.tradesSince(sinceMs - FILLS_OVERLAP_MS)) {
    settlement.onTrade(trade);
  }
}
