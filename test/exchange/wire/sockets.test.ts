import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseClock } from '../../../src/clock.ts';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import {
  buyAtAsk,
  type Credentials,
  call,
  getJson,
  liquidMarket,
  login,
  openSocket,
  orderBody,
  startPaper,
  waitFor,
} from './harness.ts';

let exchange: Exchange;
let market: ExchangeMarket;
let account: Credentials;

beforeAll(async () => {
  exchange = await startPaper();
  market = await liquidMarket(exchange);
  account = await login(exchange);
});
afterAll(() => exchange.close());

const buy = async (usdc = 2) => {
  const { body, orderId } = orderBody(account, market, buyAtAsk(exchange, market, usdc));
  const answer = await call(exchange, account, 'POST', '/order', body);
  expect(answer.status).toBe(200);
  return orderId;
};
const kinds = (events: Record<string, unknown>[]) =>
  new Set(events.map((event) => event['event_type']));

describe('/ws/market', () => {
  it('follows a book exactly, from snapshot and changes alone', async () => {
    const feed = await openSocket(exchange, '/ws/market');
    const token = market.tokenIds[0];
    feed.send({ assets_ids: [token], type: 'market' });
    await waitFor(() => kinds(feed.events()).has('book'));
    await buy();
    await buy();
    await waitFor(() => kinds(feed.events()).has('last_trade_price'));
    const levels = new Map<string, string>();
    let hash = '';
    // Until it agrees: changes of the last moment may still be on their way.
    await waitFor(() => {
      levels.clear();
      for (const event of feed.events()) {
        if (event['event_type'] === 'book') {
          for (const [side, name] of [
            ['BUY', 'bids'],
            ['SELL', 'asks'],
          ] as const) {
            for (const level of event[name] as { price: string; size: string }[]) {
              levels.set(`${side} ${level.price}`, level.size);
            }
          }
        }
        if (event['event_type'] !== 'price_change') continue;
        for (const change of event['price_changes'] as Record<string, string>[]) {
          hash = change['hash'] ?? '';
          const key = `${change['side']} ${change['price']}`;
          if (change['size'] === '0') levels.delete(key);
          else levels.set(key, change['size'] ?? '');
        }
      }
      const book = exchange.engine.book(token);
      const sides = { BUY: book?.bids ?? [], SELL: book?.asks ?? [] };
      const wanted = Object.entries(sides).flatMap(([side, rows]) =>
        rows.map((row) => `${side} ${row.priceMicro / 1e6} ${row.sizeMicro / 1e6}`),
      );
      const got = [...levels].map(([key, size]) => {
        const [side, price] = key.split(' ');
        return `${side} ${Number(price)} ${Number(size)}`;
      });
      return got.sort().join() === wanted.sort().join();
    });
    expect(hash).toMatch(/^[0-9a-f]{40}$/);
    expect(kinds(feed.events())).not.toContain('best_bid_ask');
    feed.send({ assets_ids: [token], operation: 'unsubscribe' });
    feed.send('PING');
    await waitFor(() => feed.texts.includes('PONG'));
    const before = feed.events().length;
    await buy();
    feed.send('PING');
    await waitFor(() => feed.texts.filter((text) => text === 'PONG').length === 2);
    expect(feed.events().length).toBe(before);
    feed.close();
  });

  it('tells of resolutions and new markets to those who asked', async () => {
    const own = await startPaper();
    const feed = await openSocket(own, '/ws/market');
    try {
      const chosen = await liquidMarket(own);
      feed.send({ assets_ids: [chosen.tokenIds[1]], type: 'market', custom_feature_enabled: true });
      await waitFor(() => kinds(feed.events()).has('book'));
      own.engine.resolve(chosen.conditionId, 1);
      const resolved = await waitFor(() =>
        feed.events().find((event) => event['event_type'] === 'market_resolved'),
      );
      expect(resolved).toMatchObject({
        market: chosen.conditionId,
        winning_asset_id: chosen.tokenIds[1],
        winning_outcome: chosen.outcomes[1],
      });
    } finally {
      feed.close();
      await own.close();
    }
  });
});

describe('/ws/market over hours', () => {
  it('tells of new markets and of ticks that change', async () => {
    const fast = await startPaper({
      clock: parseClock(`${Date.now()}@${Date.now()}*300`),
      scenario: 'resolution-day',
    });
    const feed = await openSocket(fast, '/ws/market');
    try {
      const tokens = fast.engine.markets().flatMap((entry) => entry.tokenIds);
      feed.send({ assets_ids: tokens, type: 'market', custom_feature_enabled: true });
      const wanted = (kind: string) =>
        waitFor(() => feed.events().find((event) => event['event_type'] === kind), 25_000);
      expect(await wanted('new_market')).toMatchObject({
        assets_ids: [expect.any(String), expect.any(String)],
        active: true,
      });
      expect(await wanted('tick_size_change')).toMatchObject({
        old_tick_size: expect.stringMatching(/^0\.0/),
        new_tick_size: expect.stringMatching(/^0\.0/),
      });
    } finally {
      feed.close();
      await fast.close();
    }
  });
});

