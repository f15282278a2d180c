import { describe, expect, it } from 'vitest';
import { createLab, type Lab, NO, START_MS, usd } from './lab.ts';

const message = (lab: Lab, fields: Parameters<Lab['send']>[0]) => {
  const before = JSON.stringify([...lab.world.accounts.values()]);
  const result = lab.send({ orderId: 'id', ...fields });
  // A refusal leaves no trace.
  if (!result.ok) expect(JSON.stringify([...lab.world.accounts.values()])).toBe(before);
  return result.ok ? undefined : result.message;
};

const POOR = 'not enough balance / allowance: the balance is not enough -> balance: ';

describe('an order is refused in the words of the venue', () => {
  const limit = { price: 0.5, size: 10 };
  const cases: [string, Partial<Parameters<Lab['send']>[0]>, string][] = [
    [
      'off the grid',
      { price: 0.505, size: 10 },
      'order id is invalid. Price (0.505) breaks minimum tick size rule: 0.01',
    ],
    [
      'price of one',
      { price: 1, size: 10 },
      'order id is invalid. Price (1) breaks minimum tick size rule: 0.01',
    ],
    [
      'price too small',
      { price: 0.001, size: 10 },
      'order id is invalid. Price (0.001) breaks minimum tick size rule: 0.01',
    ],
    [
      'too few shares',
      { price: 0.5, size: 4.99 },
      'order id is invalid. Size (4.99) lower than the minimum: 5',
    ],
    ['amount of zero', { makerAmountMicro: 0 }, 'Invalid order payload'],
    ['amount with a fraction', { makerAmountMicro: 1.5 }, 'Invalid order payload'],
    ['post-only that cannot rest', { orderType: 'FAK', postOnly: true }, 'Invalid order payload'],
    ['unknown token', { tokenId: '999' }, 'the orderbook 999 does not exist'],
    ['expiration on a GTC', { expiresAtMs: START_MS + 600_000 }, 'invalid expiration'],
    ['GTD without expiration', { orderType: 'GTD' }, 'invalid expiration'],
    [
      'GTD that is over',
      { orderType: 'GTD', expiresAtMs: START_MS + 60_000 },
      'invalid expiration',
    ],
    [
      'more money than there is',
      { price: 0.5, size: 3_000 },
      `${POOR}1000000000, order amount: 1500000000`,
    ],
    ['shares that are not there', { side: 'SELL' }, `${POOR}0, order amount: 10000000`],
    ['wallet that is not there', { maker: 'nobody' }, `${POOR}0, order amount: 5000000`],
  ];
  it.each(cases)('%s', (_name, fields, text) => {
    expect(message(createLab(), { ...limit, ...fields })).toBe(text);
  });

  it('FAK and FOK with too many decimals', () => {
    const text = [
      'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals,',
      'taker amount a max of 4 decimals',
    ].join(' ');
    const immediate = { price: 0.5, size: 10, orderType: 'FOK' } as const;
    expect(message(createLab(), { ...immediate, makerAmountMicro: 5_001_000 })).toBe(text);
    expect(message(createLab(), { ...immediate, takerAmountMicro: 10_000_010 })).toBe(text);
  });

  it('a FAK whose amounts mean no price of the grid', () => {
    const fields = { price: 0, size: 0, orderType: 'FAK', makerAmountMicro: usd(11) } as const;
    expect(message(createLab(), { ...fields, takerAmountMicro: usd(20) })).toContain(
      'no orders found',
    );
    expect(message(createLab(), { ...fields, takerAmountMicro: usd(20.2) })).toContain(
      'Price (0.54455446) breaks minimum tick size rule: 0.01',
    );
  });

  it('a marketable BUY of less than one dollar', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.9, size: 50 });
    const text = 'invalid amount for a marketable BUY order ($0.99), min size: $1';
    expect(message(lab, { price: 0.1, size: 9.9, orderType: 'FAK' })).toBe(text);
    expect(message(lab, { price: 0.1, size: 10, orderType: 'FAK' })).toBeUndefined();
  });

  it('post-only that crosses; one that does not rests', () => {
    const lab = createLab();
    lab.send({ maker: 'bob', tokenId: NO, price: 0.5, size: 50 });
    const text = 'invalid post-only order: order crosses book';
    expect(message(lab, { price: 0.5, size: 10, postOnly: true })).toBe(text);
    expect(message(lab, { price: 0.49, size: 10, postOnly: true })).toBeUndefined();
  });

  it('an id that was used before', () => {
    const lab = createLab();
    expect(message(lab, limit)).toBeUndefined();
    expect(message(lab, limit)).toBe('order id is invalid. Duplicated.');
  });

  it('a market that is closed, or not open', () => {
    expect(message(createLab({ acceptingOrders: false }), limit)).toBe(
      'the market is not yet ready to process new orders',
    );
    expect(message(createLab({ closed: true }), limit)).toBe('the orderbook 111 does not exist');
  });

  it('everything while matching restarts, with 425', () => {
    const lab = createLab();
    lab.world.faults.frozen = true;
    expect(lab.send(limit)).toMatchObject({ ok: false, httpStatus: 425 });
  });

  it('money that a resting order has locked, fees included', () => {
    const lab = createLab({ feeRate: 0.04 });
    lab.stock('bob', 500);
    expect(message(lab, { price: 0.5, size: 1_000 })).toBeUndefined();
    expect(message(lab, { orderId: 'b', price: 0.4, size: 1_251 })).toContain('balance: 500000000');
    lab.send({ maker: 'bob', side: 'SELL', price: 0.51, size: 490 });
    lab.send({ price: 0.3, size: 835 });
    // 249.90 for the shares and 4.89804 for the fee, of 249.50.
    const buy = { orderId: 'c', orderType: 'FAK', price: 0.51, size: 490 } as const;
    expect(message(lab, buy)).toMatch(/balance: 249500000, order amount: 254798040/);
  });
});
