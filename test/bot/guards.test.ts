import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { MICRO } from '../../src/core/money.ts';
import { openJournal } from '../../src/state/journal.ts';
import {
  confirmAll,
  LEADER,
  notices,
  settled,
  totals,
  until,
  type World,
  type WorldOptions,
  worldsOfTests,
} from './harness.ts';

const open = worldsOfTests();

const ledgerOf = (world: World) => world.bot.parts.books.ledger;
const lastDecision = (world: World) => world.decisions().at(-1);

describe('at the start', () => {
  it('nothing is entered until the venue has been compared', async () => {
    const world = await open({
      impatient: true,
      prepare: (venue) => {
        venue.positions = async () => {
          throw new Error('busy');
        };
      },
    });
    await until(() => world.bot.parts.guard.current()?.detail.includes('busy') === true);
    world.live();
    expect(world.decisions()).toEqual(['starting']);
    expect(world.venue.posts).toHaveLength(0);
  });

  it('a fresh fill waits for the venue to be compared, and is then copied', async () => {
    let busy = true;
    const world = await open({
      impatient: true,
      patience: { holdMs: 5000 },
      prepare: (venue) => {
        const { positions } = venue;
        venue.positions = async () => {
          if (busy) throw new Error('busy');
          return positions();
        };
      },
    });
    await until(() => world.bot.parts.guard.current()?.detail.includes('busy') === true);
    world.live();
    expect(world.decisions()).toEqual([]);
    busy = false;
    await until(() => world.decisions().length > 0);
    expect(world.decisions()).toEqual(['copied']);
    await settled(world);
  });

  it('a fill that the venue keeps waiting too long is refused, an old one at once', async () => {
    const world = await open({
      impatient: true,
      patience: { holdMs: 300 },
      prepare: (venue) => {
        venue.positions = async () => {
          throw new Error('busy');
        };
      },
    });
    const old = world.row();
    world.clock.skip(100_000);
    world.venue.handlers.onRow(old);
    expect(world.decisions()).toEqual(['starting']);
    world.live();
    expect(world.decisions()).toEqual(['starting']);
    await until(() => world.decisions().length > 1);
    expect(world.decisions()).toEqual(['starting', 'starting']);
    expect(world.venue.posts).toHaveLength(0);
  });

  it('a stop leaves a waiting fill undecided, and the next start copies it', async () => {
    let busy = true;
    const world = await open({
      impatient: true,
      patience: { holdMs: 5000 },
      prepare: (venue) => {
        const { positions } = venue;
        venue.positions = async () => {
          if (busy) throw new Error('busy');
          return positions();
        };
      },
    });
    const row = world.live();
    await world.bot.stop();
    expect(world.decisions()).toEqual([]);
    busy = false;
    await world.restart();
    world.venue.handlers.onRow(row);
    await until(() => world.decisions().length > 0);
    expect(world.decisions()).toEqual(['copied']);
    await settled(world);
  });

  it('an order that never arrived is given up in time, however often the bot restarts', async () => {
    const world = await open({ patience: { graceMs: 30_000, voidMs: 60_000 } });
    world.venue.script = ['lost_order'];
    world.live();
    await until(() => world.venue.posts.length === 1);
    await world.crash();
    world.clock.skip(80_000);
    await world.restart();
    await until(() => world.bot.parts.orders.count === 1);
    await world.crash();
    world.clock.skip(20_000);
    await world.restart();
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(totals(world).reservedMicro).toBe(0);
  });

  it('an order journaled and perhaps sent is found, or sent again as it is', async () => {
    const world = await open();
    world.venue.script = ['lost_answer', 'lost_order'];
    world.live();
    world.live({ tokenId: 'rain-no' });
    const posted = world.venue.posts.map(({ payload }) => payload);
    await world.crash();
    await world.restart();
    await settled(world);
    expect(new Set(world.venue.posts.map(({ payload }) => payload))).toEqual(new Set(posted));
    expect(ledgerOf(world).positions()).toHaveLength(2);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    expect(totals(world).reservedMicro).toBe(0);
  });

  it('fills that settled meanwhile are booked', async () => {
    const world = await open();
    world.live();
    world.live({ tokenId: 'rain-no' });
    await settled(world);
    await world.crash();
    const [first, second] = world.venue.trades;
    if (!first || !second) throw new Error('two fills are expected');
    world.venue.confirm(first);
    world.venue.fail(second);
    await world.restart();
    await until(() => world.bot.parts.orders.trades.size === 0);
    expect(ledgerOf(world).positions()).toHaveLength(1);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('a holding that the journal does not know allows reducing only', async () => {
    const world = await open({
      impatient: true,
      prepare: (venue) => {
        venue.list('moon');
        venue.held.set('moon-yes', 7 * MICRO);
      },
    });
    await until(() => world.bot.parts.guard.has('reduce_only'));
    await until(() => !world.bot.parts.guard.has('starting'));
    world.live();
    expect(world.decisions()).toEqual(['reduce_only']);
    expect(ledgerOf(world).positions()).toEqual([]);
    expect(world.bot.status().components.main_bot.status).toBe('critical');
    world.venue.held.clear();
    await world.bot.agreement.check();
    world.live();
    await settled(world);
    expect(lastDecision(world)).toBe('copied');
  });

  it('an order that rests unknown to the journal allows reducing only', async () => {
    const world = await open({ impatient: true });
    world.venue.orders.set('0xstranger', {
      draft: {
        tokenId: 'rain-yes',
        side: 'BUY',
        makerAmountMicro: 1,
        takerAmountMicro: 1,
        orderType: 'GTC',
        negRisk: false,
      },
      order: {
        orderId: '0xstranger',
        tokenId: 'rain-yes',
        conditionId: '',
        side: 'BUY',
        status: 'LIVE',
        originalSizeMicro: 1,
        matchedSizeMicro: 0,
        priceMicro: 1,
        tradeIds: [],
      },
    });
    await world.bot.agreement.check();
    expect(world.bot.parts.guard.current()?.reason).toBe('reduce_only');
  });
});

describe('agreement with the venue', () => {
  it('lost twice running trips the breaker; a reset books the difference', async () => {
    const world = await open();
    world.venue.cashMicro -= 5 * MICRO;
    await world.bot.agreement.check();
    expect(world.breaker.state('trading').kind).toBe('armed');
    await world.bot.agreement.check();
    expect(world.breaker.state('trading')).toMatchObject({
      kind: 'tripped',
      cause: 'venue_disagreement',
    });
    world.live();
    expect(world.decisions()).toEqual(['breaker_tripped']);
    expect(await world.bot.agreement.adoptCash('test')).toContain('-5');
    expect(totals(world).adjustmentsMicro).toBe(-5 * MICRO);
    expect(await world.bot.agreement.adoptCash('test')).toBe('cash agrees');
    world.venue.down = true;
    expect(await world.bot.agreement.adoptCash('test')).toMatch(/cannot be read/);
  });

  it('over shares is watched too', async () => {
    const world = await open();
    world.live();
    await settled(world);
    confirmAll(world);
    world.bot.parts.orders.recent = [];
    world.venue.held.set('rain-yes', 3 * MICRO);
    await world.bot.agreement.check();
    await world.bot.agreement.check();
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'venue_disagreement' });
  });

  it('holds while orders and fills are on their way', async () => {
    const world = await open();
    world.venue.script = ['lost_answer', 'fill', 'hang'];
    world.venue.down = true;
    world.live();
    world.live({ tokenId: 'rain-no' });
    world.live({ sizeMicro: 60 * MICRO });
    world.venue.down = false;
    await world.bot.agreement.check();
    await world.bot.agreement.check();
    expect(world.breaker.state('trading').kind).toBe('armed');
    world.venue.release();
    await settled(world);
    expect(await world.bot.agreement.adoptCash('test')).toBe('orders or fills are in flight');
  });
});

