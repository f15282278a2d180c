import { takerFee } from '../core/fees.ts';
import type { MarketInfo } from '../core/market.ts';
import { parseMicro } from '../core/money.ts';
import type { TradeStatus, VenueOrder, VenueTrade } from '../core/order.ts';
import type { Side } from '../core/trade.ts';
import { type Fields, isFields, listOf, textOf } from './json.ts';

/** Whose fills they are: our API key's id and our wallet, lower case. */
export interface Account {
  owner: string;
  wallet: string;
}

const TRADE_STATUSES: readonly TradeStatus[] = ['MINED', 'CONFIRMED', 'RETRYING', 'FAILED'];

/**
 * Status words come with or without TRADE_STATUS_, and new ones appear. One that we do not know is
 * provisional: only CONFIRMED books and only FAILED voids.
 */
export function tradeStatus(value: unknown): TradeStatus {
  const word = textOf(value)
    .toUpperCase()
    .replace(/^TRADE_STATUS_/, '');
  return TRADE_STATUSES.find((status) => status === word) ?? 'MATCHED';
}

const ORDER_STATUSES = ['MATCHED', 'DELAYED', 'UNMATCHED', 'INVALID'] as const;

/** An unknown word counts as live, which keeps what is reserved for the order. */
export function orderStatus(value: unknown): VenueOrder['status'] {
  const word = textOf(value)
    .toUpperCase()
    .replace(/^ORDER_STATUS_/, '');
  if (word.startsWith('CANCEL')) return 'CANCELED';
  return ORDER_STATUSES.find((status) => status === word) ?? 'LIVE';
}

/** Of REST or of the user socket; undefined when it names no order or its numbers are not ones. */
export function parseOrder(value: unknown): VenueOrder | undefined {
  if (!isFields(value)) return undefined;
  const orderId = textOf(value.id).toLowerCase();
  const side = sideOf(value.side);
  const originalSizeMicro = parseMicro(value.original_size);
  // Empty on the wire while nothing is matched.
  const matchedSizeMicro = value.size_matched ? parseMicro(value.size_matched) : 0;
  const priceMicro = parseMicro(value.price);
  if (orderId === '' || !side || originalSizeMicro === undefined) return undefined;
  if (matchedSizeMicro === undefined || priceMicro === undefined) return undefined;
  return {
    orderId,
    tokenId: textOf(value.asset_id),
    conditionId: textOf(value.market).toLowerCase(),
    side,
    status: orderStatus(value.status),
    originalSizeMicro,
    matchedSizeMicro,
    priceMicro,
    tradeIds: listOf(value.associate_trades).map(String),
  };
}

/**
 * Our parts of one trade: the taker's, or one for each of our maker orders in it. The venue tells
 * no fee, so it is the market's formula for the taker and nothing for a maker.
 */
export function parseTrade(
  value: unknown,
  account: Account,
  market: MarketInfo | undefined,
): VenueTrade[] {
  if (!isFields(value)) return [];
  const tradeId = textOf(value.id);
  const matchedAtMs = timeOf(value.match_time ?? value.matchtime);
  if (tradeId === '' || matchedAtMs === undefined) return [];
  const common = {
    tradeId,
    conditionId: textOf(value.market).toLowerCase(),
    status: tradeStatus(value.status),
    matchedAtMs,
    transactionHash: textOf(value.transaction_hash).toLowerCase(),
  };
  const parts = listOf(value.maker_orders)
    .filter(isFields)
    .filter((maker) => isOurs(maker, account))
    .map((maker) =>
      fillOf({ ...maker, side: makerSide(maker, value) }, maker.order_id, maker.matched_amount),
    );
  const role = textOf(value.trader_side).toUpperCase();
  if (role === 'TAKER' || (role !== 'MAKER' && isOurs(value, account))) {
    parts.push(fillOf(value, value.taker_order_id, value.size, market));
  }
  return parts.flatMap((part) => (part ? [{ ...common, ...part }] : []));
}

/** Left out at times: a maker of the same token stood opposite, of the other token on the side. */
function makerSide(maker: Fields, trade: Fields): unknown {
  if (maker.side !== undefined || maker.asset_id !== trade.asset_id)
    return maker.side ?? trade.side;
  return sideOf(trade.side) === 'BUY' ? 'SELL' : 'BUY';
}

function isOurs(fields: Fields, account: Account): boolean {
  return (
    textOf(fields.owner) === account.owner ||
    textOf(fields.maker_address).toLowerCase() === account.wallet
  );
}

function fillOf(fields: Fields, order: unknown, size: unknown, market?: MarketInfo) {
  const orderId = textOf(order).toLowerCase();
  const tokenId = textOf(fields.asset_id);
  const side = sideOf(fields.side);
  const sizeMicro = parseMicro(size);
  const priceMicro = parseMicro(fields.price);
  if (orderId === '' || tokenId === '' || !side || !sizeMicro || !priceMicro) return undefined;
  const feeMicro = market ? takerFee(sizeMicro, priceMicro, market.feeRate, market.feeExponent) : 0;
  return { orderId, tokenId, side, sizeMicro, priceMicro, feeMicro };
}

function sideOf(value: unknown): Side | undefined {
  const word = textOf(value).toUpperCase();
  return word === 'BUY' || word === 'SELL' ? word : undefined;
}

/** Epoch seconds or milliseconds as text or number, or an ISO date: all three occur. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number > 0)) return undefined;
  return number < 1e11 ? Math.round(number * 1000) : Math.round(number);
}
