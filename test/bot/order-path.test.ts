import { describe, expect, it } from 'vitest';
import { MICRO } from '../../src/core/money.ts';
import { openJournalArchive } from '../../src/state/journal-archive.ts';
import {
  LEADER,
  notices,
  OTHER,
  settled,
  totals,
  until,
  type World,
  worldsOfTests,
} from './harness.ts';

const open = worldsOfTests();

const shares = (world: World, token = 'rain-yes') =>
  world.bot.parts.books.ledger.position(token)?.sharesMicro ?? 0;

describe('a copy', () => {
  it('is journaled, with its signed bytes and reservation, before they are posted', async () => {
    const world = await open();
    let seen: unknown;
    world.venue.onPost = ({ orderId, payload }) => {
      const archive = openJournalArchive(`${world.dir}/journal.db`);
      const order = archive.order(orderId);
      seen = {
        samePayload: order?.payload === payload,
        status: order?.status,
        decisions: archive.findDecisions(orderId).length,
        reserved: (archive.ledgerHistory().events as { kind: string }[]).some(
          (event) => event.kind === 'reserve',
        ),
      };
      archive.close();
    };
    world.live();
    expect(seen).toEqual({ samePayload: true, status: 'signed', decisions: 1, reserved: true });
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    // 10 % of 50 USDC at 0.50.
    expect(shares(world)).toBe(10 * MICRO);
    expect(totals(world).reservedMicro).toBe(0);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    expect(world.bot.parts.stats.internal.summary().count).toBe(1);
  });

  it('stays provisional until confirmed, and a failed one is as if it had never been', async () => {
    const world = await open();
    world.live();
    world.live({ tokenId: 'rain-no' });
    await settled(world);
    const ledger = world.bot.parts.books.ledger;
    expect(ledger.position('rain-yes')?.provisionalSharesMicro).toBe(10 * MICRO);
    const [first, second] = world.venue.trades;
    if (!first || !second) throw new Error('two fills are expected');
    world.venue.confirm(first);
    world.venue.fail(second);
    expect(ledger.position('rain-yes')?.provisionalSharesMicro).toBe(0);
    expect(ledger.position('rain-no')).toBeUndefined();
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
    expect(world.bot.parts.stats.orders).toMatchObject({ confirmed: 1, failed: 1 });
    // Late and repeated news changes nothing.
    world.venue.handlers.onTrade({ ...first, status: 'MATCHED' });
    world.venue.handlers.onTrade({ ...second, status: 'CONFIRMED' });
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('that was filled in part frees what was not used', async () => {
    const world = await open();
    world.venue.script = ['partial'];
    world.live();
    await settled(world);
    expect(shares(world)).toBe(5 * MICRO);
    expect(totals(world).reservedMicro).toBe(0);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('without a match is over, and is no failure', async () => {
    const world = await open();
    world.venue.script = ['no_match'];
    world.live();
    await settled(world);
    expect(totals(world)).toMatchObject({ reservedMicro: 0, cashMicro: 1000 * MICRO });
    expect(world.breaker.set().tally.orders).toBe('');
    expect(world.bot.parts.stats.orders).toEqual({ killed: 1 });
  });

  it('that is delayed is looked after until it has filled', async () => {
    const world = await open();
    world.venue.script = ['delayed'];
    world.live();
    await until(() => world.bot.parts.stats.orders['accepted'] === 1);
    expect(world.bot.parts.orders.count).toBe(1);
    expect(totals(world).reservedMicro).toBeGreaterThan(0);
    world.venue.fillDelayed(world.venue.posts[0]?.orderId ?? '');
    await settled(world);
    expect(shares(world)).toBe(10 * MICRO);
  });

  it('that rests is taken back', async () => {
    const world = await open();
    world.venue.script = ['delayed'];
    world.live();
    const { orderId } = world.venue.posts[0] ?? { orderId: '' };
    const held = world.venue.orders.get(orderId);
    if (held) held.order.status = 'LIVE';
    await settled(world);
    expect(world.venue.canceled).toContain(orderId);
    expect(totals(world)).toMatchObject({ reservedMicro: 0, cashMicro: 1000 * MICRO });
  });

  it('that was delayed and found nothing is over, whatever the venue goes on calling it', async () => {
    const world = await open();
    world.venue.script = ['delayed'];
    world.venue.cancel = async (orderId) => {
      world.venue.canceled.push(orderId);
      if (world.venue.canceled.length === 1) throw new Error('busy');
    };
    world.live();
    const held = world.venue.orders.get(world.venue.posts[0]?.orderId ?? '');
    if (held) held.order.status = 'UNMATCHED';
    await settled(world);
    expect(world.venue.canceled.length).toBeGreaterThan(1);
    expect(totals(world)).toMatchObject({ reservedMicro: 0, cashMicro: 1000 * MICRO });
  });
});

describe('an answer that never came', () => {
  it('is found by the order’s hash, and nothing is sent again', async () => {
    const world = await open();
    world.venue.script = ['lost_answer'];
    world.live();
    expect(world.bot.parts.orders.count).toBe(1);
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(shares(world)).toBe(10 * MICRO);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('for an order that never arrived is followed by the same bytes', async () => {
    const world = await open();
    world.venue.script = ['lost_order'];
    world.live();
    const reserved = totals(world).reservedMicro;
    expect(reserved).toBeGreaterThan(0);
    await settled(world);
    const [first, second] = world.venue.posts;
    expect(world.venue.posts).toHaveLength(2);
    expect(second).toEqual(first);
    expect(shares(world)).toBe(10 * MICRO);
  });

  it('to a second post is settled by “duplicated”', async () => {
    const world = await open();
    world.venue.script = ['lost_answer'];
    // The order is there, but reads lag behind: they do not show it, nor its fill.
    let blindReads = 6;
    const { fetchOrder, fetchTrades } = world.venue;
    world.venue.fetchOrder = async (id) => (blindReads-- > 0 ? undefined : fetchOrder(id));
    world.venue.fetchTrades = async (id) => (blindReads-- > 0 ? [] : fetchTrades(id));
    world.live();
    await settled(world);
    expect(new Set(world.venue.posts.map(({ payload }) => payload)).size).toBe(1);
    expect(shares(world)).toBe(10 * MICRO);
    expect(totals(world).cashMicro).toBe(world.venue.cashMicro);
  });

  it('is not settled by a refusal of a later post', async () => {
    const world = await open();
    world.venue.script = ['lost_order', 'reject', 'fill'];
    world.live();
    await until(() => world.venue.posts.length >= 2);
    expect(world.bot.parts.orders.count).toBe(1);
    expect(totals(world).reservedMicro).toBeGreaterThan(0);
    await settled(world);
    expect(shares(world)).toBe(10 * MICRO);
  });

  it('ends as void once the order can no longer come to be', async () => {
    const world = await open({ policy: { maxTradeAgeMs: 3000 } });
    world.venue.script = ['lost_order', 'lost_order', 'lost_order', 'lost_order', 'lost_order'];
    const row = world.live();
    world.clock.skip(4000);
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(totals(world)).toMatchObject({ reservedMicro: 0, cashMicro: 1000 * MICRO });
    const order = world.journal.order(world.venue.posts[0]?.orderId ?? '');
    expect(order).toMatchObject({ status: 'void' });
    expect(world.journal.orderEvents(order?.orderId ?? '').at(-1)?.detail).toMatch(
      /not at the venue/,
    );
    expect(world.breaker.set().tally.orders).toBe('x');
    // The fill stays decided: it is never copied a second time.
    world.venue.handlers.onPage([{ ...row, source: 'data_api' }], LEADER);
    expect(world.venue.posts).toHaveLength(1);
  });

  it('keeps its reservation while the venue cannot be asked', async () => {
    const world = await open();
    world.venue.script = ['lost_answer'];
    world.venue.down = true;
    world.live();
    await until(() => notices(world).some((text) => text.includes('could not be asked')));
    expect(totals(world).reservedMicro).toBeGreaterThan(0);
    expect(world.venue.posts).toHaveLength(1);
    world.venue.down = false;
    await settled(world);
    expect(shares(world)).toBe(10 * MICRO);
  });

  it('is not sent again while the breaker is tripped', async () => {
    const world = await open();
    world.venue.script = ['lost_order'];
    world.live();
    world.breaker.apply('trading', { type: 'halt', by: 'test', reason: 'x' }, world.clock.now());
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(totals(world)).toMatchObject({ reservedMicro: 0, cashMicro: 1000 * MICRO });
  });
});

describe('one decision a fill', () => {
  it('for live repeats, both feeds, and the Data API', async () => {
    const world = await open();
    const row = world.live();
    world.venue.handlers.onRow(row);
    world.venue.handlers.onRow({ ...row, source: 'rtds_orders_matched' });
    world.venue.handlers.onPage([{ ...row, source: 'data_api' }], LEADER);
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(world.bot.parts.stats.repeats).toBe(2);
  });

  it('and two for two equal rows of one response', async () => {
    const world = await open();
    const row = world.row({ source: 'data_api' });
    world.venue.handlers.onPage([row, { ...row }], LEADER);
    world.venue.handlers.onPage([row, { ...row }], LEADER);
    await settled(world);
    expect(world.venue.posts).toHaveLength(2);
    expect(new Set(world.venue.posts.map(({ orderId }) => orderId)).size).toBe(2);
  });

  it('is kept over a restart', async () => {
    const world = await open();
    const row = world.live();
    const skipped = world.live({ side: 'SELL', tokenId: 'rain-no' });
    await settled(world);
    await until(() => world.journal.queued() === 0);
    await world.crash();
    await world.restart();
    world.venue.handlers.onRow(row);
    world.venue.handlers.onPage([row, skipped], LEADER);
    await settled(world);
    expect(world.venue.posts).toHaveLength(1);
    expect(shares(world)).toBe(10 * MICRO);
  });

  it('waits for an unknown market, in order, and then copies', async () => {
    const world = await open({
      prepare: (venue) => {
        venue.list('snow');
        venue.quote('snow-yes', 490_000, 500_000);
        venue.hidden.add('snow-yes');
      },
    });
    world.live({ tokenId: 'snow-yes' });
    world.live({ tokenId: 'snow-yes', sizeMicro: 50 * MICRO });
    expect(world.venue.posts).toHaveLength(0);
    await until(() => world.venue.posts.length === 2);
    await until(() => world.decisions().length === 2);
    const decided = world.events.flatMap((event) =>
      event.kind === 'decision' ? [event.leaderSharesMicro] : [],
    );
    expect(decided).toEqual([100 * MICRO, 50 * MICRO]);
  });

  it('says market_unknown when it cannot be learned', async () => {
    const world = await open();
    world.venue.gather = async () => {
      throw new Error('no such market');
    };
    world.live({ tokenId: 'fog-yes', conditionId: `0x${'f'.repeat(64)}` });
    world.venue.hidden.add('fog-yes');
    world.live({ tokenId: 'fog-yes', conditionId: `0x${'f'.repeat(64)}` });
    await until(() => world.decisions().length === 2);
    expect(world.venue.posts).toHaveLength(0);
  });
});

describe('what is not copied', () => {
  it('is trades from before the wallet was followed, late rows and strangers', async () => {
    const world = await open();
    world.live({ tradedAtMs: world.clock.now() - 10_000 });
    world.clock.skip(60_000);
    await until(() => !world.bot.parts.guard.has('starting'));
    world.live({ tradedAtMs: world.clock.now() - 40_000 });
    world.live({ wallet: `0x${'99'.repeat(20)}` });
    expect(world.decisions()).toEqual(['baseline', 'stale', 'baseline']);
    world.bot.setPolicy({
      ...world.bot.parts.policy(),
      wallets: new Map([[LEADER, { enabled: false, label: 'off' }]]),
    });
    world.live();
    world.live({ wallet: OTHER });
    expect(world.decisions().slice(3)).toEqual(['wallet_disabled', 'wallet_disabled']);
    expect(world.venue.posts).toHaveLength(0);
  });

  it('is anything while halted, though a sale of the leader is followed', async () => {
    const world = await open();
    world.live();
    await settled(world);
    for (const trade of world.venue.trades) world.venue.confirm(trade);
    world.breaker.apply('trading', { type: 'halt', by: 'ann', reason: 'test' }, world.clock.now());
    world.live();
    expect(world.decisions()).toEqual(['copied', 'halted']);
    world.live({ side: 'SELL' });
    await settled(world);
    expect(world.decisions().at(-1)).toBe('copied');
    expect(shares(world)).toBe(0);
  });
});

describe('a sale of the leader', () => {
  it('is followed by the fraction of his holding', async () => {
    const world = await open();
    world.live();
    await settled(world);
    for (const trade of world.venue.trades) world.venue.confirm(trade);
    world.venue.leaderHoldings.set(LEADER, new Map([['rain-yes', 400 * MICRO]]));
    const { parts } = world.bot;
    await until(() => {
      world.venue.leaderHoldings.set(LEADER, new Map([['rain-yes', 400 * MICRO]]));
      return parts.books.ledger.positions().length === 1;
    });
    await world.bot.readHoldings();
    world.live({ side: 'SELL', sizeMicro: 100 * MICRO });
    await settled(world);
    expect(shares(world)).toBe(7.5 * MICRO);
  });

  it.each(['', ', after a restart too'])(
    'that could not be followed yet is followed once it can%s',
    async (restarts) => {
      const world = await open();
      world.live();
      await settled(world);
      world.venue.script = ['no_balance'];
      world.live({ side: 'SELL' });
      await settled(world);
      expect(world.breaker.set().tally.orders).toBe('');
      expect(shares(world)).toBe(10 * MICRO);
      if (restarts) await world.restart();
      for (const trade of [...world.venue.trades]) world.venue.confirm(trade);
      await until(() => shares(world) === 0);
      const exits = world.events.flatMap((event) => (event.kind === 'exit' ? [event.reason] : []));
      expect(exits).toEqual(['mirror']);
      await settled(world);
      const row = world.journal.order(world.venue.posts.at(-1)?.orderId ?? '');
      expect(row).toMatchObject({ kind: 'exit', fillId: 'exit:rain-yes:1', status: 'done' });
    },
  );
});
