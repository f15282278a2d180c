import type { MicroShares, MicroUsdc, PriceMicro } from '../core/money.ts';
import { floorTo, MICRO, mulDiv, notional, sharesFor } from '../core/money.ts';
import { complement, type MarketBook } from './book.ts';
import { takerFee } from './fees.ts';
import type { LiveOrder } from './world.ts';

/**
 * Less than this is nothing: an order whose rest is smaller is done. It is the coarsest step in
 * which sizes can be matched on any tick, so a rest that fits no step never lingers.
 */
export const DUST_SHARES: MicroShares = 10_000;

/** What one price level gives: it becomes one trade. */
export interface SweepLevel {
  /** In the taker's token. */
  priceMicro: PriceMicro;
  sizeMicro: MicroShares;
  usdcMicro: MicroUsdc;
  feeMicro: MicroUsdc;
  fills: { maker: LiveOrder; sizeMicro: MicroShares }[];
}

export interface Sweep {
  levels: SweepLevel[];
  sizeMicro: MicroShares;
  usdcMicro: MicroUsdc;
  feeMicro: MicroUsdc;
  /** Nothing of the order is left over. */
  complete: boolean;
}

/**
 * The worst price an order may trade at, exactly as its amounts say: for a BUY the highest whole
 * micro-price not above maker/taker, for a SELL the lowest not below taker/maker. Prices on the
 * book are whole micro-prices, so nothing is lost by the rounding.
 */
export function limitOf(side: 'BUY' | 'SELL', makerMicro: number, takerMicro: number): PriceMicro {
  return side === 'BUY'
    ? mulDiv(makerMicro, MICRO, takerMicro, 'down')
    : mulDiv(takerMicro, MICRO, makerMicro, 'up');
}

/**
 * Sizes that cost a whole number of micro-USDC at this price come in steps: at 0.57 in 0.0001
 * shares. Matching only such sizes means that no fill ever rounds cash, on either side of either
 * outcome.
 */
export function sizeStep(price: PriceMicro): MicroShares {
  return MICRO / gcd(price, MICRO);
}

function gcd(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

/** What the order would get now, best price first and oldest order first; changes nothing. */
export function planSweep(
  book: MarketBook<LiveOrder>,
  order: LiveOrder,
  fee: { rate: number; exponent: number },
): Sweep {
  const sweep: Sweep = { levels: [], sizeMicro: 0, usdcMicro: 0, feeMicro: 0, complete: false };
  const opposite = order.bookSide === 'bids' ? book.asks : book.bids;
  for (const level of opposite.levels()) {
    const price = order.outcome === 0 ? level.priceMicro : complement(level.priceMicro);
    if (!acceptable(order, price)) break;
    const wanted = floorTo(stillWanted(order, sweep, price), sizeStep(price));
    const taken = takeFrom(level.orders, wanted, sizeStep(price));
    if (taken.sizeMicro > 0) {
      const usdcMicro = notional(taken.sizeMicro, price, 'down');
      const feeMicro = takerFee(taken.sizeMicro, price, fee.rate, fee.exponent);
      sweep.levels.push({ priceMicro: price, usdcMicro, feeMicro, ...taken });
      sweep.sizeMicro += taken.sizeMicro;
      sweep.usdcMicro += usdcMicro;
      sweep.feeMicro += feeMicro;
    }
    if (stillWanted(order, sweep, price) < DUST_SHARES) {
      sweep.complete = true;
      break;
    }
  }
  return sweep;
}

function acceptable(order: LiveOrder, price: PriceMicro): boolean {
  return order.side === 'BUY' ? price <= order.priceMicro : price >= order.priceMicro;
}

function stillWanted(order: LiveOrder, sweep: Sweep, price: PriceMicro): MicroShares {
  if (order.budgetMicro === undefined) return order.remainingMicro - sweep.sizeMicro;
  return sharesFor(order.budgetMicro - sweep.usdcMicro, price, 'down');
}

function takeFrom(makers: readonly LiveOrder[], wanted: MicroShares, step: MicroShares) {
  const fills: SweepLevel['fills'] = [];
  let sizeMicro = 0;
  for (const maker of makers) {
    const size = Math.min(wanted - sizeMicro, floorTo(maker.remainingMicro, step));
    if (size <= 0) break;
    fills.push({ maker, sizeMicro: size });
    sizeMicro += size;
  }
  return { fills, sizeMicro };
}
