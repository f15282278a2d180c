import type { MicroShares, PriceMicro } from '../core/money.ts';
import { MICRO } from '../core/money.ts';

/**
 * One book per market, in the terms of its first outcome: buying the second outcome at p is
 * offering the first at 1 - p, so a BUY of one outcome can meet a BUY of the other (a pair of
 * shares is minted) and a SELL can meet a SELL (a pair is merged), as on the venue.
 */
export interface Resting {
  orderId: string;
  bookPriceMicro: PriceMicro;
  remainingMicro: MicroShares;
}

export interface BookLevel<T extends Resting> {
  priceMicro: PriceMicro;
  totalMicro: MicroShares;
  /** Oldest first. */
  orders: T[];
}

export interface BookSide<T extends Resting> {
  add(order: T): void;
  remove(order: T): void;
  /** Tells of shares taken from a resting order (its own field is the caller's to change). */
  reduced(order: T, byMicro: MicroShares): void;
  best(): PriceMicro | undefined;
  level(price: PriceMicro): BookLevel<T> | undefined;
  /** Best first. */
  levels(): Iterable<BookLevel<T>>;
}

export interface MarketBook<T extends Resting> {
  bids: BookSide<T>;
  asks: BookSide<T>;
  lastTradeMicro: PriceMicro | undefined;
  updatedAtMs: number;
  /** Levels changed since they were last told: `bid` or `ask`, first outcome's price. */
  touched: { bids: Set<PriceMicro>; asks: Set<PriceMicro> };
}

export function createBook<T extends Resting>(nowMs: number): MarketBook<T> {
  const touched = { bids: new Set<PriceMicro>(), asks: new Set<PriceMicro>() };
  return {
    bids: createSide<T>((a, b) => a - b, touched.bids),
    asks: createSide<T>((a, b) => b - a, touched.asks),
    lastTradeMicro: undefined,
    updatedAtMs: nowMs,
    touched,
  };
}

function createSide<T extends Resting>(
  worseToBetter: (a: PriceMicro, b: PriceMicro) => number,
  touched: Set<PriceMicro>,
): BookSide<T> {
  const levels = new Map<PriceMicro, BookLevel<T>>();
  /** Best last: levels come and go mostly near the best, at the cheap end of the array. */
  const prices: PriceMicro[] = [];

  const indexFor = (price: PriceMicro) => {
    let index = prices.length;
    while (index > 0 && worseToBetter(prices[index - 1] as PriceMicro, price) > 0) index--;
    return index;
  };
  const levelFor = (price: PriceMicro) => {
    const found = levels.get(price);
    if (found) return found;
    const level: BookLevel<T> = { priceMicro: price, totalMicro: 0, orders: [] };
    levels.set(price, level);
    prices.splice(indexFor(price), 0, price);
    return level;
  };
  return {
    add(order) {
      const level = levelFor(order.bookPriceMicro);
      level.orders.push(order);
      level.totalMicro += order.remainingMicro;
      touched.add(order.bookPriceMicro);
    },
    remove(order) {
      const level = levels.get(order.bookPriceMicro);
      const index = level ? level.orders.indexOf(order) : -1;
      if (!level || index < 0) return;
      level.orders.splice(index, 1);
      level.totalMicro -= order.remainingMicro;
      touched.add(order.bookPriceMicro);
      if (level.orders.length > 0) return;
      levels.delete(order.bookPriceMicro);
      prices.splice(indexFor(order.bookPriceMicro) - 1, 1);
    },
    reduced(order, byMicro) {
      const level = levels.get(order.bookPriceMicro);
      if (level) level.totalMicro -= byMicro;
      touched.add(order.bookPriceMicro);
    },
    best: () => prices.at(-1),
    level: (price) => levels.get(price),
    *levels() {
      for (let index = prices.length - 1; index >= 0; index--) {
        const level = levels.get(prices[index] as PriceMicro);
        if (level) yield level;
      }
    },
  };
}

/** The other outcome's price, or the same price seen from the other outcome. */
export function complement(price: PriceMicro): PriceMicro {
  return MICRO - price;
}
