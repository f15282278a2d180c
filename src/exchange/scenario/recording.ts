import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Level } from '../../core/market.ts';
import { floorTo, MICRO, type PriceMicro, parseMicro } from '../../core/money.ts';
import type { Side } from '../../core/trade.ts';
import { ConfigError, reasonOf } from '../../errors.ts';
import type { ExchangeMarket, Leader } from '../engine.ts';
import { numberFrom, tokenFrom } from './listings.ts';

/** One row of a recording, at its time since the first one. */
export type TapeRow = { atMs: number; conditionId: string; tokenId: string } & (
  | { kind: 'book'; bids: Level[]; asks: Level[] }
  | { kind: 'print'; side: Side; priceMicro: PriceMicro; sizeMicro: number }
  | { kind: 'fill'; wallet: string; side: Side; priceMicro: PriceMicro; sizeMicro: number }
);

export interface Recording {
  rows: TapeRow[];
  markets: Map<string, TapeMarket>;
  /** Wallets with the most fills, best first; empty for a recording of books. */
  leaders: Leader[];
}

export interface TapeMarket {
  listing: ExchangeMarket;
  lastRowMs: number;
  /** The token of its first row: the first outcome's, unless rows say otherwise. */
  firstTokenId: string;
}

/** Silence between two rows is cut to this, so that a recording of months plays in hours. */
const LONGEST_SILENCE_MS = 5_000;
const LEADERS = 8;
const CRYPTO_FEE = 0.07;
const COARSE = 10_000;
const FINE = 1_000;

/**
 * Reads NDJSON, plain or gzip'd, of either kind: market-channel rows (`event_type` book or
 * last_trade_price) or Data API trades (`proxyWallet`, `side`, `asset`, ...). One bad line refuses
 * the file: a recording is no feed.
 */
export function readRecording(file: string): Recording {
  const rows: TapeRow[] = [];
  const markets = new Map<string, TapeMarket>();
  const counts = new Map<string, { name: string; fills: number }>();
  for (const [index, line] of linesOf(file).entries()) {
    const raw = parseLine(file, index, line);
    const row = tapeRow(raw);
    if (!row) throw badLine(file, index, 'neither a book, a trade print nor a trade');
    rows.push(row);
    noteMarket(markets, row, raw);
    if (row.kind === 'fill') {
      const count = counts.get(row.wallet) ?? { name: nameOf(raw), fills: 0 };
      count.fills++;
      counts.set(row.wallet, count);
    }
  }
  rows.sort((a, b) => a.atMs - b.atMs);
  retime(rows, markets);
  const top = [...counts].sort(([, a], [, b]) => b.fills - a.fills).slice(0, LEADERS);
  const leaders = top.map(([wallet, { name, fills }]) => ({
    wallet,
    name,
    style: `${fills} recorded fills`,
  }));
  return { rows, markets, leaders };
}

function linesOf(file: string): string[] {
  try {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    throw new ConfigError(`recording ${file}: ${reasonOf(error)}`, {
      hint: 'Give --scenario recorded:FILE an NDJSON file, plain or .gz.',
    });
  }
}

function badLine(file: string, index: number, what: string): ConfigError {
  return new ConfigError(`recording ${file}, line ${index + 1}: ${what}`, {
    hint: 'Every line is a book, a last_trade_price, or a trade of the Data API.',
  });
}

type Raw = Record<string, unknown>;

function parseLine(file: string, index: number, line: string): Raw {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Raw;
  } catch (error) {
    throw badLine(file, index, reasonOf(error));
  }
  throw badLine(file, index, 'not an object');
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const sideOf = (value: unknown): Side | undefined =>
  value === 'BUY' || value === 'SELL' ? value : undefined;

function tapeRow(raw: Raw): TapeRow | undefined {
  const tokenId = text(raw.asset_id) ?? text(raw.asset);
  const conditionId = text(raw.market) ?? text(raw.conditionId);
  const fill = raw.proxyWallet !== undefined;
  const atMs = Number(raw.timestamp) * (fill ? 1_000 : 1);
  if (!tokenId || !conditionId || !Number.isSafeInteger(atMs)) return undefined;
  const base = { atMs, conditionId, tokenId };
  if (raw.event_type === 'book') return bookRow(base, raw);
  const side = sideOf(raw.side);
  const priceMicro = parseMicro(raw.price);
  const sizeMicro = parseMicro(raw.size);
  if (!side || priceMicro === undefined || sizeMicro === undefined) return undefined;
  const wallet = text(raw.proxyWallet)?.toLowerCase();
  if (wallet) return { ...base, kind: 'fill', wallet, side, priceMicro, sizeMicro };
  return raw.event_type === 'last_trade_price'
    ? { ...base, kind: 'print', side, priceMicro, sizeMicro }
    : undefined;
}

