import { afterEach, expect, test, vi } from 'vitest';
import { operatorVerbs } from '../../src/bot/operator-verbs.ts';
import type { EntriesReport } from '../../src/bot/pause.ts';
import { parseHaltLine } from '../../src/bot/status-verbs.ts';
import { MICRO } from '../../src/core/money.ts';
import { createWorld, notices, until, type World, type WorldOptions } from './harness.ts';

const open: World[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const world of open.splice(0)) await world.close();
});

async function world(options?: WorldOptions) {
  const made = await createWorld(options);
  open.push(made);
  const ask = (verb: string, args: object = {}) => {
    const handler = operatorVerbs(made.bot, made.breaker, made.clock)[verb];
    return handler?.({ by: 'ann', ...args }) as EntriesReport;
  };
  const pause = (seconds = 60) => ask('entries.pause', { reason: 'a switch', seconds });
  return { made, ask, pause };
}

const openOrders = ({ bot }: World) => bot.parts.orders.count + bot.parts.orders.trades.size;

test('fills wait through a pause and are decided when it is over, each once', async () => {
  const { made, ask, pause } = await world();
  expect(pause()).toMatchObject({ paused: 'a switch (ann)', openOrders: 0, unsettledOrders: 0 });
  made.live();
  made.live();
  await until(() => ask('entries.status').waitingFills === 2);
  expect(made.bot.status()).toMatchObject({ entriesAllowed: false });
  expect(made.decisions()).toEqual([]);
  expect(ask('entries.resume')).toMatchObject({ paused: null, blockedBy: null, endsInMs: 0 });
  await until(() => made.decisions().length === 2);
  expect(made.decisions()).toEqual(['copied', 'copied']);
});

test('what would not be copied anyway does not wait, and lets nothing else be decided early', async () => {
  const { made, ask, pause } = await world();
  pause();
  made.live({ sizeMicro: 1 });
  await until(() => made.decisions().length === 1);
  expect(made.decisions()).toEqual(['below_min']);
  // The first in line grows too old while it waits; the second is still fresh.
  made.live();
  await until(() => ask('entries.status').waitingFills === 1);
  made.clock.skip(20_000);
  made.venue.quote('rain-yes', 490_000, 500_000);
  made.live();
  await until(() => ask('entries.status').waitingFills === 2);
  made.clock.skip(15_000);
  made.venue.quote('rain-yes', 490_000, 500_000);
  await until(() => made.decisions().length === 2);
  expect(ask('entries.status').waitingFills).toBe(1);
  ask('entries.resume');
  await until(() => made.decisions().length === 3);
  expect(made.decisions().slice(1)).toEqual(['stale', expect.not.stringMatching(/paused|stale/)]);
});

test('a sale of the leader is mirrored during a pause', async () => {
  const { made, pause } = await world();
  made.live();
  await until(() => openOrders(made) === 0 || made.venue.trades.length === 1);
  for (const trade of made.venue.trades) made.venue.confirm(trade);
  await until(() => openOrders(made) === 0);
  pause();
  made.live({ side: 'SELL', sizeMicro: 100 * MICRO });
  await until(() => made.decisions().length === 2);
  expect(made.decisions()).toEqual(['copied', 'copied']);
});

test('what waits when the process ends is decided by the next one, which is not paused', async () => {
  const { made, ask, pause } = await world();
  pause();
  const row = made.live();
  await until(() => ask('entries.status').waitingFills === 1);
  made.journal.flush();
  await made.crash();
  await made.restart();
  expect(made.decisions()).toEqual([]);
  expect(made.bot.pause.verbs['entries.status']?.({})).toMatchObject({ paused: null });
  // The venue's Data API shows it again, as a backfill from the watermark does.
  made.venue.handlers.onPage([{ ...row, source: 'data_api' }], row.wallet);
  await until(() => made.decisions().length === 1);
  expect(made.decisions()).toEqual(['copied']);
});

test('ends by itself, and lifts neither a halt nor a trip that came meanwhile', async () => {
  const { made, ask, pause } = await world();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  pause(1);
  expect(ask('entries.status').endsInMs).toBeGreaterThan(900);
  // Asked again: the time begins anew.
  pause(2);
  ask('halt', { reason: 'odd' });
  vi.advanceTimersByTime(1500);
  expect(ask('entries.status').paused).not.toBeNull();
  vi.advanceTimersByTime(600);
  expect(ask('entries.status').paused).toBeNull();
  expect(notices(made)).toContain('entries: the pause ended by itself');
  expect(made.breaker.state('trading').kind).toBe('halted');
  expect(made.bot.status().entriesAllowed).toBe(false);
  ask('entries.resume');
  expect(made.breaker.state('trading').kind).toBe('halted');
});

test('an order without a known outcome is told, until it has one', async () => {
  const { made, ask, pause } = await world();
  made.venue.script = ['hang'];
  made.live();
  await until(() => openOrders(made) === 1);
  expect(pause().unsettledOrders).toBe(1);
  made.venue.release();
  await until(() => ask('entries.status').unsettledOrders === 0);
});

test('wrong requests are refused, and a reader of the status socket cannot pause', async () => {
  const { pause, ask } = await world();
  for (const seconds of [0, -1, 1.5, 121, Number.NaN]) {
    expect(() => pause(seconds)).toThrow('is not a whole number from 1 to 120');
  }
  expect(() => ask('entries.pause', { reason: '', seconds: 5 })).toThrow('reason: must be a text');
  expect(() => ask('entries.pause', { reason: 'a\nb', seconds: 5 })).toThrow('must be a text');
  expect(() => ask('entries.pause', { reason: 'a', by: 7, seconds: 5 })).toThrow('by: must be');
  expect(() => parseHaltLine('{"verb":"entries.pause","reason":"x","by":"y","seconds":9}')).toThrow(
    'only "halt" is allowed here',
  );
});
