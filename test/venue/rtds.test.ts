import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { TargetRow } from '../../src/core/trade.ts';
import type { QuarantinedRow } from '../../src/venue/port.ts';
import { createRtds, type Rtds, type RtdsOptions } from '../../src/venue/rtds.ts';
import { startWsServer, type TestServer, until } from './ws-server.ts';

const OURS = `0x${'ab'.repeat(20)}`;
const OTHER = `0x${'cd'.repeat(20)}`;
const wallets = new Set([OURS]);
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function payload(wallet: string, change: object = {}) {
  return {
    proxyWallet: wallet,
    asset: '123456',
    conditionId: `0x${'11'.repeat(32)}`,
    side: 'BUY',
    size: 10,
    price: 0.5,
    timestamp: 1_760_000_000,
    transactionHash: `0x${'22'.repeat(32)}`,
    outcome: 'Yes',
    outcomeIndex: 0,
    ...change,
  };
}

function message(wallet: string, type = 'trades', change: object = {}) {
  return {
    connection_id: 'c',
    topic: 'activity',
    type,
    timestamp: 1,
    payload: payload(wallet, change),
  };
}

async function feed(options: Partial<RtdsOptions> = {}) {
  const server: TestServer = await startWsServer();
  closers.push(() => server.close());
  const rows: TargetRow[] = [];
  const quarantined: QuarantinedRow[] = [];
  let gaps = 0;
  const rtds: Rtds = createRtds({
    url: server.url,
    clock: realClock,
    silenceMs: 60_000,
    wallets: () => wallets,
    onRow: (row) => void rows.push(row),
    onQuarantine: (row) => void quarantined.push(row),
    onGap: () => {
      gaps += 1;
    },
    random: () => 0.05,
    ...options,
  });
  closers.push(() => rtds.close());
  await until('the subscription', () => server.received[0]);
  return { server, rtds, rows, quarantined, gaps: () => gaps };
}

describe('rows', () => {
  test('of a followed wallet come parsed, from both kinds of message', async () => {
    const { server, rtds, rows, quarantined } = await feed();
    expect(JSON.parse(server.received[0] ?? '')).toEqual({
      action: 'subscribe',
      subscriptions: [{ topic: 'activity', type: '*' }],
    });
    server.broadcast(message(OTHER));
    server.broadcast(message(OURS));
    server.broadcast([message(OTHER), message(OURS, 'orders_matched')]);
    await until('two rows', () => rows.length === 2);
    expect(rows.map((row) => row.source)).toEqual(['rtds_trades', 'rtds_orders_matched']);
    expect(rows[0]?.receivedTick).toBeGreaterThan(0);
    expect(rtds.health()).toMatchObject({
      connected: true,
      rows: 4,
      followedRows: 2,
      quarantined: 0,
      reconnects: 0,
    });
    expect(rtds.health().lastMessageAtMs).toBeGreaterThan(0);
    expect(quarantined).toEqual([]);
  });

  test('that cannot be understood are set aside, and the rest goes on', async () => {
    const { server, rtds, rows, quarantined } = await feed();
    server.broadcast([message(OURS, 'trades', { price: 7 }), message(OURS)]);
    server.broadcast(message(OURS, 'orders_split'));
    server.broadcast('{"proxyWallet":');
    server.broadcast(7);
    server.broadcast({ topic: 'comments', payload: payload(OURS) });
    server.broadcast({ message: 'welcome' });
    server.broadcast(message(OURS));
    await until('the rows around them', () => rows.length === 2);
    expect(quarantined.map((row) => row.reason)).toEqual([
      'price: 7 is not above 0 and at most 1',
      'type: "orders_split" is not known',
      'frame: not JSON objects',
      'frame: not JSON objects',
    ]);
    expect(rtds.health().quarantined).toBe(4);
  });
});

test('the wallets that are followed may change', async () => {
  let followed = new Set<string>();
  const { server, rtds, rows } = await feed({ wallets: () => followed });
  server.broadcast(message(OURS));
  await until('the row, uncared for', () => rtds.health().rows === 1);
  followed = new Set([OURS]);
  server.broadcast(message(OURS));
  await until('the row', () => rows.length === 1);
  expect(rtds.health()).toMatchObject({ rows: 2, followedRows: 1 });
});

