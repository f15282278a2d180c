import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, leadersOf } from '../../src/exchange/create-engine.ts';
import { openStore } from '../../src/exchange/store.ts';
import { START_MS, usd } from './lab.ts';

const DATA = join(process.env.PMCP_TEST_DATA ?? '../shared/data', 'real-trades');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'exchange-tape-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const play = (path: string) =>
  createEngine({ startMs: START_MS, seed: 5, scenario: `recorded:${path}` });

const fill = (fields: object) => ({
  proxyWallet: '0xAbC',
  side: 'BUY',
  asset: '7001',
  conditionId: '0xc1',
  size: 12.345678,
  price: 0.34999998,
  timestamp: 1_760_000_000,
  title: 'Will it snow?',
  slug: 'will-it-snow',
  eventSlug: 'snow',
  outcome: 'No',
  outcomeIndex: 1,
  name: 'Flake',
  ...fields,
});

const book = (at: number, bids: [number, number][], asks: [number, number][]) => ({
  event_type: 'book',
  asset_id: '8001',
  market: '0xc2',
  timestamp: String(1_778_000_000_000 + at),
  bids: bids.map(([price, size]) => ({ price: String(price), size: String(size) })),
  asks: asks.map(([price, size]) => ({ price: String(price), size: String(size) })),
});

describe('a recording of fills', () => {
  const rows = [
    fill({}),
    fill({}),
    fill({ timestamp: 1_760_000_001, side: 'SELL', size: 40 }),
    fill({ timestamp: 1_760_500_000, proxyWallet: '0xdef', size: 3, price: 0.9999 }),
  ];

  it('plays every fill with its wallet, token, side and size, identical ones too', () => {
    const engine = play(file('fills.ndjson', rows));
    engine.advance(START_MS + 12_000);
    const market = engine.market('0xc1');
    expect(market).toMatchObject({ question: 'Will it snow?', tickMicro: 1_000 });
    expect(market?.tokenIds[1]).toBe('7001');
    expect(market?.outcomes[1]).toBe('No');
    expect(
      engine
        .activityOf('0xabc')
        .reverse()
        .map((row) => [row.side, row.sizeMicro, row.priceMicro, row.outcomeIndex, row.taker]),
    ).toEqual([
      ['BUY', usd(12.34), 350_000, 1, true],
      ['BUY', usd(12.34), 350_000, 1, true],
      ['SELL', usd(40), 350_000, 1, true],
    ]);
    expect(engine.activityOf('0xdef')).toMatchObject([{ priceMicro: 999_000, sizeMicro: usd(3) }]);
    expect(engine.book('7001')?.asks.length).toBeGreaterThan(0);
    expect(engine.audit().problems).toEqual([]);
    engine.advance(START_MS + 60_000);
    expect(engine.market('0xc1')).toMatchObject({ closed: true, resolution: 1 });
  });

  it('its leaders are its busiest wallets', () => {
    const path = file('leaders.ndjson.gz', rows);
    expect(leadersOf(`recorded:${path}`, 1)).toEqual([
      { wallet: '0xabc', label: 'Flake' },
      { wallet: '0xdef', label: 'Flake' },
    ]);
  });

  it('goes on where it stopped', () => {
    const scenario = `recorded:${file('resume.ndjson', rows)}`;
    const path = join(folder, 'db', 'exchange.db');
    const open = (startMs: number) =>
      createEngine({ startMs, seed: 5, scenario, store: openStore(path) });
    const engine = open(START_MS);
    engine.advance(START_MS + 500);
    engine.close();
    const next = open(START_MS + 3_600_000);
    next.advance(START_MS + 3_620_000);
    expect(next.activityOf('0xabc')).toHaveLength(3);
    expect(next.activityOf('0xdef')).toHaveLength(1);
    expect(next.audit().problems).toEqual([]);
    next.close();
  });
});

