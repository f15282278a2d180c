import { MICRO, type MicroShares, type MicroUsdc, type PriceMicro } from './money.ts';

/** Fees are charged to 5 decimals of a USDC; less than half of the last one is nothing. */
const FEE_STEP_MICRO = 10;

/** A fee of one fill may round up by half a step; an order may meet this many makers. */
const FILLS_ALLOWED_FOR = 20;

/**
 * Taker fee of one fill: shares x rate x (p(1-p))^exponent, to the nearest 5th decimal. Exact for
 * whole exponents (all known markets have 1).
 */
export function takerFee(
  shares: MicroShares,
  price: PriceMicro,
  rate: number,
  exponent: number,
): MicroUsdc {
  if (rate === 0 || shares === 0) return 0;
  if (Number.isInteger(exponent) && exponent >= 0 && exponent <= 8) {
    return exactFee(shares, price, rate, exponent);
  }
  const p = price / MICRO;
  return Math.round((shares * rate * (p * (1 - p)) ** exponent) / FEE_STEP_MICRO) * FEE_STEP_MICRO;
}

const RATE_SCALE = 1_000_000_000;

function exactFee(shares: number, price: number, rate: number, exponent: number): MicroUsdc {
  let numerator = BigInt(shares) * BigInt(Math.round(rate * RATE_SCALE));
  let divisor = BigInt(RATE_SCALE) * BigInt(FEE_STEP_MICRO);
  const variance = BigInt(price) * BigInt(MICRO - price);
  for (let i = 0; i < exponent; i += 1) {
    numerator *= variance;
    divisor *= 1_000_000_000_000n;
  }
  return Number((numerator * 2n + divisor) / (divisor * 2n)) * FEE_STEP_MICRO;
}

/**
 * The most that fees can come to when `usdc` is spent at `limit` or any better price. A FAK buy
 * spends a sum: cheaper shares are more shares, and with exponent 1 a larger fee. Per USDC spent
 * the fee is rate x p^(e-1) x (1-p)^e, which has one maximum, at (e-1)/(2e-1) for e > 1.
 */
export function largestBuyFee(
  usdc: MicroUsdc,
  limit: PriceMicro,
  tick: PriceMicro,
  rate: number,
  exponent: number,
): MicroUsdc {
  if (rate === 0) return 0;
  const peak = exponent > 1 ? (exponent - 1) / (2 * exponent - 1) : 0;
  const p = Math.min(Math.max(peak, tick / MICRO), limit / MICRO);
  const fee = usdc * rate * p ** (exponent - 1) * (1 - p) ** exponent;
  return Math.ceil(fee / FEE_STEP_MICRO + FILLS_ALLOWED_FOR / 2) * FEE_STEP_MICRO;
}
