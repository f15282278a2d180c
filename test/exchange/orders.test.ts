import { describe, expect, it } from 'vitest';
import { cancelOrder } from '../../src/exchange/orders.ts';
import { createLab, type Lab, NO, START_MS, usd, YES } from './lab.ts';

const only = (lab: Lab, orderId: string) => lab.world.orders.get(orderId);
const changes = (lab: Lab, orderId: string) =>
  lab.events.flatMap((event) =>
    event.kind === 'order' && event.order.orderId === orderId
      ? [`${event.change} ${event.order.status}`]
      : [],
  );

describe('cancel', () => {
  it('frees what is locked, and says why when it cannot', () => {
    const lab = createLab();
    lab.send({ orderId: 'a', price: 0.5, size: 10 });
    expect(lab.account('alice').lockedMicro).toBe(usd(5));
    expect(cancelOrder(lab.world, 'a', 'key-bob').ok).toBe(false);
    expect(cancelOrder(lab.world, 'a', 'key-alice')).toEqual({ ok: true });
    expect(lab.account('alice')).toMatchObject({ lockedMicro: 0, freeMicro: usd(1_000) });
    expect(lab.state.book.bids.best()).toBeUndefined();
    const gone = { ok: false, reason: 'Order not found or already canceled' };
    expect(cancelOrder(lab.world, 'a', 'key-alice')).toEqual(gone);
    expect(cancelOrder(lab.world, 'zzz', 'key-alice')).toEqual(gone);
    expect(changes(lab, 'a')).toEqual(['PLACEMENT LIVE', 'CANCELLATION CANCELED']);
  });

  it('a filled order is already matched', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.5, size: 10 });
    lab.send({ orderId: 'a', price: 0.5, size: 10 });
    const answer = { ok: false, reason: 'Order already matched' };
    expect(cancelOrder(lab.world, 'a', 'key-alice')).toEqual(answer);
  });

  it('a partly filled order gives back the rest only', () => {
    const lab = createLab();
    lab.stock('alice', 50);
    lab.send({ orderId: 'a', side: 'SELL', price: 0.5, size: 20 });
    lab.send({ maker: 'bob', price: 0.5, size: 8 });
    expect(lab.account('alice').holdings.get(YES)).toMatchObject({
      freeMicro: usd(30),
      lockedMicro: usd(12),
      outgoingMicro: usd(8),
    });
    cancelOrder(lab.world, 'a', 'key-alice');
    expect(lab.account('alice').holdings.get(YES)).toMatchObject({ freeMicro: usd(42) });
    expect(only(lab, 'a')).toMatchObject({ status: 'CANCELED', matchedSizeMicro: usd(8) });
    expect(changes(lab, 'a')).toEqual(['PLACEMENT LIVE', 'UPDATE LIVE', 'CANCELLATION CANCELED']);
  });
});

describe('GTD', () => {
  it('dies one minute before its stated expiration', () => {
    const lab = createLab();
    const expiresAtMs = START_MS + 300_000;
    lab.send({ orderId: 'a', orderType: 'GTD', expiresAtMs, price: 0.5, size: 10 });
    lab.wait(239_999);
    expect(only(lab, 'a')?.status).toBe('LIVE');
    lab.wait(1);
    expect(only(lab, 'a')).toMatchObject({ status: 'CANCELED', lockedMicro: 0 });
    expect(lab.account('alice').freeMicro).toBe(usd(1_000));
  });
});

