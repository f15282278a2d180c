import { afterEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../../src/errors.ts';
import type { AccountApi } from '../../src/venue/account-api.ts';
import { endpointsOf } from '../../src/venue/endpoints.ts';
import { createHttpClient } from '../../src/venue/http.ts';
import { CONFIRMATION, preflight } from '../../src/venue/preflight.ts';
import { configWith } from './config.ts';
import { startHttpServer } from './http-server.ts';
import { startWsServer } from './ws-server.ts';

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface World {
  confirmation?: string;
  signIn?: Error;
  closedOnly?: boolean | Error;
  geoblock?: unknown;
  time?: string;
  cash?: number;
  allowance?: number | undefined;
  feed?: boolean;
}

async function problemsIn(world: World): Promise<string[]> {
  const nowMs = 1_760_000_000_400;
  const server = await startHttpServer((url) => ({
    body:
      url.pathname === '/clob/time'
        ? (world.time ?? '1760000000')
        : (world.geoblock ?? { blocked: false }),
  }));
  closers.push(() => server.close());
  const feed = await startWsServer();
  closers.push(() => feed.close());
  const clob = createHttpClient(`${server.url}/clob`, 500);
  closers.push(() => clob.close());
  const account = {
    async closedOnly() {
      if (world.closedOnly instanceof Error) throw world.closedOnly;
      return world.closedOnly ?? false;
    },
    cash: async () => world.cash ?? 5,
    allowance: async () => ('allowance' in world ? world.allowance : 5),
  } as AccountApi;
  const config = await configWith({
    TRADING_MODE: 'live',
    RTDS_URL: world.feed === false ? 'ws://127.0.0.1:1' : feed.url,
    LIVE_TRADING_CONFIRMATION: 'confirmation' in world ? world.confirmation : CONFIRMATION,
  });
  try {
    await preflight({
      config,
      endpoints: endpointsOf(config),
      clob,
      account: world.signIn ?? account,
      timeoutMs: 500,
      realNowMs: () => nowMs,
      geoblockUrl: `${server.url}/api/geoblock`,
    });
    return [];
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}

describe('live trading', () => {
  test('may start when nothing is wrong', async () => {
    expect(await problemsIn({})).toEqual([]);
    expect(await problemsIn({ time: '1760000004' })).toEqual([]);
  });

  test.each<[World, RegExp]>([
    [{ confirmation: undefined }, /^LIVE_TRADING_CONFIRMATION: .* is not confirmed/],
    [{ confirmation: 'yes' }, /^LIVE_TRADING_CONFIRMATION/],
    [{ signIn: new Error('no such key'), closedOnly: true, cash: 0 }, /^no such key$/],
    [{ closedOnly: true }, /closed-only mode/],
    [{ closedOnly: new Error('down') }, /^closedOnly: down/],
    [{ geoblock: { blocked: true, country: 'XX' } }, /does not serve this place: .*"XX"/],
    [{ geoblock: 'what' }, /does not serve this place: what/],
    [{ time: '1760000060' }, /differ by 60 s/],
    [{ time: '1759999900' }, /differ by 99 s/],
    [{ time: 'noon' }, /clock/],
    [{ time: '' }, /clock/],
    [{ cash: 0 }, /holds no cash/],
    [{ allowance: 4 }, /^allowance: the exchange may take 4 of 5/],
    [{ allowance: undefined }, /^allowance: the exchange may take an unknown part of 5/],
    [{ feed: false }, /trade feed is not reachable/],
  ])('is refused: %j', async (world, reason) => {
    const problems = await problemsIn(world);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(reason);
  });

  test('is refused with everything at once', async () => {
    const problems = await problemsIn({
      confirmation: '',
      closedOnly: true,
      geoblock: {},
      time: '1',
      cash: 0,
      feed: false,
    });
    expect(problems).toHaveLength(6);
  });
});