function bookRow(
  base: { atMs: number; conditionId: string; tokenId: string },
  raw: Raw,
): TapeRow | undefined {
  const bids = levelsOf(raw.bids);
  const asks = levelsOf(raw.asks);
  return bids && asks ? { ...base, kind: 'book', bids, asks } : undefined;
}

function levelsOf(value: unknown): Level[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const levels: Level[] = [];
  for (const item of value as Raw[]) {
    const priceMicro = parseMicro(item.price);
    const sizeMicro = parseMicro(item.size);
    if (priceMicro === undefined || sizeMicro === undefined) return undefined;
    levels.push({ priceMicro, sizeMicro });
  }
  return levels;
}

const nameOf = (raw: Raw) => text(raw.name) ?? text(raw.pseudonym) ?? 'unnamed';

function noteMarket(markets: Map<string, TapeMarket>, row: TapeRow, raw: Raw): void {
  const known = markets.get(row.conditionId);
  const listing = known?.listing ?? newListing(row, raw);
  const market = known ?? { listing, lastRowMs: row.atMs, firstTokenId: row.tokenId };
  markets.set(row.conditionId, market);
  const index = placeOf(market, row, raw);
  const tokens: [string, string] = [...listing.tokenIds];
  tokens[index] = row.tokenId;
  listing.tokenIds = tokens;
  const outcome = text(raw.outcome);
  if (outcome)
    listing.outcomes =
      index === 0 ? [outcome, listing.outcomes[1]] : [listing.outcomes[0], outcome];
  const prices = row.kind === 'book' ? [...row.bids, ...row.asks] : [row];
  // Fills are averages over levels, so their decimals say nothing of the grid.
  const fine = row.kind === 'fill' || prices.some(({ priceMicro }) => priceMicro % COARSE !== 0);
  if (fine) listing.tickMicro = FINE;
}

/** Which outcome the row's token is: as the row says, or in the order of appearance. */
function placeOf(market: TapeMarket, row: TapeRow, raw: Raw): 0 | 1 {
  if (raw.outcomeIndex === 0 || raw.outcomeIndex === 1) return raw.outcomeIndex;
  return market.firstTokenId === row.tokenId ? 0 : 1;
}

function newListing(row: TapeRow, raw: Raw): ExchangeMarket {
  const slug = text(raw.slug) ?? `recorded-${row.conditionId.slice(2, 10)}`;
  const title = text(raw.title) ?? `Recorded market ${row.conditionId.slice(0, 10)}`;
  const eventSlug = text(raw.eventSlug) ?? slug;
  // Markets of a book recording without names are the five-minute crypto ones.
  const crypto = raw.slug === undefined || /updown|bitcoin|ethereum/.test(slug);
  return {
    id: numberFrom(row.conditionId, 7),
    conditionId: row.conditionId,
    tokenIds: [tokenFrom(`first:${row.conditionId}`), tokenFrom(`second:${row.conditionId}`)],
    outcomes: crypto ? ['Up', 'Down'] : ['Yes', 'No'],
    question: title,
    slug,
    eventId: numberFrom(eventSlug, 6),
    eventSlug,
    eventTitle: title,
    category: crypto ? 'crypto' : 'recorded',
    createdAtMs: 0,
    tickMicro: COARSE,
    minOrderSizeMicro: 5 * MICRO,
    negRisk: false,
    feeRate: crypto ? CRYPTO_FEE : 0,
    feeExponent: 1,
    secondsDelay: 0,
    endDateMs: 0,
    acceptingOrders: true,
    closed: false,
    resolution: undefined,
    closedAtMs: undefined,
  };
}

/** Times become spans since the first row, without long silences. */
function retime(rows: TapeRow[], markets: Map<string, TapeMarket>): void {
  let before = rows[0]?.atMs ?? 0;
  let now = 0;
  for (const row of rows) {
    now += Math.min(row.atMs - before, LONGEST_SILENCE_MS);
    before = row.atMs;
    row.atMs = now;
    const market = markets.get(row.conditionId);
    if (market) market.lastRowMs = now;
  }
}

/** The nearest price that an order can have. */
export function onGrid(price: PriceMicro, tick: PriceMicro): PriceMicro {
  const nearest = floorTo(price + tick / 2, tick);
  return Math.min(MICRO - tick, Math.max(tick, nearest));
}
