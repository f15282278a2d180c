import { parseMicro } from '../core/money.ts';
import type { FeedSource, Side, TargetRow } from '../core/trade.ts';
import { isFields } from './json.ts';

export type ParsedRow = { row: TargetRow } | { reason: string };

const ADDRESS = /^0x[0-9a-f]{40}$/i;
const HASH = /^0x[0-9a-f]{64}$/i;
const TOKEN = /^[1-9]\d{0,77}$/;
const SIDE = /^(buy|sell)$/i;
/** Seconds: 2001 to 2286, so that neither milliseconds nor small numbers pass. */
const SECONDS = { min: 1e9, max: 1e10 };

/**
 * One row of a feed, RTDS payload or Data API trade, checked field by field. Each bad field gives
 * one reason, all of them joined; nothing is guessed or repaired.
 */
export function parseFeedRow(
  value: unknown,
  source: FeedSource,
  seenAtMs: number,
  receivedTick?: number,
): ParsedRow {
  if (!isFields(value)) return { reason: `row: ${shown(value)} is not an object` };
  const reasons: string[] = [];
  const bad = (field: string, allowed: string) => {
    reasons.push(`${field}: ${shown(value[field])} is not ${allowed}`);
  };
  const text = (field: string, pattern: RegExp, allowed: string) => {
    const found = value[field];
    if (typeof found === 'string' && pattern.test(found)) return found;
    bad(field, allowed);
    return '';
  };
  const wallet = text('proxyWallet', ADDRESS, 'an address');
  const transactionHash = text('transactionHash', HASH, 'a transaction hash');
  const tokenId = text('asset', TOKEN, 'a token id in decimal');
  const conditionId = text('conditionId', HASH, '32 bytes of hex');
  const side = text('side', SIDE, 'BUY or SELL').toUpperCase();
  const sizeMicro = parseMicro(value.size) ?? 0;
  if (sizeMicro === 0) bad('size', 'a number of shares above 0');
  const priceMicro = parseMicro(value.price) ?? 0;
  if (priceMicro === 0 || priceMicro > 1_000_000) bad('price', 'above 0 and at most 1');
  const seconds = value.timestamp;
  if (!isInteger(seconds, SECONDS.min, SECONDS.max)) bad('timestamp', 'whole epoch seconds');
  if (!isInteger(value.outcomeIndex, 0, 1)) bad('outcomeIndex', '0 or 1');
  if (reasons.length > 0) return { reason: reasons.join('; ') };
  const row: TargetRow = {
    source,
    wallet: wallet.toLowerCase(),
    transactionHash: transactionHash.toLowerCase(),
    tokenId,
    conditionId: conditionId.toLowerCase(),
    side: side as Side,
    sizeMicro,
    priceMicro,
    tradedAtMs: Number(seconds) * 1000,
    seenAtMs,
    outcome: label(value.outcome),
    outcomeIndex: Number(value.outcomeIndex),
    title: label(value.title),
    slug: label(value.slug),
    eventSlug: label(value.eventSlug),
  };
  if (receivedTick !== undefined) row.receivedTick = receivedTick;
  return { row };
}

function isInteger(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** Names for people: they may be missing, and are cut so that none floods a log. */
function label(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 500) : '';
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 100);
}
