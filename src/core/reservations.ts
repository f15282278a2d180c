import type { TokenRef } from './ledger-types.ts';
import type { MicroShares, MicroUsdc } from './money.ts';
import type { Side } from './trade.ts';

/** What an order in flight may still use. Fills use it up; a voided fill gives it back. */
export interface Reservation extends TokenRef {
  orderId: string;
  side: Side;
  cashMicro: MicroUsdc;
  sharesMicro: MicroShares;
  usedCashMicro: MicroUsdc;
  usedSharesMicro: MicroShares;
}

/** A fill may cost more than was set aside (a fee rounded up): then nothing is left, never less. */
export function cashLeft(reservation: Reservation): MicroUsdc {
  return Math.max(0, reservation.cashMicro - reservation.usedCashMicro);
}

export function sharesLeft(reservation: Reservation): MicroShares {
  return Math.max(0, reservation.sharesMicro - reservation.usedSharesMicro);
}

/** Books a fill (+1) or its undoing (-1) on the reservation of its order, when it still stands. */
export function use(
  reservation: Reservation | undefined,
  fill: { side: Side; sharesMicro: number; usdcMicro: number; feeMicro: number },
  sign: 1 | -1,
): void {
  if (reservation === undefined) return;
  if (fill.side === 'SELL') reservation.usedSharesMicro += sign * fill.sharesMicro;
  else reservation.usedCashMicro += sign * (fill.usdcMicro + fill.feeMicro);
}
