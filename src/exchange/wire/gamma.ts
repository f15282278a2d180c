import type { ExchangeMarket } from '../engine.ts';
import { Refusal, type Route, type WireRequest } from './http.ts';
import { gammaMarket } from './shapes/market.ts';
import type { Wire } from './wire.ts';

/** Gamma: market metadata. Lists show open markets unless `closed` says otherwise. */

const MAX_LIMIT = 100;

export function gammaRoutes({ engine }: Wire): Route[] {
  const one = (market: ExchangeMarket | undefined) => {
    if (!market) throw new Refusal(404, 'market not found');
    return { body: gammaMarket(engine, market) };
  };
  return [
    {
      method: 'GET',
      path: '/gamma/markets/keyset',
      handle(request) {
        const { markets, next } = select(engine.markets(), request, 'after_cursor');
        const body = { markets: markets.map((market) => gammaMarket(engine, market)) };
        return { body: next === undefined ? body : { ...body, next_cursor: next } };
      },
    },
    {
      method: 'GET',
      path: '/gamma/markets',
      handle(request) {
        const { markets } = select(engine.markets(), request, 'offset');
        return { body: markets.map((market) => gammaMarket(engine, market)) };
      },
    },
    {
      method: 'GET',
      path: '/gamma/markets/slug/:slug',
      handle: ({ params }) =>
        one(engine.markets().find((market) => market.slug === params['slug'])),
    },
    {
      method: 'GET',
      path: '/gamma/markets/:id',
      handle: ({ params }) => one(engine.markets().find((market) => market.id === params['id'])),
    },
  ];
}

function select(all: readonly ExchangeMarket[], { query }: WireRequest, cursor: string) {
  const closed = query.get('closed') === 'true';
  const wanted = (key: string, values: readonly string[]) => {
    const list = query.getAll(key).flatMap((text) => text.split(','));
    return list.length === 0 || values.some((value) => list.includes(value));
  };
  const found = all.filter(
    (market) =>
      market.closed === closed &&
      wanted('condition_ids', [market.conditionId]) &&
      wanted('clob_token_ids', market.tokenIds) &&
      wanted('slug', [market.slug]) &&
      wanted('id', [market.id]),
  );
  const limit = Math.min(wholeNumber(query, 'limit', 20), MAX_LIMIT);
  const offset = wholeNumber(query, cursor, 0);
  const end = offset + limit;
  return {
    markets: found.slice(offset, end),
    next: end < found.length ? String(end) : undefined,
  };
}

function wholeNumber(query: URLSearchParams, key: string, fallback: number): number {
  const text = query.get(key) ?? String(fallback);
  if (!/^\d{1,9}$/.test(text)) {
    throw new Refusal(400, `${key}: ${JSON.stringify(text)} is not a whole number`);
  }
  return Number(text);
}
