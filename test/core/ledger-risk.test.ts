import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applied,
  confirm,
  type Fill,
  fail,
  fill,
  history,
  ledgerWith,
  ref,
  reserveBuy,
  resolve,
  TOKENS,
} from './ledger-support.ts';

describe('what is sold and not settled', () => {
  const bought = [fill('BUY', '1', { shares: 10_000_000, usdc: 4_000_000 }), confirm('1')];
  const sold = fill('SELL', '2', { shares: 10_000_000, usdc: 5_000_000 });
  const at4 = { tokenMicro: 4_000_000, walletMicro: 4_000_000, totalMicro: 4_000_000 };

  it('keeps its place and its cost until the sale is confirmed', () => {
    const ledger = ledgerWith(...bought, sold);
    expect(ledger.position('a1')).toBeUndefined();
    expect(ledger.exposure(ref('a1'))).toMatchObject({ ...at4, openPositions: 1 });
    ledger.apply(confirm('2'));
    expect(ledger.exposure(ref('a1'))).toMatchObject({ totalMicro: 0, openPositions: 0 });
  });

  it('so that a sale that fails brings back no more than was counted', () => {
    const ledger = ledgerWith(...bought, sold, fail('2'));
    expect(ledger.exposure(ref('a1'))).toMatchObject({ ...at4, openPositions: 1 });
  });

  it('also when the buy before it is not settled either', () => {
    const ledger = ledgerWith(...bought.slice(0, 1), sold);
    expect(ledger.exposure(ref('a1'))).toMatchObject({ ...at4, openPositions: 1 });
  });

  it('is owed, and at risk no more, once the market is resolved', () => {
    const ledger = ledgerWith(...bought, sold, resolve(1_000_000));
    expect(ledger.exposure(ref('a1'))).toMatchObject({ totalMicro: 0, openPositions: 0 });
  });

  it('the fee of a buy that may fail stays set aside while its order stands', () => {
    const reserve = reserveBuy('o-1', 4_100_000);
    const paid = fill('BUY', '1', { shares: 10_000_000, usdc: 4_000_000, fee: 100_000 });
    const ledger = ledgerWith(reserve, paid);
    expect(ledger.exposure(ref('a1'))).toMatchObject({ totalMicro: 4_100_000 });
    ledger.apply(confirm('1'));
    expect(ledger.exposure(ref('a1'))).toMatchObject({ totalMicro: 4_000_000 });
  });
});

describe('in any order of events', () => {
  it('whatever fails to settle, no exposure rises', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (mixed, coin) => {
        // An order follows one leader and one side, and so do its fills.
        const events = mixed.map((event) => {
          if (event.kind !== 'fill' && event.kind !== 'reserve') return event;
          const order = Number(event.orderId.slice(1));
          const side = order < 2 ? ('BUY' as const) : ('SELL' as const);
          return { ...event, side, wallet: `w${1 + (order % 2)}` };
        });
        const ledger = applied(events);
        const refs = TOKENS.flatMap((token) => ['w1', 'w2', 'w3'].map((w) => ref(token, w)));
        const before = refs.map((one) => ledger.exposure(one));
        const open = events.filter(({ kind }) => kind === 'fill') as Fill[];
        for (const { tradeId } of open) {
          if (coin.next().value) ledger.apply(fail(tradeId));
        }
        for (const [i, one] of refs.entries()) {
          const after = ledger.exposure(one);
          for (const [name, value] of Object.entries(before[i] as object)) {
            const now = Number(after[name as keyof typeof after]);
            expect(now, `${name} of ${one.tokenId}`).toBeLessThanOrEqual(Number(value));
          }
        }
      }),
    );
  });
});
