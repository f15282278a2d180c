import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseClock, realClock } from '../../src/clock.ts';
import type { Config } from '../../src/config/schema.ts';
import { Secret } from '../../src/config/secret.ts';
import type { VenueTrade } from '../../src/core/order.ts';
import { ConfigError, InconclusiveError, RefusedError } from '../../src/errors.ts';
import { type Exchange, startExchange } from '../../src/exchange/server.ts';
import type { Venue, VenueHandlers } from '../../src/venue/port.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { configWith } from './config.ts';
import { until } from './ws-server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'pmcp-modes-'));
const clock = parseClock(`1760000000000@${Date.now()}*60`);
let exchange: Exchange;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  exchange = await startExchange({
    host: '127.0.0.1',
    port: 0,
    clock,
    scenario: 'calm',
    seed: 3,
    balanceMicro: 1_000_000_000,
  });
});

afterAll(async () => {
  for (const close of closers) await close();
  await exchange.close();
  rmSync(dataDir, { recursive: true });
});

/** The addresses of live and shadow mode, pointing at the paper exchange. */
function elsewhere(): Partial<Config> {
  const ws = exchange.url.replace('http', 'ws');
  return {
    CLOB_URL: `${exchange.url}/clob`,
    CLOB_WS_URL: `${ws}/ws`,
    GAMMA_URL: `${exchange.url}/gamma`,
    DATA_API_URL: `${exchange.url}/data`,
    RTDS_URL: `${ws}/rtds`,
    RELAYER_URL: `${exchange.url}/relayer`,
    RPC_URL: `${exchange.url}/rpc`,
    HTTP_TIMEOUT_SECONDS: 2,
  };
}

async function open(change: Partial<Config>, withClock = realClock): Promise<Venue> {
  const config = await configWith({ ...elsewhere(), ...change });
  const venue = await createVenue({ config, clock: withClock, dataDir });
  closers.push(() => venue.close());
  return venue;
}

function handlers(told: VenueTrade[]): VenueHandlers {
  return {
    onRow: () => {},
    onPage: () => {},
    onQuarantine: () => {},
    onTrade: (trade) => void told.push(trade),
    onOrder: () => {},
    onMarket: () => {},
  };
}

describe('live mode', () => {
  test('needs a key', async () => {
    await expect(open({ TRADING_MODE: 'live' })).rejects.toThrow('PRIVATE_KEY: not set');
    await expect(open({ TRADING_MODE: 'live' })).rejects.toBeInstanceOf(ConfigError);
  });

  test('is refused where it cannot sign in, together with everything else', async () => {
    const refused = open({ TRADING_MODE: 'live', PRIVATE_KEY: new Secret('4c'.repeat(32)) });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    if (!(error instanceof RefusedError)) return;
    const text = error.problems.map(({ message }) => message).join('\n');
    // A signature for Polygon means nothing to the paper exchange, and the other way round.
    expect(text).toContain('signing in at the venue');
    expect(text).toContain('LIVE_TRADING_CONFIRMATION');
    expect(text).not.toContain('4c4c');
  });
});

describe('paper mode', () => {
  test('without an exchange says that it is not reachable', async () => {
    await expect(
      open({ TRADING_MODE: 'paper', EXCHANGE_PORT: 1, HTTP_TIMEOUT_SECONDS: 0.5 }),
    ).rejects.toBeInstanceOf(InconclusiveError);
  });

  test('works while its clock runs 60 times faster than the real one', async () => {
    const venue = await open({ TRADING_MODE: 'paper', EXCHANGE_PORT: exchange.port }, clock);
    const told: VenueTrade[] = [];
    await venue.start(handlers(told));
    const tokenId = exchange.engine.markets().find((m) => m.acceptingOrders)?.tokenIds[0] ?? '';
    await venue.gather(tokenId, 3_000);
    const book = await until('a book with asks', () => {
      const found = venue.book(tokenId);
      return found?.asks.length ? found : undefined;
    });
    await new Promise((done) => setTimeout(done, 700));
    const age = clock.now() - (venue.book(tokenId)?.updatedAtMs ?? 0);
    expect(age).toBeLessThan(15_000); // MAX_BOOK_AGE_SECONDS
    const order = venue.sign(
      {
        tokenId,
        side: 'BUY',
        makerAmountMicro: 2_000_000,
        takerAmountMicro: 2_020_200,
        orderType: 'FAK',
        negRisk: venue.market(tokenId)?.negRisk ?? false,
      },
      clock.now(),
    );
    expect(book.asks[0]?.priceMicro).toBeLessThan(990_000);
    expect(await venue.post(order)).toMatchObject({ kind: 'accepted' });
    await until('settlement', () => told.some(({ status }) => status === 'CONFIRMED'));
  });
});

describe('shadow mode', () => {
  test('reads the venue, fills on paper, and sends no order', async () => {
    const venue = await open({ TRADING_MODE: 'shadow', PAPER_BALANCE: 50 });
    const told: VenueTrade[] = [];
    await venue.start(handlers(told));
    expect(venue.mode).toBe('shadow');
    expect(await venue.cash()).toBe(50_000_000);
    const tokenId = exchange.engine.markets().find((m) => m.acceptingOrders)?.tokenIds[0] ?? '';
    await venue.gather(tokenId, 3_000);
    const order = venue.sign(
      {
        tokenId,
        side: 'BUY',
        makerAmountMicro: 2_000_000,
        takerAmountMicro: 2_020_200,
        orderType: 'FAK',
        negRisk: false,
      },
      1,
    );
    expect(await venue.post(order)).toMatchObject({ kind: 'accepted', status: 'matched' });
    await until('the fill', () => told.length === 1);
    expect(await venue.positions()).toMatchObject([{ tokenId }]);
    expect(exchange.engine.order(order.orderId)).toBeUndefined();
    expect(existsSync(join(dataDir, 'shadow.ndjson'))).toBe(true);
    await until('the feed', () => venue.feedHealth().connected);
  });
});
