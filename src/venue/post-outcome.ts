import { parseMicro } from '../core/money.ts';
import type { PostOutcome } from '../core/order.ts';
import type { Side } from '../core/trade.ts';
import type { HttpReply } from './http.ts';
import { isFields, listOf, parseJson, textOf } from './json.ts';

/** Stable names of what the venue said, by its own words. The first that matches counts. */
const CODES: readonly [RegExp, string][] = [
  [/no orders found to match with FAK/i, 'fak_no_match'],
  [/FOK orders are fully filled or killed/i, 'fok_not_filled'],
  [/duplicated/i, 'duplicate'],
  [/the allowance is not enough/i, 'insufficient_allowance'],
  [/not enough balance/i, 'insufficient_balance'],
  [/breaks minimum tick size/i, 'invalid_tick'],
  [/lower than the minimum|min size/i, 'below_min'],
  [/max accuracy|invalid amounts/i, 'invalid_amounts'],
  [/crosses book/i, 'post_only_would_cross'],
  [/post-only mode|post_only_mode/i, 'post_only_mode'],
  [/cancel-only/i, 'cancel_only'],
  [/trading is currently disabled/i, 'trading_disabled'],
  [/closed only mode/i, 'closed_only'],
  [/address banned/i, 'banned'],
  [/deposit wallet flow|maker address not allowed/i, 'maker_not_allowed'],
  [/not yet ready/i, 'market_not_ready'],
  [/market (is )?(closed|resolved)|not accepting orders/i, 'market_closed'],
  [/(market|orderbook|token).*not found|no orderbook/i, 'market_not_found'],
  [/invalid signature/i, 'invalid_signature'],
  [/order_version_mismatch/i, 'order_version_mismatch'],
  [/invalid expiration/i, 'invalid_expiration'],
  [/invalid nonce/i, 'invalid_nonce'],
  [/order (owner|signer address) has to be/i, 'auth'],
  [/unauthorized|invalid api key|invalid l1/i, 'auth'],
  [/invalid order payload/i, 'invalid_payload'],
];

/** Words of an answer that is no refusal: the order may well be in the book. */
const UNDECIDED = /order match delayed|error delaying the order/i;

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'auth',
  403: 'region',
  425: 'restarting',
  429: 'rate_limited',
};

/** Refusals of the whole venue, answered with 503 and these words: the order was not taken. */
const REFUSED_503 = new Set(['post_only_mode', 'cancel_only', 'trading_disabled']);

/** The stable code of a refusal's text; `other` when its words are new to us. */
function codeOfText(text: string): string {
  return CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}

/**
 * What an answer to POST /order proves. Only an answer that says so is a rejection; everything that
 * cannot be understood is unknown, since the order may be live.
 */
export function outcomeOfReply(reply: HttpReply, orderId: string, side: Side): PostOutcome {
  const body = parseJson(reply.text);
  if (reply.status === 200) return outcomeOfAnswer(body, reply.text, orderId, side);
  const text = isFields(body) ? textOf(body.error) || textOf(body.errorMsg) : '';
  const known = BY_STATUS[reply.status];
  if (known) return rejected(known, text || `HTTP ${reply.status}`, reply.retryAfterMs);
  const code = codeOfText(`${text} ${isFields(body) ? textOf(body.code) : ''}`);
  if (reply.status === 503 && REFUSED_503.has(code)) {
    return rejected(code, text, reply.retryAfterMs ?? retryAfterOf(body));
  }
  if (reply.status >= 400 && reply.status < 500 && text !== '' && !UNDECIDED.test(text)) {
    return rejected(code, text, undefined);
  }
  return unknown(`HTTP ${reply.status}: ${excerpt(reply.text)}`);
}

function outcomeOfAnswer(body: unknown, text: string, orderId: string, side: Side): PostOutcome {
  if (!isFields(body)) return unknown(`HTTP 200 without JSON: ${excerpt(text)}`);
  const status = textOf(body.status).toLowerCase();
  const error = textOf(body.errorMsg);
  if (UNDECIDED.test(error)) return unknown(error);
  if (error !== '') return rejected(codeOfText(error), error, undefined);
  if (status === 'unmatched') return rejected('unmatched', 'unmatched', undefined);
  if (body.success === false) return rejected('other', excerpt(text), undefined);
  if (status !== 'matched' && status !== 'live' && status !== 'delayed') {
    return unknown(`status ${JSON.stringify(body.status)} is not known: ${excerpt(text)}`);
  }
  if (textOf(body.orderID).toLowerCase() !== orderId) {
    return unknown(`answered for order ${JSON.stringify(body.orderID)}, not for ${orderId}`);
  }
  // Amounts are empty while nothing is filled; making is what the order gave, taking what it got.
  const making = body.makingAmount ? parseMicro(body.makingAmount) : 0;
  const taking = body.takingAmount ? parseMicro(body.takingAmount) : 0;
  if (making === undefined || taking === undefined) {
    return unknown(`amounts are not decimals: ${excerpt(text)}`);
  }
  return {
    kind: 'accepted',
    status,
    filledSharesMicro: side === 'BUY' ? taking : making,
    filledUsdcMicro: side === 'BUY' ? making : taking,
    tradeIds: listOf(body.tradeIDs).map(String),
  };
}

function retryAfterOf(body: unknown): number | undefined {
  if (!isFields(body) || typeof body.retry_after_seconds !== 'number') return undefined;
  return body.retry_after_seconds * 1000;
}

function rejected(code: string, message: string, retryAfterMs: number | undefined): PostOutcome {
  return retryAfterMs === undefined
    ? { kind: 'rejected', code, message }
    : { kind: 'rejected', code, message, retryAfterMs };
}

function unknown(message: string): PostOutcome {
  return { kind: 'unknown', message };
}

function excerpt(text: string): string {
  return text.slice(0, 300);
}
