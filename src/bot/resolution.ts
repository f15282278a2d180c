import type { LedgerEvent } from '../core/ledger-types.ts';
import type { MarketInfo } from '../core/market.ts';
import { MICRO } from '../core/money.ts';
import type { VenuePosition } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import { durable } from './durable.ts';
import type { Parts } from './parts.ts';

export interface Resolution {
  /** A market changed; once it is resolved, our shares of it are worth what it pays. */
  onMarket(market: MarketInfo): void;
  /** Looks at the markets of all positions, and asks for what resolved ones owe us. */
  look(): Promise<void>;
  /** Lets the next look ask again at once, also for markets that failed a moment ago. */
  retryNow(): void;
}

/** Least time between two attempts to redeem one market. */
const RETRY_MS = 30_000;
const RETRY_REAL_MS = 2000;

export function createResolution(parts: Parts): Resolution {
  const { clock, venue, books, orders, notice, emit } = parts;
  const nextTick = new Map<string, number>();
  let looking = false;

  const resolve = (market: MarketInfo) => {
    const { resolution, tokenIds, conditionId, title } = market;
    if (resolution === undefined) return;
    const atMs = clock.now();
    const events: LedgerEvent[] = [];
    for (const [index, tokenId] of tokenIds.entries()) {
      const position = books.ledger.position(tokenId);
      if (!position) continue;
      const payoutMicro = resolution === 'split' ? MICRO / 2 : resolution === index ? MICRO : 0;
      events.push({ kind: 'resolve', tokenId, payoutMicro, atMs });
    }
    if (events.length === 0) return;
    const before = books.ledger.totals();
    if (!durable(parts, () => books.record(events))) return;
    const after = books.ledger.totals();
    const payoutMicro = after.receivableMicro - before.receivableMicro;
    const pnlMicro = after.realisedMicro - before.realisedMicro;
    emit({ kind: 'resolution', conditionId, title, payoutMicro, pnlMicro });
  };

  const redeem = async (conditionId: string) => {
    const tick = performance.now();
    if ((nextTick.get(conditionId) ?? 0) > tick) return;
    nextTick.set(conditionId, tick + Math.max(RETRY_REAL_MS, clock.realMs(RETRY_MS)));
    // Shares that are still on their way would be left behind.
    for (const { trade } of orders.trades.values()) if (trade.conditionId === conditionId) return;
    try {
      if (hasShares(await venue.positions(), conditionId)) await venue.redeem(conditionId);
      const atMs = clock.now();
      durable(parts, () => books.record([{ kind: 'redeem', conditionId, atMs }]));
      nextTick.delete(conditionId);
    } catch (error) {
      notice('warning', `market ${conditionId} could not be redeemed: ${reasonOf(error)}`);
    }
  };

  return {
    onMarket: resolve,
    async look() {
      if (looking) return;
      looking = true;
      for (const { tokenId } of books.ledger.positions()) {
        const market = venue.market(tokenId);
        if (market) resolve(market);
        else await venue.gather(tokenId, parts.patience.gatherMs).catch(() => {});
      }
      for (const { conditionId } of books.ledger.redeemable()) await redeem(conditionId);
      looking = false;
    },
    retryNow: () => nextTick.clear(),
  };
}

/** A market redeemed by the last run, which died before it could say so, holds nothing any more. */
function hasShares(positions: readonly VenuePosition[], conditionId: string): boolean {
  return positions.some((position) => position.conditionId === conditionId);
}
