import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { createDataApi, DataApiError } from '../../src/venue/data-api.ts';
import { joinPages } from '../../src/venue/data-pages.ts';
import { createHttpClient } from '../../src/venue/http.ts';
import type { QuarantinedRow } from '../../src/venue/port.ts';
import { type Answer, startHttpServer } from './http-server.ts';

const WALLET = `0x${'ab'.repeat(20)}`;
const T0 = 1_760_000_000;
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function row(index: number, change: object = {}) {
  return {
    proxyWallet: WALLET,
    side: 'BUY',
    asset: '123456',
    conditionId: `0x${'11'.repeat(32)}`,
    size: 1 + index,
    price: 0.5,
    timestamp: T0 + index,
    outcomeIndex: 0,
    transactionHash: `0x${index.toString(16).padStart(64, '0')}`,
    ...change,
  };
}

async function api(answer: (url: URL) => Answer | undefined) {
  const server = await startHttpServer(answer);
  closers.push(() => server.close());
  const http = createHttpClient(`${server.url}/data`, 1_000);
  closers.push(() => http.close());
  const quarantined: QuarantinedRow[] = [];
  const onQuarantine = (bad: QuarantinedRow) => void quarantined.push(bad);
  return { data: createDataApi({ http, clock: realClock, onQuarantine }), server, quarantined };
}

/** The venue: newest first, `start` and `end` inclusive, offsets clamped as the real one does. */
function history(rows: readonly object[], options: { clampAt?: number; grow?: object[] } = {}) {
  const all = [...rows].reverse() as { timestamp: number }[];
  return (url: URL): Answer => {
    const number = (name: string, otherwise: number) =>
      Number(url.searchParams.get(name) ?? otherwise);
    const offset = Math.min(number('offset', 0), options.clampAt ?? 1_000);
    const start = number('start', 0);
    const end = number('end', Number.POSITIVE_INFINITY);
    const found = all.filter(({ timestamp }) => timestamp >= start && timestamp <= end);
    const body = found.slice(offset, offset + number('limit', 100));
    for (const fresh of options.grow?.splice(0, 3) ?? []) all.unshift(fresh as never);
    return { body };
  };
}