describe('the connection', () => {
  test('is opened again when it is lost, and the gap is told', async () => {
    const { server, rtds, rows, gaps } = await feed();
    server.open()[0]?.terminate();
    await until('the second subscription', () => server.received[1]);
    await until('the gap', () => gaps() === 1);
    server.broadcast(message(OURS));
    await until('a row', () => rows[0]);
    expect(rtds.health()).toMatchObject({ connected: true, reconnects: 1 });
  });

  test('is given up when it brings no trades, though it answers PINGs', async () => {
    const { server, gaps } = await feed({ silenceMs: 300 });
    await until('a new connection', () => server.sockets.length >= 2);
    await until('the gap', () => gaps() >= 1);
    expect(server.open().length).toBe(1);
  });

  test('stays when trades of anybody come', async () => {
    const { server } = await feed({ silenceMs: 300 });
    const timer = setInterval(() => server.broadcast(message(OTHER)), 50);
    closers.push(() => clearInterval(timer));
    await new Promise((done) => setTimeout(done, 900));
    expect(server.sockets.length).toBe(1);
  });

  test('is renewed with an overlap: the old one ends with the new one’s first trade', async () => {
    const { server, rtds, rows, gaps } = await feed({ renewMs: 80 });
    await until('the successor', () => server.received[1]);
    expect(server.open().length).toBe(2);
    server.broadcast(message(OURS));
    await until('one left', () => server.open().length === 1);
    expect(server.sockets[0]?.readyState).toBe(3);
    // Seen by both: the ledger of sightings knows a repeated live row.
    expect(rows.length).toBeGreaterThanOrEqual(1);
    expect(rtds.health()).toMatchObject({ connected: true, reconnects: 0 });
    expect(gaps()).toBe(0);
  });

  test('that is lost while its successor is up is replaced at once, without a gap', async () => {
    const { server, rtds, rows, gaps } = await feed({ renewMs: 80 });
    await until('the successor', () => server.received[1]);
    server.sockets[0]?.terminate();
    await until('the loss', () => rtds.health().reconnects === 1);
    server.broadcast(message(OURS));
    await until('a row', () => rows[0]);
    expect(gaps()).toBe(0);
  });

  test('goes on when its successor fails', async () => {
    const { server, rtds, rows } = await feed({ renewMs: 80 });
    await until('the successor', () => server.received[1]);
    server.sockets[1]?.terminate();
    await until('another successor', () => server.received[2]);
    server.sockets[0]?.send(JSON.stringify(message(OURS)));
    await until('a row of the first', () => rows[0]);
    expect(rtds.health().reconnects).toBe(0);
  });

  test('is not opened again after close', async () => {
    const { server, rtds } = await feed();
    server.open()[0]?.terminate();
    rtds.close();
    await new Promise((done) => setTimeout(done, 300));
    expect(server.open()).toEqual([]);
    expect(rtds.health().connected).toBe(false);
  });
});

test('10,000 broken frames: nothing crashes, and the next good row comes through', async () => {
  const { server, rows, quarantined } = await feed();
  const good = JSON.stringify(message(OURS));
  const broken = fc.oneof(
    fc.string(),
    fc.json(),
    fc.nat(good.length - 1).map((end) => good.slice(0, end)),
    fc
      .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }))
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
    fc
      .tuple(fc.constantFrom(...Object.keys(payload(OURS))), fc.jsonValue())
      .map(([field, value]) => JSON.stringify(message(OURS, 'trades', { [field]: value }))),
  );
  const [socket] = server.open();
  for (const frame of fc.sample(broken, 10_000)) socket?.send(frame);
  socket?.send(JSON.stringify(message(OURS, 'trades', { size: 77.125 })));
  await until('the good row', () => rows.some((row) => row.sizeMicro === 77_125_000), 20_000);
  expect(quarantined.length).toBeGreaterThan(1_000);
  expect(quarantined.every((row) => row.reason !== '' && row.excerpt.length <= 2_000)).toBe(true);
}, 30_000);
