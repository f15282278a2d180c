/**
 * The byte layout of the venue's EIP-712 messages: what is hashed to get an order's id, and what a
 * wallet signs. Pure: the keccak-256 function is an argument, so that a signer and a verifier share
 * one layout and each bring their own native hash.
 */
import type { Side } from './trade.ts';

/** keccak-256; returns 32 bytes that the caller may keep. */
export type Keccak = (bytes: Uint8Array) => Uint8Array;

/** 0 EOA, 1 POLY_PROXY, 2 POLY_GNOSIS_SAFE, 3 POLY_1271 (deposit wallet). */
export type SignatureType = 0 | 1 | 2 | 3;

/** The signed part of an order. Numbers are safe integers, addresses 0x and 40 hex digits. */
export interface OrderFields {
  salt: number;
  maker: string;
  signer: string;
  /** Decimal, below 2^256. */
  tokenId: string;
  makerAmount: number;
  takerAmount: number;
  side: Side;
  signatureType: SignatureType;
  /** Milliseconds. */
  timestamp: number;
  /** 0x and 64 hex digits; 32 zero bytes when left out. */
  metadata?: string;
  builder?: string;
}

export interface OrderDomain {
  chainId: number;
  /** The exchange contract: neg-risk markets have their own. */
  verifyingContract: string;
}

export const ZERO_WORD = `0x${'00'.repeat(32)}`;

const ORDER_TYPE =
  'Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,' +
  'uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,' +
  'bytes32 builder)';
const WALLET_TYPE =
  'TypedDataSign(Order contents,string name,string version,uint256 chainId,' +
  `address verifyingContract,bytes32 salt)${ORDER_TYPE}`;
const DOMAIN_TYPE =
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const AUTH_DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId)';
const AUTH_TYPE = 'ClobAuth(address address,string timestamp,uint256 nonce,string message)';
const AUTH_MESSAGE = 'This message attests that I control the given wallet';

/**
 * Bytes of a POLY_1271 signature: signature, domain separator, struct hash, type string, length.
 */
export const WALLET_SIGNATURE_BYTES = 65 + 32 + 32 + ORDER_TYPE.length + 2;

const ascii = (text: string) => new TextEncoder().encode(text);

