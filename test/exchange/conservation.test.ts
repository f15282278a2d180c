import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ledgerOf } from '../../src/exchange/ledger.ts';
import { redeem, resolveMarket } from '../../src/exchange/markets.ts';
import { cancelOrder } from '../../src/exchange/orders.ts';
import { CONDITION, createLab, type Lab, NO, YES } from './lab.ts';

type Step = (lab: Lab) => void;

const wallet = fc.constantFrom('alice', 'bob', 'carol');
const order: fc.Arbitrary<Step> = fc
  .record({
    maker: wallet,
    tokenId: fc.constantFrom(YES, NO),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    orderType: fc.constantFrom('GTC' as const, 'FAK' as const, 'FOK' as const),
    cents: fc.integer({ min: 1, max: 99 }),
    hundredths: fc.integer({ min: 100, max: 30_000 }),
    fail: fc.boolean(),
    delayMs: fc.constantFrom(0, 0, 2_000),
  })
  .map(({ cents, hundredths, fail, delayMs, ...fields }) => (lab) => {
    const faults = { failSettlement: fail, delayMs };
    lab.send({ ...fields, price: cents / 100, size: hundredths / 100, faults });
  });
const cancel: fc.Arbitrary<Step> = fc.nat(40).map((index) => (lab) => {
  const target = [...lab.world.orders.values()][index];
  if (target?.owner) cancelOrder(lab.world, target.orderId, target.owner);
});
const wait: fc.Arbitrary<Step> = fc
  .integer({ min: 100, max: 4_000 })
  .map((ms) => (lab) => lab.wait(ms));

it('nothing comes from nowhere and nothing gets lost, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 6, arbitrary: order }, { weight: 1, arbitrary: cancel }, wait), {
        maxLength: 60,
      }),
      fc.constantFrom(0 as const, 1 as const, 'split' as const),
      fc.constantFrom(0, 0.04, 0.07),
      (steps, outcome, feeRate) => {
        const lab = createLab({ feeRate });
        for (const name of ['alice', 'bob']) lab.stock(name, 100);
        for (const step of steps) {
          step(lab);
          expect(lab.problems()).toEqual([]);
        }
        resolveMarket(lab.world, lab.state, outcome);
        lab.wait(60_000);
        for (const name of ['alice', 'bob', 'carol']) redeem(lab.world, name, CONDITION);
        expect(lab.problems()).toEqual([]);
        expect(lab.world.pending.size).toBe(0);
        for (const name of ['alice', 'bob', 'carol']) {
          const ledger = ledgerOf(lab.world, name);
          // The lab's stock is bought outside of trades.
          const stocked = name === 'carol' ? 0 : 100_000_000;
          expect(ledger.flowsMicro - stocked).toBe(ledger.cashMicro);
          expect(lab.account(name).lockedMicro).toBe(0);
        }
      },
    ),
    { numRuns: 150 },
  );
});

it('the audit notices what is wrong', () => {
  const lab = createLab();
  lab.stock('alice', 10);
  lab.account('alice').freeMicro += 1;
  expect(lab.problems()).toHaveLength(1);
  lab.account('alice').freeMicro = -1;
  expect(lab.problems().join()).toContain('negative');
  const holding = lab.account('alice').holdings.get(YES);
  if (holding) holding.freeMicro += 5;
  expect(lab.problems().join()).toContain('of collateral');
  resolveMarket(lab.world, lab.state, 0);
  expect(lab.problems().join()).toContain('owes');
  lab.state.market.resolution = 'split';
  lab.state.collateralMicro = 0;
  expect(lab.problems().join()).toContain('split leaves');
});
