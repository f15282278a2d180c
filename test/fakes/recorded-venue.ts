import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type WebSocket, WebSocketServer } from 'ws';
import { startHttpServer } from '../venue/http-server.ts';

/** Where recorded rows of the real venue are; absent on most machines. */
export const RECORDINGS = join(process.env['PMCP_TEST_DATA'] ?? '../shared/data', 'real-trades');

/** A trade row as the real Data API answered it. */
export interface RecordedRow {
  proxyWallet: string;
  side: 'BUY' | 'SELL';
  asset: string;
  conditionId: string;
  size: number;
  price: number;
  timestamp: number;
  transactionHash: string;
}

interface RecordedMarket {
  conditionId: string;
  question: string;
  slug: string;
  eventSlug: string;
  outcomes: string;
  clobTokenIds: string;
  negRisk?: boolean;
}

export function readRows<Row = RecordedRow>(file: string): Row[] {
  const bytes = readFileSync(join(RECORDINGS, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

export interface RecordedVenueOptions {
  /** Oldest first. */
  rows: readonly RecordedRow[];
  now(): number;
  /** Rows reach the Data API so much later than the feed, clock ms. */
  lagMs: number;
  /** Rows of a wallet that come to be between two of its pages: they push everything down. */
  growth: number;
}

const MAX_LIMIT = 500;
const MAX_OFFSET = 1000;
const PRICE_STEP = 0.01;
/** A row is published at its second's end: its price is the book's by then. */
const LOOK_AHEAD_MS = 1000;

/**
 * The real venue as far as a recording knows it: the Data API pages newest first, with clamped
 * offsets and rows that arrive between two pages; the live feed is driven by the test. Books are
 * made up around the recorded prices, best level LAST, as the venue has them.
 */
export async function startRecordedVenue(options: RecordedVenueOptions) {
  const byWallet = Map.groupBy(options.rows, ({ proxyWallet }) => proxyWallet.toLowerCase());
  const markets = marketsByToken();
  const lastPrice = (tokenId: string) => {
    const nowMs = options.now();
    const of = ({ asset, timestamp }: RecordedRow) =>
      asset === tokenId && timestamp * 1000 <= nowMs + LOOK_AHEAD_MS;
    return options.rows.findLast(of)?.price ?? 0.5;
  };
  const pages: { offset: number; rows: number }[] = [];

  const trades = (query: URLSearchParams) => {
    const number = (key: string) => Number(query.get(key) ?? 0);
    const user = query.get('user') ?? '';
    const offset = Math.min(MAX_OFFSET, number('offset'));
    const newestMs = options.now() - options.lagMs;
    const end = query.has('end') ? number('end') : Number.POSITIVE_INFINITY;
    const list = (byWallet.get(user) ?? [])
      .filter(({ timestamp }) => timestamp * 1000 <= newestMs)
      .toReversed()
      .filter(({ timestamp }) => timestamp >= number('start') && timestamp <= end);
    // The newest rows come to be only after the first of several pages has been read.
    const isFirst = offset === 0 && !query.has('end') && list.length > MAX_LIMIT;
    const held = isFirst ? options.growth : 0;
    const page = list.slice(held + offset, held + offset + Math.min(MAX_LIMIT, number('limit')));
    pages.push({ offset, rows: page.length });
    return page;
  };

  const http = await startHttpServer(({ pathname, searchParams }) => {
    if (pathname === '/data/trades') return { body: trades(searchParams) };
    if (pathname === '/data/positions') return { body: [] };
    if (pathname === '/gamma/markets/keyset') {
      const market = markets.get(searchParams.get('clob_token_ids') ?? '');
      return { body: { markets: market ? [gammaOf(market)] : [] } };
    }
    const [, , kind, id = ''] = pathname.split('/');
    if (kind === 'markets-by-token') {
      const market = markets.get(id);
      return market ? { body: { condition_id: market.conditionId } } : { status: 404, body: {} };
    }
    if (kind === 'clob-markets') {
      const market = [...markets.values()].find(({ conditionId }) => conditionId === id);
      return market ? { body: rulesOf(market) } : { status: 404, body: {} };
    }
    if (kind === 'book') {
      const tokenId = searchParams.get('token_id') ?? '';
      return { body: bookOf(tokenId, lastPrice(tokenId)) };
    }
    return { status: 404, body: {} };
  });
  const sockets = new WebSocketServer({ server: http.server });
  const listeners = new Set<WebSocket>();
  sockets.on('connection', (socket, request) => {
    if (request.url === '/rtds') listeners.add(socket);
    socket.on('message', (data) => {
      if (data.toString() === 'PING') socket.send('PONG');
    });
    socket.on('close', () => listeners.delete(socket));
  });
  return {
    url: http.url,
    requests: http.requests,
    pages,
    /** One row on the live feed. */
    publish(row: object) {
      const message = { topic: 'activity', type: 'trades', timestamp: options.now(), payload: row };
      for (const socket of listeners) socket.send(JSON.stringify(message));
    },
    listening: () => listeners.size,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.close();
    },
  };
}

function marketsByToken(): Map<string, RecordedMarket> {
  const byToken = new Map<string, RecordedMarket>();
  for (const market of readRows<RecordedMarket>('markets.ndjson.gz')) {
    for (const tokenId of JSON.parse(market.clobTokenIds) as string[]) byToken.set(tokenId, market);
  }
  return byToken;
}

/** As it was while it traded. */
function gammaOf(market: RecordedMarket) {
  return {
    ...market,
    closed: false,
    acceptingOrders: true,
    outcomePrices: '["0.5", "0.5"]',
    events: [{ slug: market.eventSlug }],
  };
}

function rulesOf({ clobTokenIds, outcomes, negRisk }: RecordedMarket) {
  const names = JSON.parse(outcomes) as string[];
  const tokens = JSON.parse(clobTokenIds) as string[];
  return {
    t: tokens.map((tokenId, index) => ({ t: tokenId, o: names[index] })),
    mts: 0.001,
    mos: 5,
    nr: negRisk === true,
    ao: true,
  };
}

function bookOf(tokenId: string, price: number) {
  const levels = (away: 1 | -1) =>
    [3, 2, 1]
      .map((step) => price + (away * step * PRICE_STEP) / 10)
      .filter((level) => level > 0 && level < 1)
      .map((level) => ({ price: level.toFixed(3), size: '500' }));
  return { asset_id: tokenId, bids: levels(-1), asks: levels(1), hash: '', timestamp: '0' };
}
