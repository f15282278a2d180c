import { describe, expect, it } from 'vitest';
import { createEngine, leadersOf, SCENARIO_NAMES } from '../../src/exchange/create-engine.ts';
import type { EngineEvent, ExchangeEngine } from '../../src/exchange/engine.ts';
import { START_MS, usd } from './lab.ts';

const MINUTE = 60_000;
const build = (scenario: string, seed = 7) => createEngine({ startMs: START_MS, seed, scenario });

function run(engine: ExchangeEngine, ms: number, stepMs: number): ExchangeEngine {
  for (let at = stepMs; at <= ms; at += stepMs) engine.advance(START_MS + at);
  return engine;
}

const leaderRows = (engine: ExchangeEngine) => {
  const wallets = new Set(engine.leaders().map((leader) => leader.wallet));
  return engine.activityOf(undefined, { type: 'TRADE' }).filter((row) => wallets.has(row.wallet));
};

describe('determinism', () => {
  it('one seed is one history, however often time is advanced', () => {
    const often = run(build('volatile'), 10 * MINUTE, 100);
    const seldom = run(build('volatile'), 10 * MINUTE, 5 * MINUTE);
    expect(often.activityOf(undefined)).toEqual(seldom.activityOf(undefined));
    expect(often.activityOf(undefined).length).toBeGreaterThan(200);
    expect(often.markets()).toEqual(seldom.markets());
  });

  it('another seed is another history', () => {
    const one = run(build('calm', 1), 2 * MINUTE, MINUTE).activityOf(undefined);
    const two = run(build('calm', 2), 2 * MINUTE, MINUTE).activityOf(undefined);
    expect(one).not.toEqual(two);
  });

  it('leaders are known from scenario and seed alone', () => {
    const engine = build('calm', 42);
    const known = leadersOf('calm', 42);
    expect(known).toEqual(engine.leaders().map(({ wallet, name }) => ({ wallet, label: name })));
    expect(known.length).toBeGreaterThanOrEqual(5);
    expect(leadersOf('calm', 43)).not.toEqual(known);
    for (const { wallet } of known) expect(wallet).toMatch(/^0x[0-9a-f]{40}$/);
  });
});

describe('every scenario', () => {
  it.each(SCENARIO_NAMES)('%s trades, conserves and goes on', (scenario) => {
    const engine = run(build(scenario), 30 * MINUTE, MINUTE);
    expect(engine.audit().problems).toEqual([]);
    const rows = leaderRows(engine);
    // At most one trade of a leader in about ten seconds would be a dull screen.
    expect(rows.length).toBeGreaterThan(180);
    expect(new Set(rows.map((row) => row.side)).size).toBe(2);
    const open = engine.markets().filter((market) => market.acceptingOrders);
    expect(open.length).toBeGreaterThanOrEqual(8);
    // A gap pulls the quotes of a market for some seconds.
    const quoted = open.filter(({ tokenIds }) => engine.book(tokenIds[0])?.bids.length);
    expect(quoted.length).toBeGreaterThanOrEqual(5);
    for (const { tokenIds } of quoted) {
      const book = engine.book(tokenIds[0]);
      const mirror = engine.book(tokenIds[1]);
      const best = book?.bids.at(-1)?.priceMicro ?? 0;
      expect(book?.asks.at(-1)?.priceMicro).toBeGreaterThan(best);
      expect(mirror?.asks.at(-1)?.priceMicro).toBe(1_000_000 - best);
    }
  });

  it('an unknown one is refused with the names', () => {
    expect(() => build('quiet')).toThrow('scenario "quiet" is not known');
    expect(() => leadersOf('quiet', 1)).toThrow('not known');
    expect(() => build('calm', 1.5)).toThrow('must be whole');
  });
});

