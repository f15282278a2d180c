import { formatMicro, MICRO } from '../../core/money.ts';
import type { ExchangeMarket } from '../engine.ts';
import { isRecord, jsonBody, Refusal, type Route, type WireRequest } from './http.ts';
import { bookOf } from './shapes/book.ts';
import { clobMarketLong, clobMarketShort } from './shapes/market.ts';
import type { Wire } from './wire.ts';

/** The CLOB's public reads: no authentication. */

const MAX_BOOKS = 500;

export function marketReadRoutes(wire: Wire): Route[] {
  const { engine } = wire;
  return [
    get('', () => 'OK'),
    get('/', () => 'OK'),
    get('/ok', () => 'OK'),
    get('/time', () => Math.floor(wire.clock.now() / 1000)),
    get('/version', () => ({ version: 2 })),
    get('/book', (request) => {
      marketOf(wire, request);
      return bookOf(engine, request.query.get('token_id') ?? '');
    }),
    { method: 'POST', path: '/clob/books', handle: (request) => ({ body: books(wire, request) }) },
    get('/tick-size', (request) => ({
      minimum_tick_size: marketOf(wire, request).tickMicro / MICRO,
    })),
    get('/neg-risk', (request) => ({ neg_risk: marketOf(wire, request).negRisk })),
    get('/fee-rate', (request) => {
      marketOf(wire, request);
      // A relic of the first version: the fee that counts is in clob-markets' `fd`.
      return { base_fee: 0 };
    }),
    get('/markets-by-token/:token', ({ params }) => {
      const market = found(engine.marketOf(params['token'] ?? ''));
      return {
        condition_id: market.conditionId,
        primary_token_id: market.tokenIds[0],
        secondary_token_id: market.tokenIds[1],
      };
    }),
    get('/clob-markets/:condition', ({ params }) =>
      clobMarketShort(found(engine.market(params['condition'] ?? ''))),
    ),
    get('/markets/:condition', ({ params }) =>
      clobMarketLong(engine, found(engine.market(params['condition'] ?? ''))),
    ),
    ...priceRoutes(wire),
  ];
}

function priceRoutes(wire: Wire): Route[] {
  const bestOf = (request: WireRequest) => {
    marketOf(wire, request);
    const book = wire.engine.book(request.query.get('token_id') ?? '');
    return {
      bid: book?.bids.at(-1)?.priceMicro ?? 0,
      ask: book?.asks.at(-1)?.priceMicro ?? MICRO,
      last: book?.lastTradeMicro,
    };
  };
  return [
    get('/midpoint', (request) => {
      const { bid, ask } = bestOf(request);
      return { mid: formatMicro(Math.round((bid + ask) / 2)) };
    }),
    get('/price', (request) => {
      const side = request.query.get('side');
      if (side !== 'BUY' && side !== 'SELL') throw new Refusal(400, 'Invalid side');
      const { bid, ask } = bestOf(request);
      return { price: formatMicro(side === 'BUY' ? bid : ask) };
    }),
    get('/spread', (request) => {
      const { bid, ask } = bestOf(request);
      return { spread: formatMicro(ask - bid) };
    }),
    get('/last-trade-price', (request) => {
      const { last } = bestOf(request);
      return last === undefined
        ? { price: '0.5', side: '' }
        : { price: formatMicro(last), side: 'BUY' };
    }),
  ];
}

function get(path: string, handle: (request: WireRequest) => unknown): Route {
  return {
    method: 'GET',
    path: `/clob${path}`,
    handle: (request) => ({ body: handle(request) }),
  };
}

function marketOf({ engine }: Wire, { query }: WireRequest): ExchangeMarket {
  const token = query.get('token_id') ?? '';
  if (!/^\d{1,78}$/.test(token)) throw new Refusal(400, 'Invalid token id');
  const market = engine.marketOf(token);
  if (!market) throw new Refusal(404, 'No orderbook exists for the requested token id');
  return market;
}

function found(market: ExchangeMarket | undefined): ExchangeMarket {
  if (!market) throw new Refusal(404, 'market not found');
  return market;
}

/** Unknown tokens are left out, as the venue does. */
function books(wire: Wire, request: WireRequest) {
  const body = jsonBody(request);
  if (!Array.isArray(body) || body.length > MAX_BOOKS) {
    throw new Refusal(400, `Invalid payload: an array of at most ${MAX_BOOKS} is expected`);
  }
  return body.flatMap((entry: unknown) => {
    const token = isRecord(entry) ? entry['token_id'] : undefined;
    if (typeof token !== 'string') throw new Refusal(400, 'Invalid token id');
    return bookOf(wire.engine, token) ?? [];
  });
}