describe('delayed orders', () => {
  const delayed = (fields: Partial<Parameters<Lab['send']>[0]> = {}) => {
    const lab = createLab({ secondsDelay: 3, feeRate: 0.04 });
    lab.stock('bob', 100);
    lab.send({ maker: 'bob', side: 'SELL', orderId: 'ask', price: 0.5, size: 20 });
    const result = lab.send({ orderId: 'a', price: 0.5, size: 10, ...fields });
    expect(result).toMatchObject({ ok: true, status: 'delayed' });
    return lab;
  };

  it('reserve their money with the fee, cannot be canceled, and fill when due', () => {
    const lab = delayed();
    expect(lab.account('alice').lockedMicro).toBe(usd(5.2));
    expect(cancelOrder(lab.world, 'a', 'key-alice').ok).toBe(false);
    expect(lab.send({ orderId: 'a', price: 0.5, size: 10 })).toMatchObject({
      message: 'order a is invalid. Duplicated.',
    });
    lab.wait(2_999);
    expect(only(lab, 'a')?.status).toBe('DELAYED');
    lab.wait(1);
    expect(only(lab, 'a')).toMatchObject({ status: 'MATCHED', matchedSizeMicro: usd(10) });
    expect(lab.account('alice')).toMatchObject({ lockedMicro: 0, freeMicro: usd(994.9) });
    expect(changes(lab, 'a')).toEqual(['PLACEMENT DELAYED', 'UPDATE MATCHED']);
  });

  it('end live when a resting type finds nothing any more', () => {
    const lab = delayed();
    cancelOrder(lab.world, 'ask', 'key-bob');
    lab.wait(3_000);
    expect(only(lab, 'a')).toMatchObject({ status: 'LIVE', lockedMicro: usd(5) });
  });

  it.each(['FAK', 'FOK'] as const)(
    'end unmatched when a %s finds nothing any more',
    (orderType) => {
      const lab = delayed({ orderType });
      cancelOrder(lab.world, 'ask', 'key-bob');
      lab.wait(3_000);
      expect(only(lab, 'a')?.status).toBe('UNMATCHED');
      expect(lab.account('alice').freeMicro).toBe(usd(1_000));
    },
  );

  it('end unmatched when the market stopped taking orders', () => {
    const lab = delayed();
    lab.state.market.acceptingOrders = false;
    lab.wait(3_000);
    expect(only(lab, 'a')?.status).toBe('UNMATCHED');
    expect(lab.account('alice').freeMicro).toBe(usd(1_000));
  });

  it('wait while matching restarts', () => {
    const lab = delayed();
    lab.world.faults.frozen = true;
    lab.wait(10_000);
    expect(only(lab, 'a')?.status).toBe('DELAYED');
    lab.world.faults.frozen = false;
    lab.wait(250);
    expect(only(lab, 'a')?.status).toBe('MATCHED');
  });

  it('are refused when the money does not cover them and the fee', () => {
    const lab = createLab({ secondsDelay: 3, feeRate: 0.04 });
    lab.send({ maker: 'bob', tokenId: NO, price: 0.5, size: 20 });
    expect(lab.send({ price: 0.5, size: 2_000, orderType: 'FAK' })).toMatchObject({
      message: expect.stringContaining('balance: 1000000000, order amount: 1040000000'),
    });
  });

  it('end unmatched when their reserve no longer covers the fee', () => {
    const lab = createLab({ secondsDelay: 3 });
    lab.send({ maker: 'bob', tokenId: NO, price: 0.5, size: 2_000 });
    lab.send({ orderId: 'a', price: 0.5, size: 2_000, orderType: 'FAK' });
    lab.state.market.feeRate = 0.07;
    lab.wait(3_000);
    expect(only(lab, 'a')).toMatchObject({ status: 'UNMATCHED', cancelReason: /balance/ });
    expect(lab.account('alice').freeMicro).toBe(usd(1_000));
  });

  it('a sale reserves its shares; the fault delays any market', () => {
    const lab = createLab();
    lab.stock('alice', 10);
    lab.send({ maker: 'bob', price: 0.5, size: 20 });
    const faults = { delayMs: 500 };
    expect(lab.send({ orderId: 'a', side: 'SELL', price: 0.5, size: 10, faults })).toMatchObject({
      status: 'delayed',
    });
    expect(lab.account('alice').holdings.get(YES)).toMatchObject({ lockedMicro: usd(10) });
    lab.wait(500);
    expect(only(lab, 'a')?.status).toBe('MATCHED');
  });

  it('that would rest anyway is not delayed', () => {
    const lab = createLab({ secondsDelay: 3 });
    expect(lab.send({ price: 0.5, size: 10 })).toMatchObject({ status: 'live' });
  });
});