describe('a blind bot', () => {
  it('enters nothing while the live feed is silent, and reads what it missed', async () => {
    const world = await open();
    world.venue.health.lastMessageAtMs = world.clock.now() - 31_000;
    await until(() => world.bot.parts.guard.has('blind'));
    world.live();
    expect(lastDecision(world)).toBe('blind');
    expect(world.breaker.state('trading').kind).toBe('armed');
    const { backfills } = world.venue;
    backfills.length = 0;
    world.venue.health.lastMessageAtMs = undefined;
    await until(() => !world.bot.parts.guard.has('blind'));
    await until(() => backfills.includes(LEADER));
    world.live();
    await settled(world);
    expect(lastDecision(world)).toBe('copied');
  });

  it('or the Data API does not answer', async () => {
    const world = await open();
    world.venue.health.lastPollAtMs = world.clock.now() - 61_000;
    await until(() => world.bot.parts.guard.has('blind'));
    expect(world.bot.status().components.wallet_monitor.status).toBe('critical');
  });

  it('trips the breaker when it stays blind', async () => {
    const world = await open();
    world.venue.health.lastMessageAtMs = world.clock.now() - 31_000;
    await until(() => world.bot.parts.guard.has('blind'));
    world.clock.skip(95_000);
    await until(() => world.breaker.state('trading').kind === 'tripped');
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'discovery_blind' });
  });

  it('reads what it missed after a reconnect', async () => {
    const world = await open();
    world.venue.backfills.length = 0;
    world.venue.health.reconnects += 1;
    await until(() => world.venue.backfills.includes(LEADER));
  });
});

