import { describe, expect, it } from 'vitest';
import { createLab, type Lab, NO, usd, YES } from './lab.ts';

/** Alice bought 10 YES of bob at 0.50, just now. */
function matched(prepare: (lab: Lab) => void = () => undefined): Lab {
  const lab = createLab();
  lab.stock('bob', 100);
  lab.send({ maker: 'bob', side: 'SELL', price: 0.5, size: 50 });
  prepare(lab);
  lab.send({ price: 0.5, size: 10, orderType: 'FAK' });
  return lab;
}

const tradeOf = (lab: Lab) => [...lab.world.trades.values()][0];
const statuses = (lab: Lab) =>
  lab.events.flatMap((event) => (event.kind === 'trade' ? [event.trade.status] : []));

describe('settlement', () => {
  it('goes MATCHED, MINED, CONFIRMED, with the hash from the block on', () => {
    const lab = matched();
    expect(tradeOf(lab)).toMatchObject({ status: 'MATCHED', transactionHash: undefined });
    lab.wait(1_999);
    expect(tradeOf(lab)?.status).toBe('MATCHED');
    lab.wait(1);
    expect(tradeOf(lab)?.status).toBe('MINED');
    expect(tradeOf(lab)?.transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
    lab.wait(3_000);
    expect(tradeOf(lab)?.status).toBe('CONFIRMED');
    expect(statuses(lab)).toEqual(['MATCHED', 'MINED', 'CONFIRMED']);
  });

  it('bought shares cannot be sold before they are there', () => {
    const lab = matched();
    lab.wait(2_500);
    const sale = { side: 'SELL', price: 0.4, size: 10 } as const;
    expect(lab.send(sale)).toMatchObject({ ok: false, httpStatus: 400 });
    lab.wait(2_500);
    expect(lab.send(sale)).toMatchObject({ ok: true });
  });

  it('the seller is paid when it is CONFIRMED', () => {
    const lab = matched();
    expect(lab.account('bob').freeMicro).toBe(usd(900));
    lab.wait(5_000);
    expect(lab.account('bob').freeMicro).toBe(usd(905));
  });

  it('shows on the chain when mined: taker first, then each maker, one hash', () => {
    const lab = matched((before) => {
      before.stock('carol', 20);
      before.send({ maker: 'carol', side: 'SELL', price: 0.49, size: 5 });
      before.send({ maker: 'carol', tokenId: NO, price: 0.5, size: 5 });
    });
    expect(lab.world.activity.list(undefined, {})).toEqual([]);
    lab.wait(2_000);
    const rows = lab.world.activity.list(undefined, {}).reverse();
    expect(rows.map((row) => [row.wallet, row.side, row.taker, row.outcomeIndex])).toEqual([
      ['alice', 'BUY', true, 0],
      ['carol', 'SELL', false, 0],
      ['alice', 'BUY', true, 0],
      ['bob', 'SELL', false, 0],
    ]);
    expect(new Set(rows.map((row) => row.transactionHash)).size).toBe(1);
  });

  it.each([
    ['by order', (lab: Lab) => lab, { failSettlement: true }],
    ['by number', (lab: Lab) => Object.assign(lab.world.faults, { failNextTrades: 1 }), undefined],
    ['by ratio', (lab: Lab) => Object.assign(lab.world.faults, { failTradeRatio: 1 }), undefined],
  ])('FAILED hands everything back (%s)', (_name, prepare, faults) => {
    const lab = createLab({ feeRate: 0.04 });
    lab.stock('bob', 100);
    lab.send({ maker: 'bob', side: 'SELL', price: 0.5, size: 50 });
    prepare(lab);
    lab.send({ price: 0.5, size: 10, orderType: 'FAK', ...(faults && { faults }) });
    lab.wait(2_000);
    expect(tradeOf(lab)?.status).toBe('RETRYING');
    lab.wait(3_000);
    expect(statuses(lab)).toEqual(['MATCHED', 'RETRYING', 'FAILED']);
    expect(lab.account('alice').freeMicro).toBe(usd(1_000));
    expect(lab.account('bob').holdings.get(YES)?.freeMicro).toBe(usd(60));
    expect(lab.world.activity.list(undefined, {})).toEqual([]);
    expect(lab.world.feesMicro).toBe(0);
    expect(lab.problems()).toEqual([]);
  });

  it('only as many fail as were asked for, and none without an API key', () => {
    const lab = createLab();
    lab.stock('bob', 100);
    lab.world.faults.failNextTrades = 1;
    const nobody = { owner: undefined, price: 0.5, size: 10 };
    lab.send({ ...nobody, maker: 'bob', side: 'SELL' });
    lab.send(nobody);
    expect(lab.world.faults.failNextTrades).toBe(1);
    lab.send({ maker: 'bob', side: 'SELL', price: 0.5, size: 20 });
    lab.send({ price: 0.5, size: 10 });
    lab.send({ price: 0.5, size: 10 });
    lab.wait(10_000);
    const ends = statuses(lab).filter((status) => status === 'FAILED' || status === 'CONFIRMED');
    expect(ends.toSorted()).toEqual(['CONFIRMED', 'CONFIRMED', 'FAILED']);
  });

  it('can be delayed', () => {
    const lab = matched((before) => {
      before.world.faults.settlementDelayMs = 20_000;
    });
    lab.wait(21_999);
    expect(tradeOf(lab)?.status).toBe('MATCHED');
    lab.wait(1);
    expect(tradeOf(lab)?.status).toBe('MINED');
    lab.wait(23_000);
    expect(tradeOf(lab)?.status).toBe('CONFIRMED');
  });
});
