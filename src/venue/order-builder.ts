import { randomFillSync } from 'node:crypto';
import { createOrderHasher, type SignatureType, ZERO_WORD } from '../core/eip712.ts';
import type { OrderDraft, SignedOrder } from '../core/order.ts';
import { keccak256 } from './keccak.ts';
import type { SigningKey } from './key.ts';

export interface OrderBuilderOptions {
  chainId: number;
  /** Exchange contracts: orders of neg-risk markets are signed for their own. */
  contracts: { standardExchange: string; negRiskExchange: string };
  key: SigningKey;
  /** Whose cash is traded, with its checksum case. */
  funder: string;
  /** Address of the key, with its checksum case. */
  signer: string;
  signatureType: SignatureType;
  /** The API key's id: it is in the body that is posted, though not signed. */
  owner: string;
  /** Integers of 53 bits; random unless a test compares bytes. */
  salt?: () => number;
}

/**
 * Builds and signs an order in one synchronous step, byte for byte as the official client does, and
 * returns the whole body of POST /order: the only bytes that are ever sent for it.
 */
export function createOrderBuilder(
  options: OrderBuilderOptions,
): (draft: OrderDraft, timestampMs: number) => SignedOrder {
  const { chainId, contracts, key, signatureType } = options;
  const standard = createOrderHasher(
    { chainId, verifyingContract: contracts.standardExchange },
    keccak256,
  );
  const negRisk = createOrderHasher(
    { chainId, verifyingContract: contracts.negRiskExchange },
    keccak256,
  );
  const salt = options.salt ?? randomSalts();
  // A deposit wallet is its own signer on the wire: the key signs in its name.
  const signer = signatureType === 3 ? options.funder : options.signer;

  return (draft, timestampMs) => {
    const hasher = draft.negRisk ? negRisk : standard;
    const fields = {
      salt: salt(),
      maker: options.funder,
      signer,
      tokenId: draft.tokenId,
      makerAmount: draft.makerAmountMicro,
      takerAmount: draft.takerAmountMicro,
      side: draft.side,
      signatureType,
      timestamp: timestampMs,
    };
    const { structHash, orderHash } = hasher.hash(fields);
    const signature =
      signatureType === 3
        ? hasher.wrapWalletSignature(
            key.sign(hasher.walletDigest(structHash, options.funder)),
            structHash,
          )
        : key.sign(orderHash);
    const body = {
      deferExec: false,
      order: {
        builder: ZERO_WORD,
        expiration: '0',
        maker: fields.maker,
        makerAmount: String(fields.makerAmount),
        metadata: ZERO_WORD,
        salt: fields.salt,
        side: fields.side,
        signature: hex(signature),
        signatureType,
        signer,
        takerAmount: String(fields.takerAmount),
        timestamp: String(timestampMs),
        tokenId: draft.tokenId,
      },
      orderType: draft.orderType,
      owner: options.owner,
    };
    return { orderId: hex(orderHash), payload: JSON.stringify(body) };
  };
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** Random integers of 53 bits (the salt travels as a JSON number), from a pool of random bytes. */
function randomSalts(): () => number {
  const pool = new Uint32Array(512);
  let next = pool.length;
  return () => {
    if (next >= pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const high = (pool[next] ?? 0) & 0x1fffff;
    const low = pool[next + 1] ?? 0;
    next += 2;
    return high * 2 ** 32 + low;
  };
}