describe('the disk', () => {
  it('that takes no writes stops everything, and entries resume by themselves', async () => {
    const world = await open();
    const rival = new DatabaseSync(`${world.dir}/journal.db`);
    rival.exec('BEGIN IMMEDIATE');
    world.live();
    expect(world.decisions()).toEqual(['journal_unwritable']);
    expect(world.venue.posts).toHaveLength(0);
    expect(totals(world).reservedMicro).toBe(0);
    world.live({ sizeMicro: 70 * MICRO });
    expect(world.venue.posts).toHaveLength(0);
    rival.exec('ROLLBACK');
    rival.close();
    await until(() => !world.bot.parts.guard.has('journal_unwritable'));
    world.live({ sizeMicro: 80 * MICRO });
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    await until(() => world.journal.queued() === 0);
    expect(world.decisions()).toEqual(['journal_unwritable', 'journal_unwritable', 'copied']);
  });

  it('that fails while fills arrive loses none of them', async () => {
    const world = await open();
    world.venue.script = ['hang'];
    world.live();
    const rival = new DatabaseSync(`${world.dir}/journal.db`);
    rival.exec('BEGIN IMMEDIATE');
    world.venue.release();
    await until(() => world.bot.parts.guard.has('journal_unwritable'));
    rival.exec('ROLLBACK');
    rival.close();
    await settled(world);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    expect(ledgerOf(world).positions()).toHaveLength(1);
  });
});

describe('the clock', () => {
  it('that jumps closes entries until the venue agrees again', async () => {
    const world = await open();
    world.venue.down = true;
    world.clock.skip(20_000);
    await until(() => world.bot.parts.guard.has('starting'));
    world.live();
    expect(lastDecision(world)).toBe('starting');
    world.venue.down = false;
    await until(() => !world.bot.parts.guard.has('starting'));
    expect(notices(world).some((text) => text.includes('the clock jumped by 20.0 s'))).toBe(true);
  });
});

describe('the breaker', () => {
  it('trips on half of ten orders failed', async () => {
    const world = await open();
    for (let i = 0; i < 10; i++) {
      world.venue.script = [i % 2 === 0 ? 'reject' : 'fill'];
      world.live({ sizeMicro: (40 + i) * MICRO });
      await settled(world);
      confirmAll(world);
    }
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'failure_rate' });
  });

  it('trips on the loss of a day, marks included, and a restart forgets nothing', async () => {
    const world = await open({
      settings: {
        exits: { stopLoss: 0, takeProfit: 0, maxHoldingMs: 0, maxBookAgeMs: 15_000 },
        limits: { maxDailyLossMicro: 2 * MICRO, maxConsecutiveLosses: 5, cooldownMs: 1000 },
      },
    });
    world.live();
    await settled(world);
    confirmAll(world);
    world.venue.quote('rain-yes', 100_000, 110_000);
    await until(() => world.breaker.state('trading').kind === 'tripped');
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'daily_loss' });
    expect(world.bot.status()).toMatchObject({ entriesAllowed: false });
    await world.crash();
    await world.restart();
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'daily_loss' });
    await until(() => world.bot.status().dailyLossMicro >= 2 * MICRO);
  });

  it('trips on positions lost in a row', async () => {
    const world = await open({
      settings: {
        limits: { maxDailyLossMicro: 100 * MICRO, maxConsecutiveLosses: 2, cooldownMs: 1000 },
      },
    });
    for (const tokenId of ['rain-yes', 'rain-no']) {
      world.venue.quote(tokenId, 490_000, 500_000);
      world.live({ tokenId });
      await settled(world);
      confirmAll(world);
      world.venue.quote(tokenId, 400_000, 410_000);
      await until(() => ledgerOf(world).position(tokenId) === undefined);
      await settled(world);
      confirmAll(world);
    }
    await until(() => world.breaker.state('trading').kind === 'tripped');
    expect(world.breaker.state('trading')).toMatchObject({ cause: 'consecutive_losses' });
  });

  const probing = async (options: WorldOptions = {}) => {
    const world = await open(options);
    const untilMs = world.clock.now() + 1;
    world.breaker.apply(
      'trading',
      { type: 'trip', cause: 'consecutive_losses', untilMs },
      world.clock.now(),
    );
    await until(() => world.breaker.state('trading').kind === 'probing');
    return world;
  };

  it('probes with one smallest order at a time, and arms once it is confirmed', async () => {
    const world = await probing();
    world.live();
    world.live({ tokenId: 'rain-no' });
    await settled(world);
    world.live({ tokenId: 'rain-no', sizeMicro: 90 * MICRO });
    await until(() => world.decisions().length === 3);
    expect(world.decisions()).toEqual(['copied', 'breaker_probing', 'breaker_probing']);
    expect(totals(world).openCostMicro).toBeLessThanOrEqual(MICRO);
    expect(world.breaker.state('trading').kind).toBe('probing');
    confirmAll(world);
    expect(world.breaker.state('trading').kind).toBe('armed');
    world.live({ sizeMicro: 95 * MICRO });
    await until(() => lastDecision(world) === 'copied');
  });

  it('trips again when the probe fails', async () => {
    const world = await probing();
    world.live();
    await settled(world);
    const [trade] = world.venue.trades;
    if (trade) world.venue.fail(trade);
    expect(world.breaker.state('trading')).toMatchObject({
      kind: 'tripped',
      cause: 'probe_failed',
    });
  });
});

