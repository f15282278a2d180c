import { bytesOf, hexOf, keccak, PAPER_CHAIN_ID, recover } from './crypto.ts';

/** A signed EIP-1559 transaction, taken apart: who calls what. */
export interface RawTransaction {
  hash: string;
  from: string;
  nonce: number;
  to: string;
  /** Call data, hex. */
  data: string;
}

const EIP_1559 = 0x02;
/** Chain, nonce, two fees, gas, to, value, data, access list: what is signed. */
const SIGNED_FIELDS = 9;
const FIELDS = 12;

/** Undefined for anything but a well-formed, correctly signed transaction of the paper chain. */
export function parseRawTransaction(hex: unknown): RawTransaction | undefined {
  if (typeof hex !== 'string' || !/^0x([0-9a-fA-F]{2})+$/.test(hex)) return undefined;
  const bytes = bytesOf(hex);
  if (bytes[0] !== EIP_1559) return undefined;
  const outer = itemAt(bytes, 1);
  if (!outer || outer.end !== bytes.length || !outer.isList) return undefined;
  const items = itemsOf(bytes, outer);
  if (items?.length !== FIELDS) return undefined;
  const payload = items.map((item) => bytes.subarray(item.start, item.end));
  const [chain, nonce, , , , to, , data] = payload;
  if (!chain || !nonce || !to || !data) return undefined;
  if (numberOf(chain) !== PAPER_CHAIN_ID || to.length !== 20) return undefined;
  const signedEnd = items[SIGNED_FIELDS - 1]?.end ?? 0;
  const signed = bytes.subarray(outer.start, signedEnd);
  const digest = keccak(Buffer.concat([Buffer.from([EIP_1559]), listHeader(signed), signed]));
  const from = recover(digest, signatureOf(payload.slice(SIGNED_FIELDS)));
  if (from === undefined) return undefined;
  return {
    hash: hexOf(keccak(bytes)),
    from,
    nonce: numberOf(nonce),
    to: hexOf(to),
    data: hexOf(data),
  };
}

/** An RLP item: where its payload lies. */
interface Item {
  start: number;
  end: number;
  isList: boolean;
}

function itemAt(bytes: Buffer, at: number): Item | undefined {
  const head = bytes[at];
  if (head === undefined) return undefined;
  if (head < 0x80) return { start: at, end: at + 1, isList: false };
  const isList = head >= 0xc0;
  const short = head - (isList ? 0xc0 : 0x80);
  if (short <= 55) return within(bytes, { start: at + 1, end: at + 1 + short, isList });
  const lengthBytes = short - 55;
  const start = at + 1 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) return undefined;
  return within(bytes, { start, end: start + bytes.readUIntBE(at + 1, lengthBytes), isList });
}

function within(bytes: Buffer, item: Item): Item | undefined {
  return item.end <= bytes.length ? item : undefined;
}

function itemsOf(bytes: Buffer, list: Item): Item[] | undefined {
  const items: Item[] = [];
  let at = list.start;
  while (at < list.end && items.length <= FIELDS) {
    const item = itemAt(bytes, at);
    if (!item || item.end > list.end) return undefined;
    items.push(item);
    at = item.end;
  }
  return items;
}

function listHeader(payload: Buffer): Buffer {
  if (payload.length <= 55) return Buffer.from([0xc0 + payload.length]);
  const hex = payload.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0xf7 + length.length]), length]);
}

function signatureOf([parity, r, s]: readonly Buffer[]): Buffer {
  const padded = (part: Buffer | undefined) =>
    Buffer.concat([Buffer.alloc(Math.max(0, 32 - (part?.length ?? 0))), part ?? Buffer.alloc(0)]);
  return Buffer.concat([padded(r), padded(s), Buffer.from([numberOf(parity ?? Buffer.alloc(0))])]);
}

/** An RLP integer; beyond six bytes nothing here is meant. */
function numberOf(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  return bytes.length > 6 ? Number.NaN : bytes.readUIntBE(0, bytes.length);
}
