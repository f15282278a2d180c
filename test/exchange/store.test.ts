import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/exchange/create-engine.ts';
import type { ExchangeEngine, NewOrder } from '../../src/exchange/engine.ts';
import { openStore } from '../../src/exchange/store.ts';
import { START_MS, usd } from './lab.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exchange-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (name: string, { scenario = 'volatile', startMs = START_MS, seed = 3 } = {}) =>
  createEngine({ startMs, seed, scenario, store: openStore(join(folder, name, 'exchange.db')) });

let count = 0;
const order = (
  engine: ExchangeEngine,
  price: number,
  fields: Partial<NewOrder> = {},
): NewOrder => ({
  orderId: `order-${++count}`,
  owner: 'key',
  maker: 'me',
  tokenId: engine.markets().find((market) => market.acceptingOrders)?.tokenIds[0] ?? '',
  side: 'BUY',
  makerAmountMicro: Math.round(price * usd(20)),
  takerAmountMicro: usd(20),
  orderType: 'GTC',
  postOnly: false,
  expiresAtMs: undefined,
  ...fields,
});

/** What must be the same before and after: all that is told about accounts. */
const told = (engine: ExchangeEngine) => ({
  now: engine.now(),
  orders: engine.ordersOf('key'),
  trades: engine.tradesOf('key'),
  ledger: engine.ledger('me'),
  cash: engine.cashOf('me'),
  markets: engine.markets(),
  activity: engine.activityOf(undefined),
  leaders: engine
    .leaders()
    .map(({ wallet }) => engine.positionsOf(wallet).filter((p) => p.sizeMicro)),
  audit: engine.audit(),
});

/** A run with resting, filled, killed, canceled and expiring orders, cut off at any moment. */
function busy(engine: ExchangeEngine, quanta: number): void {
  engine.openAccount('me', usd(2_000));
  const rest = order(engine, 0.02);
  engine.submit(rest);
  engine.submit(order(engine, 0.03, { orderType: 'GTD', expiresAtMs: START_MS + 600_000 }));
  engine.submit(order(engine, 0.97, { orderType: 'FAK' }));
  engine.submit(order(engine, 0.02, { orderType: 'FOK' }));
  engine.submit(order(engine, 0.96, { orderType: 'FAK', faults: { failSettlement: true } }));
  engine.submit(order(engine, 0.96, { orderType: 'FAK', faults: { delayMs: 4_000 } }));
  for (let step = 1; step <= quanta; step++) engine.advance(START_MS + step * 250);
  engine.cancel(rest.orderId, 'key');
}

describe('the store', () => {
  it.each([1, 9, 15, 23, 400])('reopened after %i quanta, all is as if never closed', (quanta) => {
    const engine = open('a');
    busy(engine, quanta);
    const before = told(engine);
    engine.close();
    // The first quantum after a restart settles what became due with it; so look at the same time.
    expect(told(open('a'))).toEqual(before);
  });

  it.each([1, 11, 60])('killed after %i quanta, nothing acknowledged is lost', (quanta) => {
    const engine = open('a');
    busy(engine, quanta);
    // What a kill leaves: the files as they are, with nothing flushed or closed.
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    const { now: _now, ...rest } = told(engine);
    const survivor = open('b');
    const { now: _then, ...survived } = told(survivor);
    expect(survived).toEqual(rest);
    const [known] = survivor.ordersOf('key');
    const again = order(survivor, 0.5, { orderId: known?.orderId ?? '' });
    expect(survivor.submit(again)).toMatchObject({ ok: false, message: /Duplicated/ });
    engine.close();
    survivor.close();
  });

  it('goes on after a restart: settles, expires, quotes, trades', () => {
    const engine = open('a');
    busy(engine, 4);
    engine.close();
    const next = open('a', { startMs: START_MS + 3_600_000 });
    expect(next.now()).toBe(START_MS + 3_600_000);
    next.advance(START_MS + 3_700_000);
    const statuses = new Set(next.tradesOf('key').map((trade) => trade.status));
    expect([...statuses].toSorted()).toEqual(['CONFIRMED', 'FAILED']);
    expect(next.ordersOf('key').filter((o) => o.status === 'LIVE')).toEqual([]);
    expect(next.markets().filter((market) => market.acceptingOrders)).toHaveLength(12);
    expect(next.activityOf(undefined)[0]?.timestampMs).toBeGreaterThan(START_MS + 3_600_000);
    expect(next.audit().problems).toEqual([]);
    const ledger = next.ledger('me');
    expect(ledger.flowsMicro).toBe(ledger.cashMicro);
    next.close();
  });

  it('the clock never goes back', () => {
    const engine = open('a');
    engine.advance(START_MS + 60_000);
    engine.close();
    expect(open('a', { startMs: START_MS - 5_000 }).now()).toBe(START_MS + 60_000);
  });

  it('another scenario ends the markets of the one before', () => {
    const engine = open('a');
    engine.advance(START_MS + 60_000);
    engine.close();
    const next = open('a', { scenario: 'calm', seed: 4 });
    const [former, current] = [12, 12];
    expect(next.markets().filter((market) => market.closed)).toHaveLength(former);
    expect(next.markets().filter((market) => market.acceptingOrders)).toHaveLength(current);
    expect(next.audit().problems).toEqual([]);
  });

  it('a file that is no database is refused by name', () => {
    writeFileSync(
      join(folder, 'exchange.db'),
      'this is not a database, and long enough to be read',
    );
    expect(() => openStore(join(folder, 'exchange.db'))).toThrow(/exchange database .*exchange.db/);
  });

  it('a commit that fails leaves nothing behind', () => {
    const store = openStore(join(folder, 'exchange.db'));
    const rows = [
      { table: 'orders' as const, key: 'a', value: '{}' },
      { table: 'orders' as const, key: 'b', value: 5n as unknown as string },
      { table: 'orders' as const, key: 'c', value: {} as unknown as string },
    ];
    const batch = { meta: new Map(), rows, activity: [], pruneActivityBelow: undefined };
    expect(() => store.commit(batch)).toThrow();
    expect(store.rows('orders')).toEqual([]);
    store.close();
  });

  it('what could not be written is written with the next attempt', () => {
    const store = openStore(join(folder, 'exchange.db'));
    let full = false;
    const commit: typeof store.commit = (batch) => {
      if (full) throw new Error('disk full');
      store.commit(batch);
    };
    const shaky = { ...store, commit };
    const run = { startMs: START_MS, seed: 3, scenario: 'calm' };
    const engine = createEngine({ ...run, store: shaky });
    engine.openAccount('me', usd(100));
    full = true;
    const lost = order(engine, 0.02);
    expect(() => engine.submit(lost)).toThrow('disk full');
    full = false;
    engine.advance(START_MS + 250);
    engine.close();
    const next = createEngine({ ...run, store: openStore(join(folder, 'exchange.db')) });
    expect(next.order(lost.orderId)?.status).toBe('LIVE');
    next.close();
  });

  it('prunes actors only', () => {
    const store = openStore(join(folder, 'exchange.db'));
    const row = (sequence: number, wallet: string) => ({
      kept: wallet === 'me',
      row: { sequence, wallet } as Parameters<typeof store.commit>[0]['activity'][number]['row'],
    });
    const activity = [row(1, 'me'), row(2, 'crowd'), row(3, 'crowd')];
    store.commit({ meta: new Map(), rows: [], activity, pruneActivityBelow: 3 });
    expect(store.activity().map(({ sequence }) => sequence)).toEqual([1, 3]);
    store.close();
  });
});
