import { describe, expect, it } from 'vitest';
import { MICRO } from '../../src/core/money.ts';
import {
  confirmAll,
  notices,
  settled,
  totals,
  until,
  type World,
  worldsOfTests,
} from './harness.ts';

const open = worldsOfTests();

const ledgerOf = (world: World) => world.bot.parts.books.ledger;

/** Ten shares of each wallet's copy, confirmed. */
const holding = async () => {
  const world = await open();
  world.live();
  await settled(world);
  confirmAll(world);
  return world;
};
const resolve = (world: World, resolution: 0 | 1) => {
  const market = world.venue.list('rain', { resolution, closed: true });
  world.venue.handlers.onMarket(market);
  return market;
};

describe('resolution', () => {
  it('pays out, redeems, and agrees to the micro-unit', async () => {
    const world = await open();
    world.live();
    world.live({ tokenId: 'rain-no' });
    await settled(world);
    confirmAll(world);
    const market = world.venue.list('rain', { resolution: 0, closed: true });
    const { redeem } = world.venue;
    let failures = 1;
    world.venue.redeem = async (conditionId) => {
      if (failures-- > 0) throw new Error('relayer busy');
      await redeem(conditionId);
    };
    world.venue.handlers.onMarket(market);
    expect(totals(world).receivableMicro).toBe(10 * MICRO);
    expect(ledgerOf(world).positions()).toEqual([]);
    const look = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await world.bot.resolution.look();
    };
    await look();
    expect(notices(world).some((text) => text.includes('relayer busy'))).toBe(true);
    expect(totals(world).receivableMicro).toBe(10 * MICRO);
    world.bot.resolution.retryNow();
    await look();
    expect(world.venue.redeemed).toEqual([market.conditionId]);
    expect(totals(world).receivableMicro).toBe(0);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    world.bot.parts.orders.recent = [];
    await world.bot.agreement.check();
    await world.bot.agreement.check();
    expect(world.breaker.state('trading').kind).toBe('armed');
  });

  it('that happened while the bot was down is found at the start', async () => {
    const world = await open();
    world.live();
    await settled(world);
    confirmAll(world);
    await world.crash();
    world.venue.list('rain', { resolution: 'split', closed: true });
    await world.restart();
    await until(() => totals(world).receivableMicro === 0 && world.venue.redeemed.length === 1);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('redeemed by a run that died before it could say so is only booked', async () => {
    const world = await open();
    world.live();
    await settled(world);
    confirmAll(world);
    await world.crash();
    const market = world.venue.list('rain', { resolution: 0, closed: true });
    await world.venue.redeem(market.conditionId);
    await world.restart();
    await until(() => totals(world).cashMicro === world.venue.cashMicro);
    expect(world.venue.redeemed).toHaveLength(1);
  });

  it('waits for a sale of unknown outcome, whose failure brings the shares back', async () => {
    const world = await holding();
    const { fetchOrder } = world.venue;
    world.venue.fetchOrder = async () => {
      throw new Error('busy');
    };
    world.venue.script = ['lost_answer'];
    world.bot.exits.sellAll('rain-yes', 'closing');
    await until(() => world.venue.trades.length === 2);
    expect(world.venue.held.size).toBe(0);
    const { conditionId } = resolve(world, 0);
    await world.bot.resolution.look();
    expect(totals(world).receivableMicro).toBe(10 * MICRO);

    const sale = world.venue.trades[1];
    if (sale) world.venue.fail(sale);
    world.venue.fetchOrder = fetchOrder;
    await settled(world);
    await world.bot.resolution.look();
    expect(world.venue.redeemed).toEqual([conditionId]);
    expect(totals(world).receivableMicro).toBe(0);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('redeems again what the venue still holds once the journal was paid', async () => {
    const world = await holding();
    const { conditionId } = resolve(world, 0);
    const left = { tokenId: 'rain-yes', conditionId, sizeMicro: 10 * MICRO, redeemable: true };
    await world.bot.resolution.look();
    await until(() => totals(world).receivableMicro === 0);
    world.venue.cashMicro -= 10 * MICRO;
    world.venue.held.set('rain-yes', 10 * MICRO);
    world.bot.parts.orders.recent = [];
    expect(await world.bot.agreement.check()).toEqual([left]);

    world.bot.resolution.onLeftBehind([left]);
    await world.bot.resolution.look();
    expect(world.venue.redeemed, 'the last redemption may still be shown').toHaveLength(1);
    world.bot.resolution.retryNow();
    await world.bot.resolution.look();
    expect(world.venue.redeemed).toEqual([conditionId, conditionId]);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    expect(notices(world).at(-1)).toContain('redeemed 10 shares left at the venue');
  });

  it('leaves alone what pays nothing', async () => {
    const world = await holding();
    resolve(world, 1);
    world.bot.parts.orders.recent = [];
    const left = await world.bot.agreement.check();
    expect(left).toHaveLength(1);
    world.bot.resolution.onLeftBehind(left);
    await world.bot.resolution.look();
    expect(world.venue.redeemed).toEqual([]);
  });
});
