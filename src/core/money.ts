/**
 * Money in integers. 1 USDC = 1,000,000 micro-USDC; 1 share = 1,000,000 micro-shares; a price is in
 * micro-USDC per whole share, so 0.57 is 570,000. These are the venue's own six decimals.
 *
 * Values are plain numbers: safe integers reach 9 billion USDC. Products are not safe, so they go
 * through the functions below, which are exact.
 */
export type MicroUsdc = number;
export type MicroShares = number;
/** Micro-USDC per whole share, 0 to 1,000,000. */
export type PriceMicro = number;

export const MICRO = 1_000_000;

export type Rounding = 'down' | 'up' | 'nearest';

/**
 * a × b / c, exact, for non-negative safe integers; throws RangeError when the result is not one.
 */
export function mulDiv(a: number, b: number, c: number, rounding: Rounding): number {
  const product = a * b;
  if (Number.isSafeInteger(product)) return divide(product, c, rounding);
  const exact = BigInt(a) * BigInt(b);
  const divisor = BigInt(c);
  const quotient = exact / divisor;
  const rest = exact % divisor;
  const up = rounding === 'up' ? rest > 0n : rounding === 'nearest' && rest * 2n >= divisor;
  return toSafe(Number(quotient) + (up ? 1 : 0));
}

function divide(product: number, divisor: number, rounding: Rounding): number {
  const rest = product % divisor;
  const quotient = (product - rest) / divisor;
  const up = rounding === 'up' ? rest > 0 : rounding === 'nearest' && rest * 2 >= divisor;
  return toSafe(quotient + (up ? 1 : 0));
}

function toSafe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return value;
}

/** What `shares` cost at `price`. */
export function notional(shares: MicroShares, price: PriceMicro, rounding: Rounding): MicroUsdc {
  return mulDiv(shares, price, MICRO, rounding);
}

/** How many shares `cash` buys at `price`. */
export function sharesFor(cash: MicroUsdc, price: PriceMicro, rounding: Rounding): MicroShares {
  return mulDiv(cash, MICRO, price, rounding);
}

/** The largest multiple of `step` that is not above `value`. */
export function floorTo(value: number, step: number): number {
  return value - (value % step);
}

/**
 * A decimal as the venue sends it (string or JSON number) in micro-units, rounded to the nearest;
 * undefined when it is not a finite non-negative decimal or too large to be exact.
 */
export function parseMicro(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? decimal(value) : Number.NaN;
  if (!Number.isFinite(number) || number < 0) return undefined;
  const micro = Math.round(number * MICRO);
  return Number.isSafeInteger(micro) ? micro : undefined;
}

function decimal(text: string): number {
  return /^\d{1,15}(\.\d{1,30})?$/.test(text) ? Number(text) : Number.NaN;
}

/** Micro-units as the shortest exact decimal: 570000 -> "0.57", -1500000 -> "-1.5". */
export function formatMicro(micro: number): string {
  const sign = micro < 0 ? '-' : '';
  const absolute = Math.abs(micro);
  const whole = Math.floor(absolute / MICRO);
  const rest = absolute % MICRO;
  if (rest === 0) return `${sign}${whole}`;
  // No regular expression: each fill is named with two of these.
  let digits = rest;
  let places = 6;
  for (; digits % 10 === 0; places -= 1) digits /= 10;
  return `${sign}${whole}.${String(digits).padStart(places, '0')}`;
}
