import type { LedgerEvent } from '../core/ledger-types.ts';
import type { MarketInfo } from '../core/market.ts';
import { formatMicro, MICRO } from '../core/money.ts';
import type { VenuePosition } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import { durable } from './durable.ts';
import type { Parts } from './parts.ts';

export interface Resolution {
  /** A market changed; once it is resolved, our shares of it are worth what it pays. */
  onMarket(market: MarketInfo): void;
  /** Looks at the markets of all positions, and asks for what resolved ones owe us. */
  look(): Promise<void>;
  /**
   * What the venue holds for us in markets that are over. The journal may have been paid for it: the
   * venue's reads were behind when it was redeemed. The next look redeems it, unless that was just done.
   */
  onLeftBehind(positions: readonly VenuePosition[]): void;
  /** Lets the next look ask again at once, also for markets that failed a moment ago. */
  retryNow(): void;
}

/** Least time between two attempts to redeem one market. */
const RETRY_MS = 30_000;
const RETRY_REAL_MS = 2000;
/** The venue's slow reads may show redeemed shares for some time. Clock ms. */
const SHOWN_MS = 300_000;

export function createResolution(parts: Parts): Resolution {
  const { clock, venue, books, orders, notice, emit } = parts;
  const nextTick = new Map<string, number>();
  let looking = false;
  let leftBehind: readonly VenuePosition[] = [];

  const resolve = (market: MarketInfo) => {
    const { tokenIds, conditionId, title } = market;
    if (market.resolution === undefined) return;
    const atMs = clock.now();
    const events: LedgerEvent[] = [];
    for (const tokenId of tokenIds) {
      const position = books.ledger.position(tokenId);
      if (!position) continue;
      const payoutMicro = payoutOf(market, tokenId);
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

  /** What is on its way may still add shares or bring some back: it would be left behind. */
  const isUnsettled = (conditionId: string) => {
    for (const { row } of orders.all()) if (row.conditionId === conditionId) return true;
    for (const { trade } of orders.trades.values())
      if (trade.conditionId === conditionId) return true;
    return false;
  };

  const waitFor = (conditionId: string, ms: number) => {
    nextTick.set(conditionId, performance.now() + Math.max(RETRY_REAL_MS, clock.realMs(ms)));
  };

  const isDue = (conditionId: string) => {
    const early = (nextTick.get(conditionId) ?? 0) > performance.now();
    if (early || isUnsettled(conditionId)) return false;
    waitFor(conditionId, RETRY_MS);
    return true;
  };

  const redeem = async (conditionId: string) => {
    if (!isDue(conditionId)) return;
    try {
      if (hasShares(await venue.positions(), conditionId)) await venue.redeem(conditionId);
      const atMs = clock.now();
      const isBooked = durable(parts, () => books.record([{ kind: 'redeem', conditionId, atMs }]));
      if (isBooked) waitFor(conditionId, SHOWN_MS);
    } catch (error) {
      notice('warning', `market ${conditionId} could not be redeemed: ${reasonOf(error)}`);
    }
  };

  const redeemLeft = async ({ tokenId, conditionId, sizeMicro }: VenuePosition) => {
    if (!venue.market(tokenId)) {
      await venue.gather(tokenId, parts.patience.gatherMs).catch(() => {});
    }
    const market = venue.market(tokenId);
    if (!market || payoutOf(market, tokenId) === 0 || !isDue(conditionId)) return;
    const what = `${formatMicro(sizeMicro)} shares left at the venue in market ${conditionId}`;
    try {
      await venue.redeem(conditionId);
      waitFor(conditionId, SHOWN_MS);
      notice('info', `redeemed ${what}`);
    } catch (error) {
      notice('warning', `${what} could not be redeemed: ${reasonOf(error)}`);
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
      for (const position of leftBehind) await redeemLeft(position);
      looking = false;
    },
    onLeftBehind(positions) {
      leftBehind = positions;
    },
    retryNow: () => nextTick.clear(),
  };
}

/** A market redeemed by the last run, which died before it could say so, holds nothing any more. */
function hasShares(positions: readonly VenuePosition[], conditionId: string): boolean {
  return positions.some((position) => position.conditionId === conditionId);
}

/** What one share pays, in micro-USDC: nothing while the market is not resolved. */
function payoutOf({ resolution, tokenIds }: MarketInfo, tokenId: string): number {
  if (resolution === undefined) return 0;
  if (resolution === 'split') return MICRO / 2;
  return tokenIds[resolution] === tokenId ? MICRO : 0;
}
