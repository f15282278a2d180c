import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFeedRow } from '../../src/venue/feed-row.ts';

const wire = {
  proxyWallet: '0xEAC4393884C791715129239e3e584b7d74411f20',
  side: 'SELL',
  asset: '41582394514006358283904977545426180704223421959888008554250490906601013285995',
  conditionId: '0x200369a7fc4dad910665c5a77e1c0c0d16237f79c637928bf0c5112cac2db708',
  size: 307.69,
  price: 0.34999998482658917,
  timestamp: 1760084580,
  title: 'Will it rain?',
  slug: 'will-it-rain',
  eventSlug: 'rain',
  outcome: 'Yes',
  outcomeIndex: 0,
  transactionHash: '0xFDDF93e831fb22ec9c88864f919dbb5c337312975c60fdff63a542bc9d3069cf',
};

describe('a good row', () => {
  test('comes in integer micro units, names in lower case', () => {
    expect(parseFeedRow(wire, 'rtds_trades', 5, 7.5)).toEqual({
      row: {
        source: 'rtds_trades',
        wallet: wire.proxyWallet.toLowerCase(),
        transactionHash: wire.transactionHash.toLowerCase(),
        tokenId: wire.asset,
        conditionId: wire.conditionId,
        side: 'SELL',
        sizeMicro: 307_690_000,
        priceMicro: 350_000,
        tradedAtMs: 1_760_084_580_000,
        seenAtMs: 5,
        receivedTick: 7.5,
        outcome: 'Yes',
        outcomeIndex: 0,
        title: 'Will it rain?',
        slug: 'will-it-rain',
        eventSlug: 'rain',
      },
    });
  });

  test('may lack names, and may carry numbers as text', () => {
    const { title: _t, slug: _s, eventSlug: _e, outcome: _o, ...bare } = wire;
    const row = { ...bare, title: null, size: '5', price: '0.5', side: 'buy' };
    expect(parseFeedRow(row, 'data_api', 5)).toMatchObject({
      row: { title: '', slug: '', eventSlug: '', outcome: '', sizeMicro: 5_000_000, side: 'BUY' },
    });
  });
});

describe('a bad field is named, with what it was and what it may be', () => {
  test.each<[string, unknown, string]>([
    ['proxyWallet', '0x12', 'proxyWallet: "0x12" is not an address'],
    ['proxyWallet', null, 'proxyWallet: null is not an address'],
    ['transactionHash', '0x', 'transactionHash: "0x" is not a transaction hash'],
    ['asset', '', 'asset: "" is not a token id in decimal'],
    ['asset', 7, 'asset: 7 is not a token id in decimal'],
    ['asset', '0x12', 'asset: "0x12" is not a token id in decimal'],
    ['conditionId', undefined, 'conditionId: undefined is not 32 bytes of hex'],
    ['side', 'HOLD', 'side: "HOLD" is not BUY or SELL'],
    ['size', 0, 'size: 0 is not a number of shares above 0'],
    ['size', -3, 'size: -3 is not a number of shares above 0'],
    ['size', 'NaN', 'size: "NaN" is not a number of shares above 0'],
    ['size', 1e300, 'size: 1e+300 is not a number of shares above 0'],
    ['price', 0, 'price: 0 is not above 0 and at most 1'],
    ['price', 1.01, 'price: 1.01 is not above 0 and at most 1'],
    ['timestamp', 1_760_084_580_000, 'timestamp: 1760084580000 is not whole epoch seconds'],
    ['timestamp', '1760084580', 'timestamp: "1760084580" is not whole epoch seconds'],
    ['timestamp', 1760084580.5, 'timestamp: 1760084580.5 is not whole epoch seconds'],
    ['outcomeIndex', 999, 'outcomeIndex: 999 is not 0 or 1'],
  ])('%s %j', (field, value, reason) => {
    expect(parseFeedRow({ ...wire, [field]: value }, 'data_api', 1)).toEqual({ reason });
  });

  test('several at once are all named', () => {
    const parsed = parseFeedRow({ ...wire, side: '', price: 2 }, 'data_api', 1);
    expect(parsed).toEqual({
      reason: 'side: "" is not BUY or SELL; price: 2 is not above 0 and at most 1',
    });
  });

  test.each([null, 7, 'row', [wire], undefined])('%j is no row', (value) => {
    expect(parseFeedRow(value, 'data_api', 1)).toHaveProperty('reason');
  });
});

test('anything at all is either a row or a reason', () => {
  const field = fc.constantFrom(...Object.keys(wire));
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), (changes) => {
      const parsed = parseFeedRow({ ...wire, ...changes }, 'data_api', 1);
      const verdict = 'row' in parsed ? parsed.row.sizeMicro > 0 : parsed.reason !== '';
      expect(verdict).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

const data = process.env['PMCP_TEST_DATA'] ?? '../shared/data';
describe.skipIf(!existsSync(`${data}/real-trades/trades.ndjson.gz`))('recorded trades', () => {
  const lines = (name: string) =>
    gunzipSync(readFileSync(`${data}/real-trades/${name}.ndjson.gz`))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('all parse', () => {
    const rows = lines('trades');
    expect(rows.length).toBeGreaterThan(6_000);
    const reasons = rows.flatMap((row) => {
      const parsed = parseFeedRow(row, 'data_api', 1);
      return 'reason' in parsed ? [parsed.reason] : [];
    });
    expect(reasons).toEqual([]);
  });

  test('activity that is no trade is refused by its fields', () => {
    for (const row of lines('activity')) {
      const parsed = parseFeedRow(row, 'data_api', 1);
      expect('row' in parsed, JSON.stringify(row)).toBe(row.type === 'TRADE');
    }
  });
});
