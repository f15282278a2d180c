import type { MicroShares, MicroUsdc, PriceMicro } from '../core/money.ts';
import { MICRO } from '../core/money.ts';

/** The venue's fees have five decimals. */
const FEE_UNIT = 10n;

/**
 * What the taker pays: shares x rate x (p(1-p))^exponent, rounded to five decimals (half up);
 * makers pay nothing. The exponent is a whole number on every market known (1 as a rule).
 */
export function takerFee(
  sharesMicro: MicroShares,
  priceMicro: PriceMicro,
  rate: number,
  exponent: number,
): MicroUsdc {
  const one = BigInt(MICRO);
  const price = BigInt(priceMicro);
  const curve = (price * (one - price)) ** BigInt(exponent);
  const numerator = BigInt(sharesMicro) * BigInt(Math.round(rate * MICRO)) * curve;
  const denominator = one * (one * one) ** BigInt(exponent) * FEE_UNIT;
  return Number(((numerator * 2n + denominator) / (denominator * 2n)) * FEE_UNIT);
}
