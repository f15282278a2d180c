import type { Level } from './market.ts';
import {
  floorTo,
  MICRO,
  type MicroShares,
  type MicroUsdc,
  mulDiv,
  notional,
  type PriceMicro,
  sharesFor,
} from './money.ts';

/** A fraction as whole millionths, so that prices stay exact. */
export function toPpm(fraction: number): number {
  return Math.round(fraction * MICRO);
}

/**
 * The highest grid price we pay: the leader's price and `maxSlippage`; undefined: below the grid.
 */
export function entryBound(
  leaderPrice: PriceMicro,
  maxSlippage: number,
  tick: PriceMicro,
): PriceMicro | undefined {
  const highest = mulDiv(leaderPrice, MICRO + toPpm(maxSlippage), MICRO, 'down');
  const bound = Math.min(floorTo(highest, tick), MICRO - tick);
  return bound >= tick ? bound : undefined;
}

/** The lowest grid price we sell at: the best bid less `maxSlippage`, but at least the tick. */
export function exitBound(bestBid: PriceMicro, maxSlippage: number, tick: PriceMicro): PriceMicro {
  const kept = maxSlippage >= 0 ? Math.max(0, MICRO - toPpm(maxSlippage)) : MICRO;
  const lowest = mulDiv(bestBid, kept, MICRO, 'down');
  return Math.min(Math.max(floorTo(lowest, tick), tick), MICRO - tick);
}

/** What a book would give to an order of ours. */
export interface Walk {
  sharesMicro: MicroShares;
  usdcMicro: MicroUsdc;
  /** Price of the last level touched; 0 when none was. */
  worstMicro: PriceMicro;
  levels: number;
}

/** Buys from `asks`, best first, up to `limit` and for at most `budget`. */
export function walkAsks(asks: readonly Level[], limit: PriceMicro, budget: MicroUsdc): Walk {
  const walk: Walk = { sharesMicro: 0, usdcMicro: 0, worstMicro: 0, levels: 0 };
  for (const level of asks) {
    const left = budget - walk.usdcMicro;
    if (level.priceMicro > limit || left <= 0) break;
    const cost = notional(level.sizeMicro, level.priceMicro, 'up');
    const whole = cost <= left;
    walk.sharesMicro += whole ? level.sizeMicro : sharesFor(left, level.priceMicro, 'down');
    walk.usdcMicro += whole ? cost : left;
    walk.worstMicro = level.priceMicro;
    walk.levels += 1;
  }
  return walk;
}

/** Average price of a walk; 0 when it found nothing. */
export function averageOf(walk: Walk): PriceMicro {
  return walk.sharesMicro === 0 ? 0 : mulDiv(walk.usdcMicro, MICRO, walk.sharesMicro, 'nearest');
}
