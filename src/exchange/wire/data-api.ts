import type { ActivityQuery, ActivityRow, ExchangePosition } from '../engine.ts';
import { isAddress } from './accounts.ts';
import { Refusal, type Route, type WireRequest } from './http.ts';
import { activityRow, breakRow, tradeRow } from './shapes/activity.ts';
import { closedPositionRow, positionRow } from './shapes/position.ts';
import type { Wire } from './wire.ts';

/** The Data API, version 1: history and holdings of any wallet, newest first. */

const MAX_LIMIT = 500;
/** Offsets beyond this are not refused but cut: the same page comes again. */
const MAX_OFFSET = 1000;
const MICRO_PER_UNIT = 1_000_000;

export function dataApiRoutes(wire: Wire): Route[] {
  const { engine } = wire;
  const get = (path: string, handle: (request: WireRequest) => unknown): Route => ({
    method: 'GET',
    path: `/data${path}`,
    handle: (request) => ({ body: handle(request) }),
  });
  const shown = (rows: ActivityRow[], shape: (row: ActivityRow) => object) =>
    rows.flatMap((row) => withFaults(wire, shape(row)));

  return [
    get('', () => ({ data: 'OK' })),
    get('/', () => ({ data: 'OK' })),
    get('/trades', (request) => {
      const takerOnly = request.query.get('takerOnly') !== 'false';
      const rows = history(wire, request, userOf(request, false), { type: 'TRADE', takerOnly });
      return shown(rows, (row) => tradeRow(engine, row));
    }),
    get('/activity', (request) => {
      const rows = history(wire, request, userOf(request, true), {});
      if (request.query.get('sortDirection') === 'ASC') rows.reverse();
      return shown(rows, (row) => activityRow(engine, row));
    }),
    get('/positions', (request) => positions(wire, request)),
    get('/closed-positions', (request) => {
      const closed = held(wire, request).filter((position) => position.sizeMicro === 0);
      return paged(closed, request, 50).flatMap((p) => closedPositionRow(engine, p) ?? []);
    }),
    get('/value', (request) => {
      const user = userOf(request, true);
      const rows = engine.positionsOf(user ?? '').flatMap((p) => positionRow(engine, p) ?? []);
      return [{ user, value: rows.reduce((sum, row) => sum + row.currentValue, 0) }];
    }),
    get('/traded', (request) => {
      const user = userOf(request, true);
      const rows = engine.activityOf(user, { type: 'TRADE' });
      return { user, traded: new Set(rows.map((row) => row.conditionId)).size };
    }),
  ];
}

function userOf({ query }: WireRequest, required: boolean): string | undefined {
  const user = query.get('user') ?? '';
  if (user === '' && !required) return undefined;
  if (!isAddress(user)) throw new Refusal(400, `user: ${JSON.stringify(user)} is not an address`);
  return user.toLowerCase();
}

/** A whole number of the query, cut to its bounds. */
function numberOf({ query }: WireRequest, key: string, fallback: number, max: number): number {
  const text = query.get(key);
  if (text === null || text === '') return fallback;
  if (!/^\d{1,15}$/.test(text)) {
    throw new Refusal(400, `${key}: ${JSON.stringify(text)} is not a whole number`);
  }
  return Math.min(Number(text), max);
}

function listOf({ query }: WireRequest, key: string): string[] {
  return query
    .getAll(key)
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '');
}

function history(
  wire: Wire,
  request: WireRequest,
  user: string | undefined,
  base: ActivityQuery,
): ActivityRow[] {
  const limit = numberOf(request, 'limit', 100, MAX_LIMIT);
  const offset = numberOf(request, 'offset', 0, MAX_OFFSET);
  const side = request.query.get('side');
  const start = numberOf(request, 'start', 0, Number.MAX_SAFE_INTEGER);
  const end = numberOf(request, 'end', 0, Number.MAX_SAFE_INTEGER);
  const late = wire.faults.active('late_rows', 'data');
  const markets = listOf(request, 'market');
  const types = listOf(request, 'type');
  const query: ActivityQuery = {
    ...base,
    ...((side === 'BUY' || side === 'SELL') && { side }),
    ...(start > 0 && { sinceMs: start * 1000 }),
    ...(end > 0 && { untilMs: end * 1000 + 999 }),
    ...(markets.length === 1 && { conditionId: markets[0] }),
  };
  const plain =
    !late && markets.length < 2 && types.length === 0 && !request.query.get('filterAmount');
  if (plain) return wire.engine.activityOf(user, { ...query, offset, limit });
  const hiddenAfterMs = late ? wire.clock.now() - late.ms : Number.POSITIVE_INFINITY;
  return wire.engine
    .activityOf(user, query)
    .filter(
      (row) =>
        row.timestampMs <= hiddenAfterMs &&
        (markets.length === 0 || markets.includes(row.conditionId)) &&
        (types.length === 0 || types.includes(row.type)) &&
        largeEnough(row, request),
    )
    .slice(offset, offset + limit);
}

function largeEnough(row: ActivityRow, { query }: WireRequest): boolean {
  const least = Number(query.get('filterAmount') ?? 0) * MICRO_PER_UNIT;
  const amount = query.get('filterType') === 'TOKENS' ? row.sizeMicro : row.usdcMicro;
  return !(amount < least);
}

function withFaults(wire: Wire, row: object): object[] {
  const broken = wire.faults.take('malformed_rows', 'data') ? breakRow(row) : row;
  return wire.faults.take('duplicated_rows', 'data') ? [broken, broken] : [broken];
}

function held(wire: Wire, request: WireRequest): ExchangePosition[] {
  const user = userOf(request, true) ?? '';
  const markets = listOf(request, 'market');
  return wire.engine
    .positionsOf(user)
    .filter((position) => markets.length === 0 || markets.includes(position.conditionId));
}

function positions(wire: Wire, request: WireRequest): object[] {
  const threshold = Number(request.query.get('sizeThreshold') ?? 1) * MICRO_PER_UNIT;
  const redeemable = request.query.get('redeemable');
  const mergeable = request.query.get('mergeable');
  const all = held(wire, request);
  const isMergeable = (position: ExchangePosition) =>
    all.some(
      (other) =>
        other.conditionId === position.conditionId &&
        other.tokenId !== position.tokenId &&
        Math.min(other.sizeMicro, position.sizeMicro) > 0,
    );
  const chosen = all.filter(
    (position) =>
      position.sizeMicro > 0 &&
      !(position.sizeMicro < threshold) &&
      (redeemable === null || String(position.redeemable) === redeemable) &&
      (mergeable === null || String(isMergeable(position)) === mergeable),
  );
  return paged(chosen, request, MAX_LIMIT).flatMap((position) => {
    const row = positionRow(wire.engine, position);
    return row ? { ...row, mergeable: isMergeable(position) } : [];
  });
}

function paged<T>(items: readonly T[], request: WireRequest, maxLimit: number): T[] {
  const limit = numberOf(request, 'limit', Math.min(100, maxLimit), maxLimit);
  const offset = numberOf(request, 'offset', 0, 10_000);
  return items.slice(offset, offset + limit);
}