export function hexToBytes(hex: string, length: number): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex;
  if (digits.length !== length * 2 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new RangeError(`not ${length} bytes of hex: ${hex.slice(0, 80)}`);
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** A uint256 as 32 bytes, big endian. */
export function uintWord(value: bigint | number | string): Uint8Array {
  let rest = BigInt(value);
  if (rest < 0n || rest >> 256n !== 0n) throw new RangeError(`not a uint256: ${value}`);
  const word = new Uint8Array(32);
  const view = new DataView(word.buffer);
  for (let offset = 24; offset >= 0; offset -= 8) {
    view.setBigUint64(offset, BigInt.asUintN(64, rest));
    rest >>= 64n;
  }
  return word;
}

function addressWord(address: string): Uint8Array {
  const word = new Uint8Array(32);
  word.set(hexToBytes(address, 20), 12);
  return word;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Words of values that come again (tokens, addresses), so that they are converted once. */
function cached(convert: (text: string) => Uint8Array): (text: string) => Uint8Array {
  const words = new Map<string, Uint8Array>();
  return (text) => {
    let word = words.get(text);
    if (word) return word;
    // A bound against senders of endless new values; clearing is cheap, and rare.
    if (words.size >= 10_000) words.clear();
    word = convert(text);
    words.set(text, word);
    return word;
  };
}

/** `0x19 0x01 || domain separator || struct hash`, hashed. */
function digest(keccak: Keccak, separator: Uint8Array, structHash: Uint8Array): Uint8Array {
  return keccak(concat(Uint8Array.of(0x19, 1), separator, structHash));
}

export interface OrderHasher {
  readonly domainSeparator: Uint8Array;
  /** `orderHash` is the order id, for every signature type; EOA, proxy and safe sign it. */
  hash(order: OrderFields): { structHash: Uint8Array; orderHash: Uint8Array };
  /** What the EOA signs for a deposit wallet (type 3), which wraps the order's struct hash. */
  walletDigest(structHash: Uint8Array, wallet: string): Uint8Array;
  /** The 317-byte type 3 signature around the EOA's 65 bytes. */
  wrapWalletSignature(signature: Uint8Array, structHash: Uint8Array): Uint8Array;
}

/** Not re-entrant: reuses its buffers, so one call must end before the next (it is synchronous). */
export function createOrderHasher(domain: OrderDomain, keccak: Keccak): OrderHasher {
  const domainSeparator = keccak(
    concat(
      keccak(ascii(DOMAIN_TYPE)),
      keccak(ascii('Polymarket CTF Exchange')),
      keccak(ascii('2')),
      uintWord(domain.chainId),
      addressWord(domain.verifyingContract),
    ),
  );
  const struct = new Uint8Array(12 * 32);
  const view = new DataView(struct.buffer);
  struct.set(keccak(ascii(ORDER_TYPE)), 0);
  const framed = concat(Uint8Array.of(0x19, 1), domainSeparator, new Uint8Array(32));
  const wrapper = concat(
    keccak(ascii(WALLET_TYPE)),
    new Uint8Array(32),
    keccak(ascii('DepositWallet')),
    keccak(ascii('1')),
    uintWord(domain.chainId),
    new Uint8Array(64),
  );
  const tail = concat(ascii(ORDER_TYPE), Uint8Array.of(ORDER_TYPE.length >> 8, ORDER_TYPE.length));
  const token = cached(uintWord);
  const address = cached(addressWord);
  const word = cached((hex) => hexToBytes(hex, 32));

  const putNumber = (index: number, value: number) => {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a uint: ${value}`);
    view.setUint32(index * 32 + 24, Math.floor(value / 2 ** 32));
    view.setUint32(index * 32 + 28, value >>> 0);
  };
  const frame = (structHash: Uint8Array) => {
    framed.set(structHash, 34);
    return keccak(framed);
  };

  return {
    domainSeparator,
    hash(order) {
      putNumber(1, order.salt);
      struct.set(address(order.maker), 2 * 32);
      struct.set(address(order.signer), 3 * 32);
      struct.set(token(order.tokenId), 4 * 32);
      putNumber(5, order.makerAmount);
      putNumber(6, order.takerAmount);
      putNumber(7, order.side === 'BUY' ? 0 : 1);
      putNumber(8, order.signatureType);
      putNumber(9, order.timestamp);
      struct.set(word(order.metadata ?? ZERO_WORD), 10 * 32);
      struct.set(word(order.builder ?? ZERO_WORD), 11 * 32);
      const structHash = keccak(struct);
      return { structHash, orderHash: frame(structHash) };
    },
    walletDigest(structHash, wallet) {
      wrapper.set(structHash, 32);
      wrapper.set(address(wallet), 5 * 32);
      return frame(keccak(wrapper));
    },
    wrapWalletSignature: (signature, structHash) =>
      concat(signature, domainSeparator, structHash, tail),
  };
}

/**
 * The EOA's 65 bytes inside a type 3 signature; undefined unless everything around them is what
 * this order in this domain must carry.
 */
export function unwrapWalletSignature(
  wrapped: Uint8Array,
  hasher: OrderHasher,
  structHash: Uint8Array,
): Uint8Array | undefined {
  if (wrapped.length !== WALLET_SIGNATURE_BYTES) return undefined;
  const inner = wrapped.slice(0, 65);
  const expected = hasher.wrapWalletSignature(inner, structHash);
  return expected.every((byte, index) => byte === wrapped[index]) ? inner : undefined;
}

/** What a wallet signs to get or derive its API key (the L1 headers). */
export function authDigest(
  auth: { chainId: number; address: string; timestamp: string; nonce: number },
  keccak: Keccak,
): Uint8Array {
  const separator = keccak(
    concat(
      keccak(ascii(AUTH_DOMAIN_TYPE)),
      keccak(ascii('ClobAuthDomain')),
      keccak(ascii('1')),
      uintWord(auth.chainId),
    ),
  );
  const structHash = keccak(
    concat(
      keccak(ascii(AUTH_TYPE)),
      addressWord(auth.address),
      keccak(ascii(auth.timestamp)),
      uintWord(auth.nonce),
      keccak(ascii(AUTH_MESSAGE)),
    ),
  );
  return digest(keccak, separator, structHash);
}

/** The Ethereum address, lower case, of an uncompressed public key (65 bytes, first is 0x04). */
export function addressOf(publicKey: Uint8Array, keccak: Keccak): string {
  const hash = keccak(publicKey.slice(1));
  let hex = '0x';
  for (const byte of hash.subarray(12)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
