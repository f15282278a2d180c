import type { Book } from '../core/market.ts';
import { parseMicro } from '../core/money.ts';
import { createBookSide, parseLevels, parsePrice } from './book-state.ts';
import { type Fields, isFields, textOf } from './json.ts';

/** The book of one watched token, kept from a snapshot and the changes after it. */
export interface TokenBook {
  /** From the socket: the changes that follow belong to it. */
  snapshot(event: Fields, nowMs: number): void;
  /** By REST: taken only while no live snapshot is being followed. */
  reread(body: Fields, nowMs: number): void;
  /** One level's new total. */
  change(change: unknown, nowMs: number): void;
  /** The socket is gone: what is known grows old. */
  detach(): void;
  /** Follows the live socket, without a contradiction since its snapshot. */
  readonly synced: boolean;
  /** Known, but contradictory since: wants a reread. */
  readonly broken: boolean;
  readonly updatedAtMs: number;
  /** `aliveAtMs`: when the socket that feeds it last proved alive. */
  book(aliveAtMs: number): Book | undefined;
}

export function createTokenBook(tokenId: string): TokenBook {
  const bids = createBookSide('BUY');
  const asks = createBookSide('SELL');
  let attached = false;
  let broken = false;
  let updatedAtMs = 0;
  const load = (body: Fields, nowMs: number) => {
    const newBids = parseLevels(body.bids);
    const newAsks = parseLevels(body.asks);
    broken = newBids === undefined || newAsks === undefined;
    if (!newBids || !newAsks) return;
    bids.replace(newBids);
    asks.replace(newAsks);
    updatedAtMs = nowMs;
    checkCrossed();
  };
  const checkCrossed = () => {
    const bid = bids.best()?.priceMicro ?? 0;
    const ask = asks.best()?.priceMicro ?? Number.POSITIVE_INFINITY;
    if (bid >= ask) broken = true;
  };
  return {
    snapshot(event, nowMs) {
      attached = true;
      load(event, nowMs);
    },
    reread(body, nowMs) {
      if (!attached || broken) load(body, nowMs);
    },
    change(change, nowMs) {
      if (!attached || broken) return;
      const fields = isFields(change) ? change : {};
      const priceMicro = parsePrice(fields.price);
      const sizeMicro = parseMicro(fields.size);
      const side = textOf(fields.side).toUpperCase();
      if (priceMicro === undefined || sizeMicro === undefined || !/^(BUY|SELL)$/.test(side)) {
        broken = true;
        return;
      }
      (side === 'BUY' ? bids : asks).set(priceMicro, sizeMicro);
      updatedAtMs = nowMs;
    },
    detach() {
      attached = false;
    },
    get synced() {
      return attached && !broken;
    },
    get broken() {
      return broken;
    },
    get updatedAtMs() {
      return updatedAtMs;
    },
    book(aliveAtMs) {
      checkCrossed();
      if (updatedAtMs === 0 || broken) return undefined;
      return {
        tokenId,
        bids: bids.levels(),
        asks: asks.levels(),
        updatedAtMs: attached ? Math.max(updatedAtMs, aliveAtMs) : updatedAtMs,
      };
    },
  };
}
