import secp256k1 from 'secp256k1';
import { addressOf } from '../core/eip712.ts';
import { ConfigError } from '../errors.ts';
import { keccak256 } from './keccak.ts';

/** A private key that signs 32-byte digests. The key itself stays in this closure. */
export interface SigningKey {
  /** Lower case. */
  readonly address: string;
  /** 65 bytes: r, s, v with v 27 or 28. */
  sign(digest: Uint8Array): Uint8Array;
  /** For the official client's own signer; never logged. */
  reveal(): `0x${string}`;
}

/** `hex` with or without 0x. The error never shows the key. */
export function createSigningKey(hex: string): SigningKey {
  const digits = hex.trim().replace(/^0x/, '');
  const bytes = /^[0-9a-fA-F]{64}$/.test(digits) ? Buffer.from(digits, 'hex') : Buffer.alloc(0);
  if (bytes.length !== 32 || !secp256k1.privateKeyVerify(bytes)) {
    throw new ConfigError('PRIVATE_KEY: not a private key (its value is not shown)', {
      hint: 'It is 64 hexadecimal digits, with or without 0x.',
    });
  }
  const address = addressOf(secp256k1.publicKeyCreate(bytes, false), keccak256);
  return {
    address,
    sign(digest) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, bytes);
      const full = new Uint8Array(65);
      full.set(signature);
      full[64] = 27 + recid;
      return full;
    },
    reveal: () => `0x${digits}`,
  };
}
