import { describe, expect, it } from 'vitest';
import { type ExitPolicy, judgeExit } from '../../src/core/exits.ts';
import type { Position } from '../../src/core/ledger-types.ts';
import type { Book } from '../../src/core/market.ts';
import { book, NOW, TOKEN } from './support.ts';

const rules = (over: Partial<ExitPolicy> = {}): ExitPolicy => ({
  stopLoss: 0.15,
  takeProfit: 0.25,
  maxHoldingMs: 3_600_000,
  maxBookAgeMs: 15_000,
  ...over,
});
const position = (over: Partial<Position> = {}): Position => ({
  tokenId: TOKEN,
  conditionId: '0xc0',
  eventSlug: 'event',
  wallet: 'w',
  sharesMicro: 10_000_000,
  provisionalSharesMicro: 0,
  pendingSellMicro: 0,
  costMicro: 4_000_000,
  realisedMicro: 0,
  feesMicro: 0,
  openedAtMs: NOW - 1000,
  lots: [],
  ...over,
});
const bid = (priceMicro: number, over: Partial<Book> = {}) =>
  book({ bids: [{ priceMicro, sizeMicro: 1_000_000 }], ...over });

describe('judgeExit', () => {
  it.each<[string, Book | undefined, Partial<ExitPolicy>, Partial<Position>, object]>([
    ['holds', bid(400_000), {}, {}, { kind: 'hold' }],
    ['stops a loss', bid(340_000), {}, {}, { reason: 'stop_loss', detail: '4 -> 3.4 USDC' }],
    ['not a smaller one', bid(340_001), {}, {}, { kind: 'hold' }],
    ['takes a profit', bid(500_000), {}, {}, { reason: 'take_profit', detail: '4 -> 5 USDC' }],
    ['not a smaller one', bid(499_999), {}, {}, { kind: 'hold' }],
    ['no stop when off', bid(1), { stopLoss: 0 }, {}, { kind: 'hold' }],
    ['no profit when off', bid(990_000), { takeProfit: 0 }, {}, { kind: 'hold' }],
    [
      'ends a long holding',
      bid(400_000),
      {},
      { openedAtMs: NOW - 3_600_000 },
      { reason: 'max_holding', detail: 'held for 3600 s' },
    ],
    ['not a shorter one', bid(400_000), {}, { openedAtMs: NOW - 3_599_999 }, { kind: 'hold' }],
    ['not when off', bid(400_000), { maxHoldingMs: 0 }, { openedAtMs: 0 }, { kind: 'hold' }],
    ['costless shares gain nothing', bid(400_000), {}, { costMicro: 0 }, { kind: 'hold' }],
    ['reports no book', undefined, {}, {}, { kind: 'unmarked', detail: 'no book with a bid' }],
    ['reports no bid', book({ bids: [] }), {}, {}, { kind: 'unmarked' }],
    [
      'reports an old book',
      bid(1, { updatedAtMs: NOW - 15_001 }),
      {},
      {},
      { kind: 'unmarked', detail: 'book is 15001 ms old' },
    ],
  ])('%s', (_, live, over, held, verdict) => {
    expect(judgeExit(position(held), live, NOW, rules(over))).toMatchObject(verdict);
  });
});