describe('what the scenarios are for', () => {
  it('losing-streak: leaders sell below what they paid, nearly always', () => {
    const engine = run(build('losing-streak'), 20 * MINUTE, MINUTE);
    const positions = engine.leaders().flatMap(({ wallet }) => engine.positionsOf(wallet));
    const closed = positions.filter((position) => position.realisedMicro !== 0);
    const lost = closed.filter((position) => position.realisedMicro < 0);
    expect(closed.length).toBeGreaterThan(10);
    expect(lost.length / closed.length).toBeGreaterThan(0.85);
  });

  it('resolution-day: markets resolve, and others open', () => {
    const engine = build('resolution-day');
    let resolved = 0;
    engine.on((event) => {
      if (event.kind === 'resolved') resolved++;
    });
    run(engine, 20 * MINUTE, MINUTE);
    expect(resolved).toBeGreaterThan(10);
    expect(engine.activityOf(undefined, { type: 'REDEEM' }).length).toBeGreaterThan(5);
    expect(engine.markets().some((market) => market.tickMicro === 1_000)).toBe(true);
  });

  it('gap: the price leaps, with no quotes in between', () => {
    const engine = build('gap');
    let empty = 0;
    for (let at = 0; at < 10 * MINUTE; at += 500) {
      engine.advance(START_MS + at);
      for (const market of engine.markets()) {
        if (market.acceptingOrders && engine.book(market.tokenIds[0])?.bids.length === 0) empty++;
      }
    }
    expect(empty).toBeGreaterThan(10);
  });
});