describe('/ws/user', () => {
  const auth = () => ({
    apiKey: account.apiKey,
    secret: account.secret,
    passphrase: account.passphrase,
  });

  it('shows a trade at each of its states, hash last', async () => {
    const feed = await openSocket(exchange, '/ws/user');
    feed.send({ auth: auth(), type: 'user' });
    const orderId = await buy();
    const states = () =>
      feed
        .events()
        .filter((event) => event['taker_order_id'] === orderId)
        .map((event) => ({ status: event['status'], hash: event['transaction_hash'] }));
    await waitFor(() => states().some(({ status }) => status === 'CONFIRMED'));
    expect(states()[0]).toEqual({ status: 'MATCHED', hash: '' });
    expect(states().at(-1)?.hash).toMatch(/^0x[0-9a-f]{64}$/);
    feed.close();
  });

  it('keeps to the markets that were named, and can name more', async () => {
    const feed = await openSocket(exchange, '/ws/user');
    feed.send({ auth: auth(), type: 'user', markets: [`0x${'1'.repeat(64)}`] });
    await buy();
    feed.send('PING');
    await waitFor(() => feed.texts.includes('PONG'));
    expect(feed.events()).toEqual([]);
    feed.send({ markets: [market.conditionId], operation: 'subscribe' });
    await buy();
    await waitFor(() => feed.events().length > 0);
    feed.send({ markets: [market.conditionId], operation: 'unsubscribe' });
    feed.close();
  });

  it('closes on wrong credentials, and is silent without', async () => {
    const wrong = await openSocket(exchange, '/ws/user');
    wrong.send({ auth: { ...auth(), secret: 'x' }, type: 'user' });
    await waitFor(() => wrong.closedCode() === 1008);
    const none = await openSocket(exchange, '/ws/user');
    none.send({ type: 'user' });
    await waitFor(() => none.texts.includes('INVALID OPERATION'));
    await buy();
    expect(none.events()).toEqual([]);
    none.close();
  });

  it('knows credentials of an earlier life', async () => {
    const later = await startPaper();
    const feed = await openSocket(later, '/ws/user');
    feed.send({ auth: auth(), type: 'user' });
    feed.send('PING');
    await waitFor(() => feed.texts.includes('PONG'));
    expect(feed.closedCode()).toBeUndefined();
    feed.close();
    await later.close();
  });
});

describe('/rtds', () => {
  it('orders_matched is the taker once, trades every side of a fill', async () => {
    const both = await openSocket(exchange, '/rtds');
    const takers = await openSocket(exchange, '/rtds');
    both.send({ action: 'subscribe', subscriptions: [{ topic: 'activity', type: '*' }] });
    takers.send({
      action: 'subscribe',
      subscriptions: [{ topic: 'activity', type: 'orders_matched' }],
    });
    await buy();
    const wallet = account.address.toLowerCase();
    const payloads = (feed: typeof both, type: string) =>
      feed
        .events()
        .filter((event) => event['type'] === type)
        .map((event) => event['payload'] as Record<string, unknown>);
    const mine = await waitFor(() =>
      payloads(takers, 'orders_matched').find((payload) => payload['proxyWallet'] === wallet),
    );
    expect(mine).toMatchObject({
      asset: market.tokenIds[0],
      conditionId: market.conditionId,
      side: 'BUY',
      outcomeIndex: 0,
      size: expect.any(Number),
      price: expect.any(Number),
      transactionHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    });
    // Seconds, not milliseconds.
    expect(Math.abs(Number(mine['timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    const hash = mine['transactionHash'];
    const sides = await waitFor(() => {
      const found = payloads(both, 'trades').filter((row) => row['transactionHash'] === hash);
      return found.length > 1 && found;
    });
    expect(new Set(sides.map((row) => row['proxyWallet'])).size).toBeGreaterThan(1);
    expect(payloads(takers, 'trades')).toEqual([]);
    both.send({ action: 'unsubscribe', subscriptions: [{ topic: 'activity', type: '*' }] });
    both.close();
    takers.close();
  });
});

describe('limits', () => {
  it('ends a client that sends nonsense for long', async () => {
    const feed = await openSocket(exchange, '/rtds');
    for (let i = 0; i < 20; i++) feed.send('nonsense');
    await waitFor(() => feed.closedCode() === 1008);
    expect(feed.texts).toContain('INVALID OPERATION');
  });

  it('cuts a slow reader off instead of buffering for it', async () => {
    const small = await startPaper({ maxBufferedBytes: 20_000 });
    try {
      const tokens = small.engine.markets().flatMap((entry) => entry.tokenIds);
      const socket = connect(small.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.pause();
      socket.write(
        'GET /ws/market HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
          'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      const size = async () => {
        const { body } = await getJson(small, '/control/state');
        return (body as { sockets: { market: number } }).sockets.market;
      };
      while ((await size()) === 0);
      // Snapshots again and again, never read: the kernel's buffers fill, then ours.
      const subscribe = JSON.stringify({ assets_ids: tokens, type: 'market' });
      const leave = JSON.stringify({ assets_ids: tokens, operation: 'unsubscribe' });
      const end = Date.now() + 20_000;
      while ((await size()) > 0 && Date.now() < end) {
        for (let i = 0; i < 20; i++) socket.write(Buffer.concat([frame(subscribe), frame(leave)]));
      }
      expect(await size()).toBe(0);
      socket.destroy();
    } finally {
      await small.close();
    }
  }, 30_000);

  it('refuses a socket on another path', async () => {
    await expect(openSocket(exchange, '/ws/other')).rejects.toThrow(/404/);
  });
});

/** A masked text frame, the mask all zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255])
        : Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0, 0, ...bytes24(payload.length)]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

function bytes24(value: number): number[] {
  return [value >> 16, (value >> 8) & 255, value & 255];
}
