import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { MICRO } from '../../src/core/money.ts';
import type { VenueTrade } from '../../src/core/order.ts';
import { createWorld, notices, until, type World } from './harness.ts';

const worlds: World[] = [];
const open = async () => {
  const world = await createWorld();
  worlds.push(world);
  return world;
};
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const settled = (world: World) => until(() => world.bot.parts.orders.count === 0);
const books = (world: World) => world.bot.parts.books;
const cash = (world: World) => books(world).ledger.totals().cashMicro;

it('tells once of a fill that is none of ours, and books nothing', async () => {
  const world = await open();
  const before = books(world).version();
  const stranger: VenueTrade = {
    tradeId: 'of another program',
    orderId: `0x${'9'.repeat(64)}`,
    tokenId: 'rain-yes',
    conditionId: world.venue.list('rain').conditionId,
    side: 'BUY',
    sizeMicro: MICRO,
    priceMicro: 500_000,
    feeMicro: 0,
    status: 'MATCHED',
    matchedAtMs: world.clock.now(),
    transactionHash: '',
  };
  for (let times = 0; times < 3; times += 1) world.venue.handlers.onTrade({ ...stranger });
  const told = notices(world).filter((text) => text.includes('not in the journal'));
  expect(told).toHaveLength(1);
  expect(books(world).version()).toBe(before);
});

it('books a fill only once the terms of its market, and so its fee, are known', async () => {
  const world = await open();
  world.venue.script = ['delayed'];
  world.live();
  await until(() => world.venue.posts.length === 1);
  world.venue.hidden.add('rain-yes');
  const before = books(world).ledger.totals().feesMicro;
  world.venue.fillDelayed(world.venue.posts[0]?.orderId ?? '');
  expect(books(world).ledger.position('rain-yes')).toBeUndefined();
  await settled(world);
  expect(books(world).ledger.position('rain-yes')?.sharesMicro).toBe(10 * MICRO);
  expect(books(world).ledger.totals().feesMicro).toBeGreaterThan(before);
  expect(cash(world)).toBe(world.venue.cashMicro);
});

it.each(['reject', 'fill'] as const)(
  'an answer (%s) that the disk refuses is asked for again',
  async (answer) => {
    const world = await open();
    const rival = new DatabaseSync(`${world.dir}/journal.db`);
    world.venue.script = [answer, 'fill', 'fill', 'fill'];
    world.venue.onPost = () => {
      world.venue.onPost = undefined;
      rival.exec('BEGIN IMMEDIATE');
    };
    world.live();
    await until(() => world.bot.parts.guard.has('journal_unwritable'));
    expect(world.bot.parts.orders.count).toBe(1);
    rival.exec('ROLLBACK');
    rival.close();
    await settled(world);
    expect(cash(world)).toBe(world.venue.cashMicro);
    expect(books(world).ledger.totals().reservedMicro).toBe(0);
  },
);
