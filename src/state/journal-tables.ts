import type { TableSpec } from './journal-columns.ts';
import type { CursorRow, DecisionRow, OrderEventRow, OrderRow, TradeRow } from './journal-rows.ts';

export const DECISIONS: TableSpec<DecisionRow> = {
  name: 'decisions',
  fields: [
    'fillId',
    'wallet',
    'transactionHash',
    'ordinal',
    'source',
    'tokenId',
    'conditionId',
    'side',
    'sizeMicro',
    'priceMicro',
    'outcome',
    'title',
    'slug',
    'eventSlug',
    'tradedAtMs',
    'seenAtMs',
    'decidedAtMs',
    'result',
    'reason',
    'detail',
    'facts',
    'orderId',
  ],
  json: ['facts'],
};

export const ORDERS: TableSpec<OrderRow> = {
  name: 'orders',
  fields: [
    'orderId',
    'fillId',
    'kind',
    'wallet',
    'tokenId',
    'conditionId',
    'eventSlug',
    'side',
    'draft',
    'payload',
    'limitMicro',
    'reserveMicro',
    'reserveSharesMicro',
    'status',
    'filledSharesMicro',
    'filledUsdcMicro',
    'createdAtMs',
    'updatedAtMs',
  ],
  json: ['draft'],
};

export const ORDER_EVENTS: TableSpec<OrderEventRow> = {
  name: 'order_events',
  fields: ['orderId', 'atMs', 'kind', 'detail'],
};

export const TRADES: TableSpec<TradeRow> = {
  name: 'trades',
  fields: [
    'tradeId',
    'orderId',
    'tokenId',
    'conditionId',
    'side',
    'sizeMicro',
    'priceMicro',
    'feeMicro',
    'status',
    'matchedAtMs',
    'transactionHash',
    'updatedAtMs',
  ],
};

export const CURSORS: TableSpec<CursorRow> = {
  name: 'cursors',
  fields: ['wallet', 'baselineMs', 'watermarkMs'],
};