describe('trades of a wallet', () => {
  test('are asked for as maker too, and come oldest first', async () => {
    const { data, server } = await api(history([row(1), row(2), row(3)]));
    const rows = await data.tradesOf(WALLET, (T0 + 2) * 1000);
    expect(rows.map(({ sizeMicro }) => sizeMicro)).toEqual([3_000_000, 4_000_000]);
    expect(rows[0]?.source).toBe('data_api');
    expect(server.requests).toEqual([
      `GET /data/trades?user=${WALLET}&takerOnly=false&limit=500&offset=0&start=${T0 + 2}`,
    ]);
  });

  test('older than asked for are left out, should the venue ignore `start`', async () => {
    const { data } = await api(() => ({ body: [row(9), row(1)] }));
    expect(await data.tradesOf(WALLET, (T0 + 5) * 1000)).toHaveLength(1);
  });

  test('with one bad field are set aside, and the rest of the page is kept', async () => {
    const foreign = row(4, { proxyWallet: `0x${'cd'.repeat(20)}` });
    const page = [row(5), row(3, { price: null }), 'junk', foreign, row(1)];
    const { data, quarantined } = await api(() => ({ body: page }));
    expect(await data.tradesOf(WALLET, 0)).toHaveLength(2);
    expect(quarantined.map(({ reason }) => reason)).toEqual([
      `proxyWallet: 0x${'cd'.repeat(20)} was not asked for`,
      'row: "junk" is not an object',
      'price: null is not above 0 and at most 1',
    ]);
  });

  test.each([501, 1_000, 1_480, 1_520, 2_345, 4_000])(
    '%d of them come whole, though pages and offsets are limited',
    async (count) => {
      const rows = Array.from({ length: count }, (_, index) => row(index));
      const { data } = await api(history(rows));
      const found = await data.tradesOf(WALLET, 0);
      expect(found.map(({ tradedAtMs }) => tradedAtMs / 1000 - T0)).toEqual(rows.map((_, i) => i));
    },
  );

  test('come whole when the venue clamps offsets earlier', async () => {
    const rows = Array.from({ length: 1_700 }, (_, index) => row(index));
    const { data } = await api(history(rows, { clampAt: 300 }));
    expect(await data.tradesOf(WALLET, 0)).toHaveLength(1_700);
  });

  test('that appear between two pages neither double nor hide others', async () => {
    const rows = Array.from({ length: 1_400 }, (_, index) => row(index));
    const grow = Array.from({ length: 9 }, (_, index) => row(1_400 + index));
    const { data } = await api(history(rows, { grow }));
    const found = await data.tradesOf(WALLET, 0);
    expect(found.map(({ tradedAtMs }) => tradedAtMs / 1000 - T0)).toEqual(rows.map((_, i) => i));
  });

  test('that are byte-identical stay as many as they are, also across pages', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => row(Math.floor(index / 2)));
    const { data } = await api(history(rows));
    expect(await data.tradesOf(WALLET, 0)).toHaveLength(1_200);
  });

  test('are refused as a whole when the pages do not fit together', async () => {
    let page = 0;
    const { data } = await api(() => {
      page += 1;
      return { body: Array.from({ length: 500 }, (_, index) => row(page * 1_000 - index)) };
    });
    await expect(data.tradesOf(WALLET, 0)).rejects.toThrow('its pages do not join');
  });

  test.each<[string, Answer, string, number | undefined]>([
    ['a refusal', { status: 500, body: 'oops' }, 'GET /trades: HTTP 500: oops', undefined],
    ['no list', { body: { data: [] } }, 'GET /trades: HTTP 200: {"data":[]}', undefined],
    ['no JSON', { body: '<html>' }, 'GET /trades: HTTP 200: <html>', undefined],
    ['the rate limit', { status: 429, body: '' }, 'GET /trades: HTTP 429: ', 10_000],
    [
      'the rate limit with a span',
      { status: 429, headers: { 'retry-after': '2' }, body: 'slow' },
      'GET /trades: HTTP 429: slow',
      2_000,
    ],
  ])('%s is an error', async (_, answer, message, pauseMs) => {
    const { data } = await api(() => answer);
    const error = await data.tradesOf(WALLET, 0).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataApiError);
    expect(error).toMatchObject({ message, pauseMs });
  });
});

test('positions come whole, dust too, and nonsense is left out', async () => {
  const position = (index: number) => ({
    asset: String(index + 1),
    conditionId: `0x${'AA'.repeat(32)}`,
    size: 0.01,
    redeemable: index === 0,
  });
  const all = [
    ...Array.from({ length: 600 }, (_, index) => position(index)),
    { ...position(0), size: 0 },
    { ...position(0), asset: null },
    { ...position(0), conditionId: 7 },
    null,
  ];
  const { data, server } = await api((url) => {
    const offset = Number(url.searchParams.get('offset'));
    return { body: all.slice(offset, offset + 500) };
  });
  const positions = await data.positionsOf(WALLET);
  expect(positions).toHaveLength(600);
  expect(positions[0]).toEqual({
    tokenId: '1',
    conditionId: `0x${'aa'.repeat(32)}`,
    sizeMicro: 10_000,
    redeemable: true,
  });
  expect(server.requests[0]).toContain('sizeThreshold=0');
});

test('pages join where they overlap, whatever is in them', () => {
  const rows = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 });
  fc.assert(
    fc.property(rows, rows, rows, (before, shared, after) => {
      const joined = joinPages([...before, ...shared], [...shared, ...after]);
      // Never more than all, never less than what any single page shows.
      expect(joined.length).toBeLessThanOrEqual(before.length + shared.length + after.length);
      expect(joined.slice(0, before.length + shared.length)).toEqual([...before, ...shared]);
      expect(joined.length).toBeGreaterThanOrEqual(shared.length + after.length);
    }),
  );
});
