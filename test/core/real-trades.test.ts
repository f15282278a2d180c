import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentKey, fillId } from '../../src/core/identity.ts';
import { parseMicro } from '../../src/core/money.ts';
import { createSightings, type Sightings } from '../../src/core/sightings.ts';
import type { TargetRow, TargetTrade } from '../../src/core/trade.ts';
import { row } from './support.ts';

const folder = join(process.env.PMCP_TEST_DATA ?? '../shared/data', 'real-trades');

/** A row as the Data API answers it; only what identity rests on. */
interface WireRow {
  proxyWallet: string;
  transactionHash: string;
  asset: string;
  side: 'BUY' | 'SELL';
  size: number;
  price: number;
  timestamp: number;
}

function wireRows(file: string): WireRow[] {
  const text = gunzipSync(readFileSync(join(folder, file))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WireRow);
}

function targetRow(wire: WireRow): TargetRow {
  return row({
    source: 'data_api',
    wallet: wire.proxyWallet.toLowerCase(),
    transactionHash: wire.transactionHash,
    tokenId: wire.asset,
    side: wire.side,
    sizeMicro: parseMicro(wire.size) ?? Number.NaN,
    priceMicro: parseMicro(wire.price) ?? Number.NaN,
    tradedAtMs: wire.timestamp * 1000,
  });
}

const read = (file: string) => wireRows(file).map(targetRow);
const live = (rows: readonly TargetRow[]) =>
  rows.map((one): TargetRow => ({ ...one, source: 'rtds_trades' }));

/** Pages of a raw file (newest first, as answered), each turned oldest first. */
function pages(file: string, length: number): TargetRow[][] {
  const rows = read(file);
  const cut: TargetRow[][] = [];
  for (let at = 0; at < rows.length; at += length) cut.push(rows.slice(at, at + length).reverse());
  return cut;
}

function idsOfPages(sightings: Sightings, all: readonly (readonly TargetRow[])[]): string[] {
  return all.flatMap((page) => sightings.seePage(page).map((fill) => fill.fillId));
}

function idsOfLive(sightings: Sightings, rows: readonly TargetRow[]): string[] {
  return rows.flatMap((one) => {
    const seen = sightings.seeLive(one);
    return typeof seen === 'string' ? [] : [seen.fillId];
  });
}

/** The ids that a multiset of rows must give: ordinals from 0 for each content. */
function idsOf(rows: readonly TargetRow[]): Set<string> {
  const counts = new Map<string, number>();
  const ids = rows.map((one) => {
    const key = contentKey(one);
    const ordinal = counts.get(key) ?? 0;
    counts.set(key, ordinal + 1);
    return fillId(one, ordinal);
  });
  return new Set(ids);
}

describe.skipIf(!existsSync(folder))('recorded trades, from the real-trades folder', () => {
  const all = existsSync(folder) ? read('trades.ndjson.gz') : [];
  const countOf = new Map<string, number>();
  for (const one of all) countOf.set(contentKey(one), (countOf.get(contentKey(one)) ?? 0) + 1);
  const pairWallet = all.find((one) => countOf.get(contentKey(one)) === 2)?.wallet;
  const paired = all.filter(({ wallet }) => wallet === pairWallet);

  it('case 1: byte-identical rows in one response are all fills', () => {
    expect(paired).toHaveLength(1000);
    const fills = createSightings().seePage(paired);
    expect(fills).toHaveLength(1000);
    expect(fills.filter(({ ordinal }) => ordinal === 1)).toHaveLength(32);
    expect(new Set(fills.map((fill) => fill.fillId)).size).toBe(1000);
  });

  it('case 1, live first: each content at once, the equal second fill when a response shows it', () => {
    const sightings = createSightings();
    const first = idsOfLive(sightings, live(paired));
    expect(first).toHaveLength(968);
    expect(idsOfLive(sightings, live(paired))).toEqual([]);
    const rest = idsOfPages(sightings, [paired]);
    expect(rest).toHaveLength(32);
    expect(new Set([...first, ...rest])).toEqual(idsOf(paired));
    expect(idsOfPages(sightings, [paired])).toEqual([]);
  });

  it('case 2: rows that overlapping pages repeat count once', () => {
    const cut = pages('raw/polybot_museumofbees_raw4pages.ndjson.gz', 1000);
    expect(cut.map((page) => page.length)).toEqual([1000, 1000, 1000, 1000]);
    const ids = idsOfPages(createSightings(), cut);
    expect(ids).toHaveLength(3973);
    expect(new Set(ids)).toEqual(idsOf(all.filter(({ wallet }) => wallet === cut[0]?.[0]?.wallet)));
    const oldestFirst = idsOfPages(createSightings(), cut.reverse());
    expect(new Set(oldestFirst)).toEqual(new Set(ids));
    expect(oldestFirst).toHaveLength(3973);
  });

  it('case 3: a page that comes eight times is one page', () => {
    const cut = pages('raw/ibalgo_nobel_raw10pages.ndjson.gz', 500);
    expect(cut).toHaveLength(10);
    const sightings = createSightings();
    const fresh = cut.map((page) => sightings.seePage(page).length);
    expect(fresh).toEqual([500, 500, 500, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('case 5: every size and price is kept apart in micro-units, dust and giants too', () => {
    const wire = wireRows('trades.ndjson.gz');
    const printed = new Set(
      wire.map((one) =>
        [
          one.transactionHash,
          one.proxyWallet,
          one.asset,
          one.side,
          String(one.size),
          String(one.price),
        ].join(),
      ),
    );
    expect(new Set(all.map(contentKey)).size).toBe(printed.size);
    expect(
      new Set(
        createSightings()
          .seePage(all)
          .map((fill) => fill.fillId),
      ).size,
    ).toBe(all.length);
    for (const { sizeMicro, priceMicro } of all) {
      expect(Number.isSafeInteger(sizeMicro) && sizeMicro > 0).toBe(true);
      expect(priceMicro > 0 && priceMicro < 1_000_000).toBe(true);
    }
    expect(Math.max(...all.map(({ sizeMicro }) => sizeMicro))).toBeGreaterThan(246_000_000_000);
    const long = wire.findIndex(({ price }) => String(price).length > 12);
    expect(all[long]?.priceMicro).toBe(Math.round((wire[long]?.price ?? 0) * 1e6));
  });

  it('case 7: the order of rows inside a second does not matter', () => {
    const seconds = Map.groupBy(all, ({ tradedAtMs }) => tradedAtMs);
    expect(all.length - seconds.size).toBeGreaterThan(2000);
    const turned = [...seconds.values()].flatMap((rows) => [...rows].reverse());
    expect(new Set(idsOfPages(createSightings(), [turned]))).toEqual(idsOf(all));
  });

  it('all at once: live rows lost and doubled, polls that overlap, a restart midway', () => {
    let sightings = createSightings();
    const journal: TargetTrade[] = [];
    for (let at = 0; at < paired.length; at += 50) {
      if (at === 500) {
        sightings = createSightings();
        for (const fill of journal) sightings.remember(fill);
      }
      const rows = live(paired.slice(at, at + 50)).filter((_, i) => i % 7 !== 3);
      for (const one of [...rows, ...rows.slice(0, 9)]) {
        const seen = sightings.seeLive(one);
        if (typeof seen === 'object') journal.push(seen);
      }
      journal.push(...sightings.seePage(paired.slice(Math.max(0, at - 30), at + 50)));
    }
    expect(journal).toHaveLength(1000);
    expect(new Set(journal.map((fill) => fill.fillId))).toEqual(idsOf(paired));
  });
});
