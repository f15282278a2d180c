import { afterEach, describe, expect, it } from 'vitest';
import { MICRO } from '../../src/core/money.ts';
import { createWorld, until, type World } from './harness.ts';

/** As many orders as are sent at a time, and some that wait behind them. */
const AT_A_TIME = 32;
const WAITING = 3;
const ORDERS = AT_A_TIME + WAITING;

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** Every order that can be sent is on its way, unanswered; the others wait. */
async function crowded(): Promise<World> {
  const much = 1_000_000 * MICRO;
  const world = await createWorld({
    policy: {
      sizing: { mode: 'fixed', usdcMicro: MICRO },
      maxPositionMicro: much,
      maxWalletExposureMicro: much,
      maxMarketExposureMicro: much,
      maxEventExposureMicro: much,
      maxTotalExposureMicro: much,
    },
  });
  worlds.push(world);
  world.venue.script.push(...Array.from({ length: AT_A_TIME }, () => 'hang' as const));
  for (let n = 0; n < ORDERS; n += 1) world.live({ sizeMicro: (100 + n) * MICRO });
  expect(world.venue.posts).toHaveLength(AT_A_TIME);
  expect(world.bot.parts.orders.count).toBe(ORDERS);
  return world;
}

/** How each order ended, in the order decided, once all have. */
async function ends(world: World): Promise<(string | undefined)[]> {
  const ids = Array.from(world.bot.parts.orders.all(), ({ row }) => row.orderId);
  world.venue.release();
  await until(() => world.bot.parts.orders.count === 0);
  return ids.map((orderId) => world.journal.order(orderId)?.status);
}

const sentAlone = [
  ...Array.from({ length: AT_A_TIME }, () => 'done'),
  ...Array.from({ length: WAITING }, () => 'void'),
];

describe('orders behind those that are on their way', () => {
  it('are sent, in order, as the others are answered', async () => {
    const world = await crowded();
    expect(new Set(await ends(world))).toEqual(new Set(['done']));
    expect(world.venue.posts).toHaveLength(ORDERS);
    expect(world.bot.parts.stats.internal.summary().count).toBe(ORDERS);
  });

  it('are never sent once the breaker has tripped', async () => {
    const world = await crowded();
    world.breaker.apply(
      'trading',
      { type: 'trip', cause: 'operator', untilMs: null },
      world.clock.now(),
    );
    expect(await ends(world)).toEqual(sentAlone);
    expect(world.venue.posts).toHaveLength(AT_A_TIME);
  });

  it('are never sent once their trade is too old', async () => {
    const world = await crowded();
    const last = [...world.bot.parts.orders.all()].at(-1)?.row.orderId ?? '';
    world.clock.skip(31_000);
    expect(await ends(world)).toEqual(sentAlone);
    expect(world.venue.posts).toHaveLength(AT_A_TIME);
    // Not the doubt that a jump of the clock raises, which passes, but the age of the trade.
    const told = world.journal.orderEvents(last).map(({ detail }) => detail);
    expect(told.at(-1)).toBe('too late to be sent');
  });
});
