import type { ExchangeOrder, ExchangeTrade } from '../engine.ts';
import type { Account } from './accounts.ts';
import { isRecord, jsonBody, Refusal, type Route, recordBody, type WireRequest } from './http.ts';
import { openOrder } from './shapes/order.ts';
import { accountTrade } from './shapes/trade.ts';
import type { Wire } from './wire.ts';

/** An account's own orders and trades: cancelling them, and reading them. */

const PAGE_SIZE = 100;
const END_CURSOR = 'LTE=';
/** The venue's limit of ids in one cancel. */
const MAX_CANCELS = 1000;

export function cancelRoutes(wire: Wire): Route[] {
  const { engine, auth } = wire;
  const cancel = (account: Account, ids: readonly string[]) => {
    const canceled: string[] = [];
    const notCanceled: Record<string, string> = {};
    for (const id of ids) {
      const result = engine.cancel(id, account.apiKey);
      if (result.ok) canceled.push(id);
      else notCanceled[id] = result.reason;
    }
    return { body: { canceled, not_canceled: notCanceled } };
  };

  return [
    {
      method: 'DELETE',
      path: '/clob/order',
      handle(request) {
        const account = auth.l2(request);
        const id = recordBody(request)['orderID'];
        if (typeof id !== 'string') throw new Refusal(400, 'Invalid orderID');
        return cancel(account, [id]);
      },
    },
    {
      method: 'DELETE',
      path: '/clob/orders',
      handle(request) {
        const account = auth.l2(request);
        return cancel(account, idsOf(jsonBody(request)));
      },
    },
    {
      method: 'DELETE',
      path: '/clob/cancel-all',
      handle(request) {
        const account = auth.l2(request);
        const ids = liveOrders(wire, account).map((order) => order.orderId);
        return cancel(account, ids);
      },
    },
    {
      method: 'DELETE',
      path: '/clob/cancel-market-orders',
      handle(request) {
        const account = auth.l2(request);
        const body = jsonBody(request);
        if (!isRecord(body)) throw new Refusal(400, 'Invalid payload: a JSON object is expected');
        const chosen = liveOrders(wire, account).filter(
          (order) =>
            fits(body['market'], order.conditionId) && fits(body['asset_id'], order.tokenId),
        );
        const ids = chosen.map((order) => order.orderId);
        return cancel(account, ids);
      },
    },
  ];
}

export function orderReadRoutes(wire: Wire): Route[] {
  const { engine, auth } = wire;
  return [
    {
      method: 'GET',
      path: '/clob/data/orders',
      handle(request) {
        const orders = liveOrders(wire, auth.l2(request)).filter((order) =>
          orderFits(order, request),
        );
        return { body: page(orders, request, (order) => openOrder(engine, order)) };
      },
    },
    {
      method: 'GET',
      path: '/clob/data/order/:id',
      handle(request) {
        const account = auth.l2(request);
        const order = engine.order(request.params['id'] ?? '');
        if (order?.owner !== account.apiKey) throw new Refusal(404, 'order not found');
        return { body: openOrder(engine, order) };
      },
    },
    {
      method: 'GET',
      path: '/clob/data/trades',
      handle(request) {
        const account = auth.l2(request);
        const trades = candidates(wire, account.apiKey, request).filter((trade) =>
          tradeFits(trade, request),
        );
        return {
          body: page(trades, request, (trade) => accountTrade(engine, trade, account.apiKey)),
        };
      },
    },
  ];
}

/** All that may fit: one by its id, or what is not too old. */
function candidates({ engine }: Wire, apiKey: string, { query }: WireRequest): ExchangeTrade[] {
  const id = query.get('id');
  if (!id) return engine.tradesOf(apiKey, Number(query.get('after') ?? 0) * 1000 || 0);
  const trade = engine.trade(id);
  if (!trade) return [];
  const isOurs =
    trade.takerOwner === apiKey || trade.makers.some((maker) => maker.owner === apiKey);
  return isOurs ? [trade] : [];
}

function liveOrders({ engine }: Wire, account: Account): ExchangeOrder[] {
  return engine.ordersOf(account.apiKey, 'LIVE');
}

function idsOf(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) {
    throw new Refusal(400, 'Invalid payload: an array of order ids is expected');
  }
  if (value.length > MAX_CANCELS) {
    throw new Refusal(400, `Invalid payload: ${value.length} ids, at most ${MAX_CANCELS}`);
  }
  return value;
}

function fits(wanted: unknown, value: string): boolean {
  return wanted === undefined || wanted === null || wanted === '' || wanted === value;
}

function orderFits(order: ExchangeOrder, { query }: WireRequest): boolean {
  return (
    fits(query.get('id'), order.orderId) &&
    fits(query.get('market'), order.conditionId) &&
    fits(query.get('asset_id'), order.tokenId)
  );
}

function tradeFits(trade: ExchangeTrade, { query }: WireRequest): boolean {
  const wallet = query.get('maker_address')?.toLowerCase();
  const seconds = Math.floor(trade.matchedAtMs / 1000);
  const before = query.get('before');
  const after = query.get('after');
  return (
    fits(query.get('id'), trade.id) &&
    fits(query.get('market'), trade.conditionId) &&
    fits(query.get('asset_id'), trade.tokenId) &&
    (!wallet || trade.taker === wallet || trade.makers.some((maker) => maker.maker === wallet)) &&
    (!before || seconds < Number(before)) &&
    (!after || seconds > Number(after))
  );
}

/** The venue's page envelope; the cursor is a base64 offset, `LTE=` is the end. */
function page<T>(items: readonly T[], { query }: WireRequest, shape: (item: T) => object) {
  const cursor = query.get('next_cursor') ?? '';
  const offset = cursor === END_CURSOR ? items.length : offsetOf(cursor);
  const data = items.slice(offset, offset + PAGE_SIZE).map(shape);
  const end = offset + data.length;
  return {
    data,
    next_cursor: end >= items.length ? END_CURSOR : Buffer.from(String(end)).toString('base64'),
    limit: PAGE_SIZE,
    count: data.length,
  };
}

function offsetOf(cursor: string): number {
  const text = Buffer.from(cursor || 'MA==', 'base64').toString();
  if (!/^\d{1,9}$/.test(text)) throw new Refusal(400, 'Invalid next_cursor');
  return Number(text);
}