describe('a recording of books', () => {
  const print = { event_type: 'last_trade_price', asset_id: '8001', market: '0xc2', side: 'BUY' };
  const rows = [
    book(
      0,
      [
        [0.4, 100],
        [0.45, 50],
      ],
      [
        [0.6, 80],
        [0.55, 20],
      ],
    ),
    { ...print, price: '0.55', size: '5', timestamp: '1778000001000' },
    book(2_000, [[0.4, 100]], [[0.56, 30]]),
    { ...book(2_500, [[0.4, 1]], [[0.7, 1]]), asset_id: '8002' },
  ];

  it('shows the books and prints the trades', () => {
    const engine = play(file('books.ndjson', rows));
    expect(engine.book('8001')).toMatchObject({
      bids: [
        { priceMicro: 400_000, sizeMicro: usd(100) },
        { priceMicro: 450_000, sizeMicro: usd(50) },
      ],
      asks: [
        { priceMicro: 600_000, sizeMicro: usd(80) },
        { priceMicro: 550_000, sizeMicro: usd(20) },
      ],
    });
    engine.advance(START_MS + 1_000);
    expect(engine.book('8001')).toMatchObject({ lastTradeMicro: 550_000 });
    engine.faults.frozen = true;
    engine.advance(START_MS + 1_900);
    engine.faults.frozen = false;
    engine.advance(START_MS + 3_000);
    expect(engine.book('8001')?.asks.map((level) => level.priceMicro)).toContain(560_000);
    expect(engine.marketOf('8002')?.conditionId).toBe('0xc2');
    expect(engine.audit().problems).toEqual([]);
  });

  it('has the usual leaders trade on them', () => {
    const path = file('traded.ndjson', [
      ...rows,
      ...Array.from({ length: 60 }, (_, n) => book(4_000 + n * 4_000, [[0.4, 900]], [[0.44, 900]])),
    ]);
    expect(leadersOf(`recorded:${path}`, 1).length).toBeGreaterThanOrEqual(5);
    const engine = play(path);
    engine.advance(START_MS + 120_000);
    const wallets = new Set(engine.leaders().map((leader) => leader.wallet));
    const traded = engine.activityOf(undefined).filter((row) => wallets.has(row.wallet));
    expect(traded.length).toBeGreaterThan(5);
  });
});

describe('a bad recording is refused by line', () => {
  it.each([
    ['text', 'no json', /line 1: .*JSON/],
    ['a number', '5', /line 1: not an object/],
    ['another object', '{"asset":"1"}', /line 1: neither a book/],
    ['a trade without a price', JSON.stringify(fill({ price: null })), /line 1: neither/],
    [
      'a print without a kind',
      JSON.stringify({ ...fill({}), proxyWallet: undefined }),
      /line 1: neither/,
    ],
    [
      'a book with a bad level',
      JSON.stringify({ ...book(0, [], []), bids: [{}] }),
      /line 1: neither/,
    ],
    ['a book without asks', JSON.stringify({ ...book(0, [], []), asks: 5 }), /line 1: neither/],
  ])('%s', (_name, line, problem) => {
    const path = join(folder, 'bad.ndjson');
    writeFileSync(path, line);
    expect(() => play(path)).toThrow(problem);
  });

  it('and a file that is not there by name', () => {
    expect(() => play('/nowhere/tape.ndjson')).toThrow(/recording \/nowhere\/tape.ndjson: ENOENT/);
  });
});

describe.skipIf(!existsSync(DATA))('recorded trades of the venue', () => {
  it('play whole: every row of the file becomes one fill of its wallet', {
    timeout: 60_000,
  }, () => {
    const engine = play(join(DATA, 'trades.ndjson.gz'));
    const [leader] = engine.leaders();
    engine.advance(START_MS + 12 * 3_600_000);
    expect(engine.activityOf(leader?.wallet, { takerOnly: true })).toHaveLength(3_973);
    expect(engine.audit().problems).toEqual([]);
  });
});