describe('the engine', () => {
  const owner = 'key';
  const order = (engine: ExchangeEngine, orderId: string, price: number) => ({
    orderId,
    owner,
    maker: 'me',
    tokenId: engine.markets()[0]?.tokenIds[0] ?? '',
    side: 'BUY' as const,
    makerAmountMicro: Math.round(price * usd(10)),
    takerAmountMicro: usd(10),
    orderType: 'GTC' as const,
    postOnly: false,
    expiresAtMs: undefined,
  });

  it('answers for an account: orders, trades, cash, shares, ledger', () => {
    const engine = build('calm');
    engine.openAccount('me', usd(500));
    engine.openAccount('me', usd(9_999));
    expect(engine.cashOf('me')).toEqual({ freeMicro: usd(500), lockedMicro: 0 });
    const rest = engine.submit(order(engine, 'rest', 0.02));
    const bought = engine.submit(order(engine, 'bought', 0.97));
    expect([rest, bought]).toMatchObject([{ status: 'live' }, { status: 'matched' }]);
    expect(engine.order('rest')).toMatchObject({ status: 'LIVE', priceMicro: 20_000 });
    expect(engine.order('zzz')).toBeUndefined();
    expect(engine.ordersOf(owner).map((o) => o.orderId)).toEqual(['rest', 'bought']);
    expect(engine.ordersOf('other')).toEqual([]);
    const [trade] = engine.tradesOf(owner);
    expect(engine.trade(trade?.id ?? '')).toEqual(trade);
    expect(engine.trade('zzz')).toBeUndefined();
    engine.advance(START_MS + 6_000);
    const token = trade?.tokenId ?? '';
    expect(engine.sharesOf('me', token)).toEqual({ freeMicro: usd(10), lockedMicro: 0 });
    expect(engine.sharesOf('me', 'zzz')).toEqual({ freeMicro: 0, lockedMicro: 0 });
    expect(engine.cashOf('nobody')).toEqual({ freeMicro: 0, lockedMicro: 0 });
    expect(engine.positionsOf('nobody')).toEqual([]);
    expect(engine.cancel('rest', owner)).toEqual({ ok: true });
    const ledger = engine.ledger('me');
    expect(ledger.flowsMicro).toBe(ledger.cashMicro);
    expect(ledger).toMatchObject({ orders: { length: 2 }, positions: [{ sizeMicro: usd(10) }] });
    expect(engine.ledger('nobody')).toMatchObject({ flowsMicro: 0, cashMicro: 0 });
  });

  it('resolves a market on request, once', () => {
    const engine = build('calm');
    engine.openAccount('me', usd(500));
    const market = engine.markets()[0];
    const id = market?.conditionId ?? '';
    engine.submit(order(engine, 'bought', 0.97));
    engine.advance(START_MS + 6_000);
    expect(engine.resolve(id, 0)).toBe(true);
    expect(engine.resolve(id, 0)).toBe(false);
    expect(engine.resolve('zzz', 0)).toBe(false);
    expect(engine.redeem('me', id)).toBe(usd(10));
    expect(engine.activityOf('me', { type: 'REDEEM' })).toHaveLength(1);
    engine.advance(START_MS + MINUTE);
    expect(engine.market(id)).toMatchObject({ closed: true, resolution: 0 });
    expect(engine.markets().filter((m) => m.acceptingOrders)).toHaveLength(12);
    expect(engine.audit().problems).toEqual([]);
  });

  it('tells listeners what changed, until they leave', () => {
    const engine = build('volatile');
    const events: EngineEvent[] = [];
    const leave = engine.on((event) => events.push(event));
    run(engine, 2 * MINUTE, 10_000);
    const kinds = new Set(events.map((event) => event.kind));
    expect([...kinds].toSorted()).toEqual(expect.arrayContaining(['activity', 'book', 'trade']));
    const taken = events.findLast((event) => event.kind === 'book');
    const level = taken?.changes[0];
    const book = engine.book(taken?.tokenId ?? '');
    const side = level?.side === 'BUY' ? book?.bids : book?.asks;
    const shown = side?.find(({ priceMicro }) => priceMicro === level?.priceMicro);
    expect(shown?.sizeMicro ?? 0).toBe(level?.sizeMicro);
    leave();
    const count = events.length;
    run(engine, 4 * MINUTE, 10_000);
    expect(events).toHaveLength(count);
  });

  it('lets a listener trade from within an event', () => {
    const engine = build('calm');
    engine.openAccount('me', usd(500));
    let answered = 0;
    engine.on((event) => {
      if (event.kind !== 'activity' || answered > 2) return;
      if (engine.submit(order(engine, `copy-${answered++}`, 0.02)).ok) return;
    });
    run(engine, MINUTE, 1_000);
    expect(engine.ordersOf(owner).length).toBe(3);
  });

  it('tells in order, whatever listeners do meanwhile', () => {
    const engine = build('calm');
    engine.openAccount('me', usd(500));
    const changes: string[] = [];
    engine.on((event) => {
      if (event.kind !== 'order') return;
      if (event.change === 'PLACEMENT') engine.cancel(event.order.orderId, owner);
    });
    engine.on((event) => {
      if (event.kind === 'order') changes.push(`${event.change} ${event.order.status}`);
    });
    engine.submit(order(engine, 'rest', 0.02));
    expect(changes).toEqual(['PLACEMENT LIVE', 'CANCELLATION CANCELED']);
  });

  it('nobody trades while it is frozen, and settlement goes on', () => {
    const engine = run(build('volatile'), MINUTE, 1_000);
    engine.faults.frozen = true;
    engine.advance(START_MS + 2 * MINUTE);
    const rows = engine.activityOf(undefined).length;
    engine.advance(START_MS + 5 * MINUTE);
    expect(engine.activityOf(undefined, { type: 'TRADE' }).length).toBe(rows);
    engine.faults.frozen = false;
    engine.advance(START_MS + 6 * MINUTE);
    expect(engine.activityOf(undefined).length).toBeGreaterThan(rows);
  });

  it('activity can be asked for by time, market, side and page', () => {
    const engine = run(build('volatile'), 5 * MINUTE, MINUTE);
    const all = engine.activityOf(undefined);
    const [newest] = all;
    expect(engine.activityOf(undefined, { limit: 5, offset: 2 })).toEqual(all.slice(2, 7));
    const since = START_MS + 3 * MINUTE;
    expect(engine.activityOf(undefined, { sinceMs: since })).toEqual(
      all.filter((row) => row.timestampMs >= since),
    );
    expect(engine.activityOf(undefined, { untilMs: since, takerOnly: true, side: 'SELL' })).toEqual(
      all.filter((row) => row.timestampMs <= since && row.taker && row.side === 'SELL'),
    );
    const conditionId = newest?.conditionId ?? '';
    expect(engine.activityOf(newest?.wallet, { conditionId })).toEqual(
      all.filter((row) => row.conditionId === conditionId && row.wallet === newest?.wallet),
    );
    expect(engine.activityOf('nobody')).toEqual([]);
  });
});
