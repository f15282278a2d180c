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
  const get = (path: string, handle: (request: WireRequest) => unknown): Route => ({
    method: 'GET',
    path: `/clob${path}`,
    handle: (request) => ({ body: handle(request) }),
  });
  const marketOf = ({ query }: WireRequest): ExchangeMarket => {
    const token = query.get('token_id') ?? '';
    if (!/^\d{1,78}$/.test(token)) throw new Refusal(400, 'Invalid token id');
    const market = engine.marketOf(token);
    if (!market) throw new Refusal(404, 'No orderbook exists for the requested token id');
    return market;
  };
  const conditionOf = ({ params }: WireRequest): ExchangeMarket => {
    const market = engine.market(params['condition'] ?? '');
    if (!market) throw new Refusal(404, 'market not found');
    return market;
  };
  const bestOf = (request: WireRequest) => {
    marketOf(request);
    const book = engine.book(request.query.get('token_id') ?? '');
    return {
      bid: book?.bids.at(-1)?.priceMicro ?? 0,
      ask: book?.asks.at(-1)?.priceMicro ?? MICRO,
      last: book?.lastTradeMicro,
    };
  };

  return [
    get('', () => 'OK'),
    get('/', () => 'OK'),
    get('/ok', () => 'OK'),
    get('/time', () => Math.floor(wire.clock.now() / 1000)),
    get('/version', () => ({ version: 2 })),
    get('/book', (request) => {
      marketOf(request);
      return bookOf(engine, request.query.get('token_id') ?? '');
    }),
    { method: 'POST', path: '/clob/books', handle: (request) => ({ body: books(wire, request) }) },
    get('/tick-size', (request) => ({ minimum_tick_size: marketOf(request).tickMicro / MICRO })),
    get('/neg-risk', (request) => ({ neg_risk: marketOf(request).negRisk })),
    get('/fee-rate', (request) => {
      marketOf(request);
      // A relic of the first version: the fee that counts is in clob-markets' `fd`.
      return { base_fee: 0 };
    }),
    get('/markets-by-token/:token', ({ params }) => {
      const market = engine.marketOf(params['token'] ?? '');
      if (!market) throw new Refusal(404, 'market not found');
      return {
        condition_id: market.conditionId,
        primary_token_id: market.tokenIds[0],
        secondary_token_id: market.tokenIds[1],
      };
    }),
    get('/clob-markets/:condition', (request) => clobMarketShort(conditionOf(request))),
    get('/markets/:condition', (request) => clobMarketLong(engine, conditionOf(request))),
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
