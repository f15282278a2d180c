import createKeccak from 'keccak';
import secp256k1 from 'secp256k1';
import { addressOf, createOrderHasher, type Keccak, type OrderHasher } from '../../core/eip712.ts';
import { EXCHANGE_CONTRACTS } from '../../core/wallets.ts';

/** Native hashing and signature recovery: what the exchange checks signatures with. */

/** Deliberately not Polygon's 137: an order signed for paper is worthless on the real venue. */
export const PAPER_CHAIN_ID = 31337;

export const keccak: Keccak = (bytes) =>
  createKeccak('keccak256').update(Buffer.from(bytes)).digest();

const hasherOf = (verifyingContract: string) =>
  createOrderHasher({ chainId: PAPER_CHAIN_ID, verifyingContract }, keccak);

export const orderHashers: { standard: OrderHasher; negRisk: OrderHasher } = {
  standard: hasherOf(EXCHANGE_CONTRACTS.standardExchange),
  negRisk: hasherOf(EXCHANGE_CONTRACTS.negRiskExchange),
};

/** First four bytes of a function's hash, as hex without 0x: how a call names its function. */
export function selectorOf(signature: string): string {
  return hexOf(keccak(Buffer.from(signature))).slice(2, 10);
}

/** `0x…` as bytes; the caller has checked that it is hex. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex');
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/** Signer of a 65-byte signature, lower case; undefined when it recovers to nobody. */
export function recover(digest: Uint8Array, signature: Uint8Array): string | undefined {
  if (signature.length !== 65) return undefined;
  const v = signature[64] ?? 0;
  const recovery = v >= 27 ? v - 27 : v;
  if (recovery > 1) return undefined;
  try {
    const key = secp256k1.ecdsaRecover(
      Uint8Array.from(signature.subarray(0, 64)),
      recovery,
      Uint8Array.from(digest),
      false,
    );
    return addressOf(key, keccak);
  } catch {
    return undefined;
  }
}
