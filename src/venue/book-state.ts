import type { Level } from '../core/market.ts';
import { MICRO, parseMicro } from '../core/money.ts';
import type { Side } from '../core/trade.ts';
import { isFields, listOf } from './json.ts';

/** Levels shown to a decision, each side; a copy never reaches as deep. */
const SHOWN_LEVELS = 100;

/** One side of a book: levels best first, in integers. */
export interface BookSide {
  /** Sets the total size at a price; 0 removes the level. */
  set(priceMicro: number, sizeMicro: number): void;
  replace(levels: readonly Level[]): void;
  best(): Level | undefined;
  levels(): readonly Level[];
}

export function createBookSide(side: Side): BookSide {
  const sign = side === 'BUY' ? -1 : 1;
  let levels: Level[] = [];
  let shown: readonly Level[] | undefined;
  const before = (a: number, b: number) => (a - b) * sign < 0;
  const indexOf = (priceMicro: number) => {
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(levels[middle]?.priceMicro ?? 0, priceMicro)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    set(priceMicro, sizeMicro) {
      shown = undefined;
      const index = indexOf(priceMicro);
      const exists = levels[index]?.priceMicro === priceMicro;
      if (sizeMicro === 0) levels.splice(index, exists ? 1 : 0);
      else levels.splice(index, exists ? 1 : 0, { priceMicro, sizeMicro });
    },
    replace(next) {
      shown = undefined;
      const sorted = next.toSorted((a, b) => (a.priceMicro - b.priceMicro) * sign);
      levels = sorted.filter((level) => level.sizeMicro > 0);
    },
    best: () => levels[0],
    levels() {
      shown ??= levels.slice(0, SHOWN_LEVELS);
      return shown;
    },
  };
}

/** A price on a book: above 0 and below 1. */
export function parsePrice(value: unknown): number | undefined {
  const micro = parseMicro(value);
  return micro !== undefined && micro > 0 && micro < MICRO ? micro : undefined;
}

/** All levels of one side of a wire book; undefined when any of them is bad. */
export function parseLevels(value: unknown): Level[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const levels: Level[] = [];
  for (const entry of listOf(value)) {
    if (!isFields(entry)) return undefined;
    const priceMicro = parsePrice(entry.price);
    const sizeMicro = parseMicro(entry.size);
    if (priceMicro === undefined || sizeMicro === undefined) return undefined;
    levels.push({ priceMicro, sizeMicro });
  }
  return levels;
}
