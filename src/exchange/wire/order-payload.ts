import type { OrderFields } from '../../core/eip712.ts';
import type { OrderType } from '../../core/order.ts';
import { isAddress } from './accounts.ts';
import { isRecord, Refusal } from './http.ts';

/** The body of `POST /order`, checked for form. */
export interface OrderPayload {
  order: OrderFields & { signature: string /** Seconds, `0` for none. */; expiration: string };
  owner: string;
  orderType: OrderType;
  postOnly: boolean;
}

/** Largest unsigned 256-bit integer has 78 digits. */
const UINT = /^\d{1,78}$/;
const BYTES32 = /^0x[0-9a-fA-F]{64}$/;

type Rule = readonly [field: string, sound: (value: unknown) => boolean, allowed: string];
const text = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value);
const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const address = (value: unknown) => typeof value === 'string' && isAddress(value);
const amount = (value: unknown) =>
  typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));

const ORDER_RULES: readonly Rule[] = [
  ['salt', (v) => Number.isSafeInteger(v) && Number(v) >= 0, 'an integer below 2^53'],
  ['maker', address, 'an address'],
  ['signer', address, 'an address'],
  ['tokenId', text(UINT), 'a decimal string'],
  ['makerAmount', amount, 'a positive decimal string'],
  ['takerAmount', amount, 'a positive decimal string'],
  ['side', oneOf('BUY', 'SELL'), 'BUY or SELL'],
  ['signatureType', oneOf(0, 1, 2, 3), '0 to 3'],
  ['expiration', text(/^\d{1,12}$/), 'seconds as a decimal string'],
  ['timestamp', text(/^\d{1,15}$/), 'milliseconds as a decimal string'],
  ['metadata', text(BYTES32), '32 bytes of hex'],
  ['builder', text(BYTES32), '32 bytes of hex'],
  ['signature', text(/^0x([0-9a-fA-F]{2}){1,1024}$/), 'hex'],
];
const BODY_RULES: readonly Rule[] = [
  ['owner', text(/^[0-9a-fA-F-]{1,64}$/), 'an API key'],
  ['orderType', oneOf('GTC', 'GTD', 'FOK', 'FAK'), 'GTC, GTD, FOK or FAK'],
  ['postOnly', oneOf(undefined, true, false), 'a boolean'],
  ['deferExec', oneOf(undefined, true, false), 'a boolean'],
];

export function parseOrder(value: unknown): OrderPayload {
  if (!isRecord(value) || !isRecord(value['order'])) {
    throw new Refusal(400, 'Invalid order payload');
  }
  const order = value['order'];
  // The first exchange version signed these; its orders must never be taken for ours.
  if ('feeRateBps' in order || 'nonce' in order) throw new Refusal(400, 'order_version_mismatch');
  check(order, ORDER_RULES);
  check(value, BODY_RULES);
  // Every field was just checked by its rule.
  const fields = order as unknown as OrderPayload['order'];
  const body = value as unknown as OrderPayload;
  return {
    order: {
      ...fields,
      makerAmount: Number(fields.makerAmount),
      takerAmount: Number(fields.takerAmount),
      timestamp: Number(fields.timestamp),
    },
    owner: body.owner,
    orderType: body.orderType,
    postOnly: body.postOnly === true,
  };
}

function check(record: Record<string, unknown>, rules: readonly Rule[]): void {
  for (const [field, sound, allowed] of rules) {
    if (sound(record[field])) continue;
    const received = JSON.stringify(record[field])?.slice(0, 100);
    throw new Refusal(400, `Invalid order payload: ${field} ${received} is not ${allowed}`);
  }
}
