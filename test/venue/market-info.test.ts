import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../src/venue/http.ts';
import { createMarketReader, marketFrom } from '../../src/venue/market-info.ts';
import { type Answer, startHttpServer } from './http-server.ts';

const CONDITION = `0x${'C0'.repeat(32)}`;
const rules = {
  t: [
    { t: '111', o: 'Yes' },
    { t: '222', o: 'No' },
  ],
  mts: 0.01,
  mos: 5,
  nr: false,
  fd: { r: 0.04, e: 1, to: true },
  ao: true,
};
const names = {
  conditionId: CONDITION,
  question: 'Rain?',
  slug: 'rain',
  events: [{ slug: 'weather' }],
  closed: false,
  acceptingOrders: true,
  umaResolutionStatus: '',
  outcomePrices: '["0.4","0.6"]',
};

describe('a market', () => {
  test('takes its rules from the CLOB and its names from Gamma', () => {
    expect(marketFrom(CONDITION, rules, names, 9)).toEqual({
      conditionId: CONDITION.toLowerCase(),
      tokenIds: ['111', '222'],
      outcomes: ['Yes', 'No'],
      title: 'Rain?',
      slug: 'rain',
      eventSlug: 'weather',
      tickMicro: 10_000,
      minOrderSizeMicro: 5_000_000,
      negRisk: false,
      feeRate: 0.04,
      feeExponent: 1,
      acceptingOrders: true,
      closed: false,
      fetchedAtMs: 9,
    });
  });

  test.each<[string, object, object, object]>([
    ['no fee schedule is no fee', { fd: undefined }, {}, { feeRate: 0, feeExponent: 1 }],
    [
      'Gamma’s fee schedule stands in',
      { fd: null },
      { feeSchedule: { rate: 0.05, exponent: 2 } },
      { feeRate: 0.05, feeExponent: 2 },
    ],
    ['without an event it is its own', {}, { events: undefined }, { eventSlug: 'rain' }],
    ['an outcome may have no name', { t: [{ t: '1' }, { t: '2' }] }, {}, { outcomes: ['', ''] }],
    ['either side may say neg-risk', {}, { negRisk: true }, { negRisk: true }],
    ['either side may stop orders', { ao: false }, {}, { acceptingOrders: false }],
    ['Gamma too', {}, { acceptingOrders: false }, { acceptingOrders: false }],
    ['closed takes no orders', {}, { closed: true }, { closed: true, acceptingOrders: false }],
  ])('%s', (_, rule, name, expected) => {
    expect(marketFrom(CONDITION, { ...rules, ...rule }, { ...names, ...name }, 1)).toMatchObject(
      expected,
    );
  });

  test.each<[string, object]>([
    ['no tokens', { t: undefined }],
    ['three tokens', { t: [{ t: '1' }, { t: '2' }, { t: '3' }] }],
    ['a token without id', { t: [{ t: '1' }, 7] }],
    ['an empty id', { t: [{ t: '' }, { t: '2' }] }],
    ['a tick off every grid', { mts: 0.02 }],
    ['no tick', { mts: undefined }],
    ['no minimum size', { mos: 'few' }],
    ['a negative fee', { fd: { r: -1 } }],
    ['a fee above all', { fd: { r: 2 } }],
    ['a fee that is no number', { fd: { r: 'much' } }],
    ['an exponent beyond sense', { fd: { r: 0.1, e: 99 } }],
  ])('with %s is unknown, and so not tradable', (_, rule) => {
    expect(marketFrom(CONDITION, { ...rules, ...rule }, names, 1)).toBeUndefined();
  });

  test.each<[string, object, unknown]>([
    ['the first won', { outcomePrices: '["1","0"]' }, 0],
    ['the second won', { outcomePrices: '["0","1"]', umaResolutionStatus: 'resolved' }, 1],
    ['both get half', { outcomePrices: '["0.5","0.5"]', umaResolutionStatus: 'settled' }, 'split'],
    ['not paid out yet', { outcomePrices: '["0.7","0.3"]' }, undefined],
    ['disputed', { outcomePrices: '["1","0"]', umaResolutionStatus: 'disputed' }, undefined],
    ['a legacy market of zeros', { outcomePrices: '["0","0"]' }, undefined],
    ['no prices', { outcomePrices: null }, undefined],
    ['prices that are none', { outcomePrices: '"1"' }, undefined],
  ])('that is closed: %s', (_, name, resolution) => {
    const info = marketFrom(CONDITION, rules, { ...names, closed: true, ...name }, 1);
    expect(info?.resolution).toBe(resolution);
  });

  test('that is open has no resolution, whatever its prices', () => {
    const info = marketFrom(CONDITION, rules, { ...names, outcomePrices: '["1","0"]' }, 1);
    expect(info).not.toHaveProperty('resolution');
  });
});

describe('the reader', () => {
  const closers: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  async function reader(answers: Record<string, Answer>) {
    const server = await startHttpServer((url) => {
      const key = Object.keys(answers).find((path) =>
        `${url.pathname}${url.search}`.includes(path),
      );
      return key === undefined ? { status: 404, body: {} } : answers[key];
    });
    closers.push(() => server.close());
    const clob = createHttpClient(`${server.url}/clob`, 500);
    const gamma = createHttpClient(`${server.url}/gamma`, 500);
    closers.push(() => clob.close());
    closers.push(() => gamma.close());
    return createMarketReader(clob, gamma, () => 42);
  }
  const lookup = { body: { condition_id: CONDITION } };

  test('finds an open market', async () => {
    const found = await reader({
      '/gamma/markets/keyset?clob_token_ids=111': { body: { markets: [names] } },
      '/clob/markets-by-token/111': lookup,
      [`/clob/clob-markets/${CONDITION}`]: { body: rules },
    });
    expect(await found.byToken('111')).toMatchObject({ title: 'Rain?', fetchedAtMs: 42 });
  });

  test('asks for closed markets when none is open', async () => {
    const found = await reader({
      'closed=true': { body: { markets: [{ ...names, closed: true }] } },
      '/gamma/markets/keyset': { body: { markets: [] } },
      // The condition is in Gamma's answer as well.
      [`/clob/clob-markets/${CONDITION}`]: { body: rules },
    });
    expect(await found.byToken('111')).toMatchObject({ closed: true });
  });

  test('knows when there is no such token', async () => {
    expect(await (await reader({})).byToken('111')).toBeUndefined();
    const nameless = await reader({ '/clob/markets-by-token/111': lookup });
    expect(await nameless.byToken('111')).toBeUndefined();
  });

  test('cannot tell when the venue fails', async () => {
    const failing = await reader({ '/clob/markets-by-token': { status: 500, body: 'oops' } });
    await expect(failing.byToken('111')).rejects.toThrow('/markets-by-token/111: HTTP 500');
  });
});

const data = process.env['PMCP_TEST_DATA'] ?? '../shared/data';
const file = `${data}/real-trades/markets_gamma_real.ndjson.gz`;
describe.skipIf(!existsSync(file))('recorded Gamma markets', () => {
  test('all are understood, with the CLOB’s rules beside them', () => {
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    expect(lines.length).toBeGreaterThan(500);
    for (const line of lines) {
      const gamma = JSON.parse(line);
      const info = marketFrom(
        gamma.conditionId ?? CONDITION,
        { ...rules, fd: undefined },
        gamma,
        1,
      );
      expect(info, line.slice(0, 300)).toMatchObject({ title: gamma.question });
      expect(info?.feeRate).toBe(gamma.feeSchedule?.rate ?? 0);
    }
  });
});
