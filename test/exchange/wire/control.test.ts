import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseClock } from '../../../src/clock.ts';
import type { ExchangeMarket } from '../../../src/exchange/engine.ts';
import type { Exchange } from '../../../src/exchange/server.ts';
import {
  buyAtAsk,
  type Credentials,
  call,
  control,
  getJson,
  liquidMarket,
  login,
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

describe('/control', () => {
  it('tells the state and the leaders', async () => {
    expect((await control(exchange, 'GET', '/state')).body).toMatchObject({
      scenario: 'calm',
      seed: 1,
      speed: 1,
      sockets: { market: 0, user: 0, rtds: 0 },
      accounts: [{ address: account.address.toLowerCase(), apiKey: account.apiKey }],
      audit: { problems: [] },
    });
    const { body } = await control(exchange, 'GET', '/leaders');
    expect(body).toEqual(exchange.engine.leaders());
    expect(exchange.engine.leaders().length).toBeGreaterThan(0);
  });

  it('tells everything about a wallet', async () => {
    const { body, orderId } = orderBody(account, market, buyAtAsk(exchange, market, 5));
    await call(exchange, account, 'POST', '/order', body);
    const ledger = await control(exchange, 'GET', `/ledger?wallet=${account.address}`);
    expect(ledger.body).toMatchObject({
      wallet: account.address.toLowerCase(),
      orders: [{ orderId, createdAtMs: expect.any(Number) }],
      trades: [{ takerOrderId: orderId }],
      flows: [{ kind: 'deposit', amountMicro: 1_000_000_000 }, { kind: 'buy' }, { kind: 'fee' }],
      cash: { freeMicro: expect.any(Number), lockedMicro: expect.any(Number) },
      audit: { problems: [] },
    });
    expect((await control(exchange, 'GET', '/ledger?wallet=me')).status).toBe(400);
  });

  it('resolves a market, once', async () => {
    const { conditionId } = exchange.engine.markets().find(({ closed }) => !closed) ?? market;
    const resolve = { conditionId, outcome: 'split' };
    expect((await control(exchange, 'POST', '/resolve', resolve)).body).toMatchObject({
      conditionId,
      closed: true,
      resolution: 'split',
    });
    expect((await control(exchange, 'POST', '/resolve', resolve)).status).toBe(404);
    const wrong = await control(exchange, 'POST', '/resolve', { conditionId, outcome: 2 });
    expect(wrong.status).toBe(400);
    expect((await control(exchange, 'POST', '/resolve', { outcome: 0 })).status).toBe(400);
  });

  it.each([
    [{ host: 'exchange.example' }, 403],
    [{ host: '127.0.0.1.example:80' }, 403],
    [{ origin: 'http://localhost' }, 403],
    [{ origin: 'null' }, 403],
    [{ host: 'localhost:8090' }, 200],
    [{ host: '[::1]:8090' }, 200],
  ])('with %j is %i', async (headers, status) => {
    expect(await statusWith('/control/leaders', headers)).toBe(status);
    // The rest of the exchange is for everybody.
    expect(await statusWith('/clob/time', headers)).toBe(200);
  });
});

describe('heartbeats', () => {
  it('cancel everything when they stop', async () => {
    const fast = await startPaper({ clock: parseClock(`${Date.now()}@${Date.now()}*20`) });
    try {
      const chosen = await liquidMarket(fast);
      const own = await login(fast);
      const resting = { orderType: 'GTC', makerAmount: 100_000, takerAmount: 10_000_000 };
      const { body, orderId } = orderBody(own, chosen, resting);
      expect((await call(fast, own, 'POST', '/order', body)).body).toMatchObject({
        status: 'live',
      });
      const beat = (heartbeat_id: string) =>
        call(fast, own, 'POST', '/v1/heartbeats', { heartbeat_id });
      const first = await beat('');
      const { heartbeat_id } = first.body as { heartbeat_id: string };
      expect((await beat('wrong')).body).toMatchObject({
        error_msg: 'Invalid Heartbeat ID',
        heartbeat_id,
      });
      expect((await beat(heartbeat_id)).status).toBe(200);
      expect(fast.engine.order(orderId)?.status).toBe('LIVE');
      await waitFor(() => fast.engine.order(orderId)?.status === 'CANCELED');
    } finally {
      await fast.close();
    }
  });
});

describe('the server', () => {
  it('refuses a body beyond its limit, and a port in use', async () => {
    const response = await fetch(`${exchange.url}/clob/books`, {
      method: 'POST',
      body: 'x'.repeat(1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
    await expect(startPaper({ port: exchange.port })).rejects.toThrow(/cannot listen on .*EADDRIN/);
    expect((await getJson(exchange, '/clob/time')).status).toBe(200);
  });
});

function statusWith(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${exchange.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}
