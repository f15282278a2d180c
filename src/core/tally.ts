/** Losses in a row and failed orders, as the trip rules count them, from one trip to the next. */

/** The failure rate looks at so many of the latest orders. */
const WINDOW = 20;

export interface Tally {
  /** Positions closed at a loss since the last one closed without. */
  consecutiveLosses: number;
  /** The latest orders, oldest first: `x` failed, `.` did not. */
  orders: string;
}

export const EMPTY_TALLY: Tally = Object.freeze({ consecutiveLosses: 0, orders: '' });

/** A position was closed. `pnlMicro` after fees; zero is no loss. */
export function countClose(tally: Tally, pnlMicro: number): Tally {
  const consecutiveLosses = pnlMicro < 0 ? tally.consecutiveLosses + 1 : 0;
  return consecutiveLosses === tally.consecutiveLosses ? tally : { ...tally, consecutiveLosses };
}

/**
 * An order ended. Failed: rejected, or its settlement failed. An order that the book did not fill
 * at our limit has not failed.
 */
export function countOrder(tally: Tally, failed: boolean): Tally {
  return { ...tally, orders: `${tally.orders}${failed ? 'x' : '.'}`.slice(-WINDOW) };
}

export function failureCount(tally: Tally): number {
  let failed = 0;
  for (const order of tally.orders) if (order === 'x') failed++;
  return failed;
}