describe('exits', () => {
  const held = async (options?: WorldOptions) => {
    const world = await open(options);
    world.live();
    await settled(world);
    confirmAll(world);
    return world;
  };
  const reasons = (world: World) =>
    world.events.flatMap((event) => (event.kind === 'exit' ? [event.reason] : []));

  it('stop a loss even while tripped, and try again without a match', async () => {
    const world = await held();
    world.breaker.apply('trading', { type: 'halt', by: 'ann', reason: 'x' }, world.clock.now());
    world.venue.script = ['no_match'];
    world.venue.quote('rain-yes', 400_000, 420_000);
    await until(() => reasons(world).length === 2, 6000);
    await settled(world);
    expect(reasons(world)).toEqual(['stop_loss', 'stop_loss']);
    expect(ledgerOf(world).position('rain-yes')).toBeUndefined();
    expect(world.journal.exitCount('rain-yes')).toBe(2);
  });

  it('take a profit, and leave old positions', async () => {
    const world = await held();
    world.venue.quote('rain-yes', 700_000, 710_000);
    await until(() => reasons(world).length === 1);
    expect(reasons(world)).toEqual(['take_profit']);
    const other = await held({
      settings: {
        exits: { stopLoss: 0, takeProfit: 0, maxHoldingMs: 60_000, maxBookAgeMs: 15_000 },
      },
    });
    other.clock.skip(61_000);
    await until(() => reasons(other).length === 1);
    expect(reasons(other)).toEqual(['max_holding']);
  });

  it('wait for the buy to settle', async () => {
    const world = await open();
    world.live();
    await settled(world);
    world.venue.quote('rain-yes', 400_000, 420_000);
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(reasons(world)).toEqual([]);
    confirmAll(world);
    await until(() => reasons(world).length === 1);
  });

  it('on an operator’s word sell all', async () => {
    const world = await held();
    expect(world.bot.exits.sellAll('rain-yes', 'closing')).toBeUndefined();
    await settled(world);
    expect(ledgerOf(world).position('rain-yes')).toBeUndefined();
    expect(world.bot.exits.sellAll('rain-yes', 'closing')).toMatch(/no_position/);
    world.venue.list('rain', { closed: true });
    world.live();
    expect(lastDecision(world)).toBe('market_closed');
  });
});

describe('a stop', () => {
  it('waits for answers in flight and leaves a journal that opens', async () => {
    const world = await open();
    world.venue.script = ['hang'];
    world.live();
    const stopped = world.bot.stop();
    world.venue.release();
    await stopped;
    const journal = openJournal(`${world.dir}/journal.db`);
    expect(journal.openOrders()).toEqual([]);
    expect(journal.openTrades()).toHaveLength(1);
    journal.close();
  });
});
