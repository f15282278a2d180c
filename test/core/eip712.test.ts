import fc from 'fast-check';
import { hashTypedData, keccak256 as viemKeccak } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  authDigest,
  createOrderHasher,
  hexToBytes,
  type Keccak,
  type OrderFields,
  type SignatureType,
  uintWord,
  unwrapWalletSignature,
  WALLET_SIGNATURE_BYTES,
} from '../../src/core/eip712.ts';
import { keccak256 } from '../../src/venue/keccak.ts';

const keccak: Keccak = (bytes) => viemKeccak(bytes, 'bytes');
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;

const types = {
  Order: [
    { name: 'salt', type: 'uint256' },
    { name: 'maker', type: 'address' },
    { name: 'signer', type: 'address' },
    { name: 'tokenId', type: 'uint256' },
    { name: 'makerAmount', type: 'uint256' },
    { name: 'takerAmount', type: 'uint256' },
    { name: 'side', type: 'uint8' },
    { name: 'signatureType', type: 'uint8' },
    { name: 'timestamp', type: 'uint256' },
    { name: 'metadata', type: 'bytes32' },
    { name: 'builder', type: 'bytes32' },
  ],
} as const;

const bytesHex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`);
const safe = fc.maxSafeNat();

const anyOrder = fc.record({
  salt: safe,
  maker: bytesHex(20),
  signer: bytesHex(20),
  tokenId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(String),
  makerAmount: safe,
  takerAmount: safe,
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  signatureType: fc.constantFrom<SignatureType>(0, 1, 2, 3),
  timestamp: safe,
  metadata: bytesHex(32),
  builder: bytesHex(32),
});

function oracle(order: OrderFields, chainId: number, verifyingContract: `0x${string}`): string {
  return hashTypedData({
    domain: { name: 'Polymarket CTF Exchange', version: '2', chainId, verifyingContract },
    types,
    primaryType: 'Order',
    message: {
      salt: BigInt(order.salt),
      maker: order.maker as `0x${string}`,
      signer: order.signer as `0x${string}`,
      tokenId: BigInt(order.tokenId),
      makerAmount: BigInt(order.makerAmount),
      takerAmount: BigInt(order.takerAmount),
      side: order.side === 'BUY' ? 0 : 1,
      signatureType: order.signatureType,
      timestamp: BigInt(order.timestamp),
      metadata: (order.metadata ?? `0x${'00'.repeat(32)}`) as `0x${string}`,
      builder: (order.builder ?? `0x${'00'.repeat(32)}`) as `0x${string}`,
    },
  });
}

describe('the order hash', () => {
  test('is what viem computes, for any order, chain and contract', () => {
    fc.assert(
      fc.property(anyOrder, fc.nat(), bytesHex(20), (order, chainId, verifyingContract) => {
        const hasher = createOrderHasher({ chainId, verifyingContract }, keccak);
        const expected = oracle(order, chainId, verifyingContract);
        expect(hex(hasher.hash(order).orderHash)).toBe(expected);
        // Reused buffers must not carry anything over from the order before.
        hasher.hash({ ...order, salt: 1, tokenId: '7', side: 'SELL' });
        expect(hex(hasher.hash(order).orderHash)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('metadata and builder are zero when left out', () => {
    const [order] = fc.sample(anyOrder, 1);
    if (!order) throw new Error('no sample');
    const { metadata: _m, builder: _b, ...bare } = order;
    const contract = `0x${'11'.repeat(20)}` as const;
    const hasher = createOrderHasher({ chainId: 31337, verifyingContract: contract }, keccak);
    expect(hex(hasher.hash(bare).orderHash)).toBe(oracle(bare, 31337, contract));
  });

  test.each([
    ['a negative amount', { makerAmount: -1 }],
    ['an amount that is not exact', { takerAmount: 2 ** 53 }],
    ['a fraction', { salt: 0.5 }],
    ['a token of 257 bits', { tokenId: (2n ** 256n).toString() }],
    ['a short address', { maker: '0x12' }],
    ['an address that is not hex', { signer: `0x${'zz'.repeat(20)}` }],
  ])('refuses %s', (_, change) => {
    const [order] = fc.sample(anyOrder, 1);
    if (!order) throw new Error('no sample');
    const hasher = createOrderHasher(
      { chainId: 1, verifyingContract: `0x${'11'.repeat(20)}` },
      keccak,
    );
    expect(() => hasher.hash({ ...order, ...change })).toThrow(RangeError);
  });

  test('stays right after more tokens than it remembers', () => {
    const [order] = fc.sample(anyOrder, 1);
    if (!order) throw new Error('no sample');
    const contract = `0x${'11'.repeat(20)}` as const;
    const hasher = createOrderHasher({ chainId: 1, verifyingContract: contract }, keccak256);
    for (let i = 0; i < 10_050; i++) hasher.hash({ ...order, tokenId: String(i) });
    expect(hex(hasher.hash(order).orderHash)).toBe(oracle(order, 1, contract));
  });
});

describe('a deposit wallet signature', () => {
  const contract = `0x${'22'.repeat(20)}` as const;
  const hasher = createOrderHasher({ chainId: 137, verifyingContract: contract }, keccak);
  const structHash = keccak(Uint8Array.of(1));
  const inner = new Uint8Array(65).fill(9);
  const wrapped = hasher.wrapWalletSignature(inner, structHash);

  test('comes apart into the signature it was made from', () => {
    expect(wrapped.length).toBe(WALLET_SIGNATURE_BYTES);
    expect(WALLET_SIGNATURE_BYTES).toBe(317);
    expect(unwrapWalletSignature(wrapped, hasher, structHash)).toEqual(inner);
  });

  test('is refused when any byte around the inner signature differs, or its length', () => {
    for (const index of [65, 97, 129, 316]) {
      const bad = wrapped.slice();
      bad[index] = (bad[index] ?? 0) ^ 1;
      expect(unwrapWalletSignature(bad, hasher, structHash)).toBeUndefined();
    }
    expect(unwrapWalletSignature(wrapped.slice(1), hasher, structHash)).toBeUndefined();
  });
});

test('the API key message is what viem hashes', () => {
  const address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
  const expected = hashTypedData({
    domain: { name: 'ClobAuthDomain', version: '1', chainId: 31337 },
    types: {
      ClobAuth: [
        { name: 'address', type: 'address' },
        { name: 'timestamp', type: 'string' },
        { name: 'nonce', type: 'uint256' },
        { name: 'message', type: 'string' },
      ],
    },
    primaryType: 'ClobAuth',
    message: {
      address,
      timestamp: '1764000000',
      nonce: 3n,
      message: 'This message attests that I control the given wallet',
    },
  });
  const auth = { chainId: 31337, address, timestamp: '1764000000', nonce: 3 };
  expect(hex(authDigest(auth, keccak))).toBe(expected);
});

test('an address comes from the last 20 bytes of the hashed public key', () => {
  const account = privateKeyToAccount(`0x${'12'.repeat(32)}`);
  expect(addressOf(hexToBytes(account.publicKey, 65), keccak)).toBe(account.address.toLowerCase());
});

test('a uint256 word refuses what does not fit', () => {
  expect(hex(uintWord(258))).toBe(`0x${'00'.repeat(30)}0102`);
  expect(() => uintWord(-1)).toThrow(RangeError);
});
