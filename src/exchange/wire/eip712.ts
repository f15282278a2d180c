import createKeccak from 'keccak';
import secp256k1 from 'secp256k1';

/** EIP-712 hashing and signature recovery, for checking what clients sign. */

export function keccak256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createKeccak('keccak256');
  for (const part of parts) hash.update(Buffer.from(part));
  return hash.digest();
}

/** `0x…` as bytes; the caller has checked that it is hex. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex');
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

/** An unsigned integer as a 32-byte word. */
export function word(value: bigint | number | string): Buffer {
  return Buffer.from(BigInt(value).toString(16).padStart(64, '0'), 'hex');
}

/** An address or bytes32 as a 32-byte word, padded on the left. */
export function hexWord(hex: string): Buffer {
  return Buffer.from(hex.slice(2).padStart(64, '0'), 'hex');
}

export interface Domain {
  name: string;
  version: string;
  chainId: number;
  verifyingContract?: string;
}

export function domainSeparator(domain: Domain): Buffer {
  const contract = domain.verifyingContract;
  const tail = contract === undefined ? '' : ',address verifyingContract';
  return keccak256(
    keccak256(`EIP712Domain(string name,string version,uint256 chainId${tail})`),
    keccak256(domain.name),
    keccak256(domain.version),
    word(domain.chainId),
    contract === undefined ? '' : hexWord(contract),
  );
}

export function typedDataDigest(separator: Uint8Array, structHash: Uint8Array): Buffer {
  return keccak256(Buffer.from([0x19, 0x01]), separator, structHash);
}

/** Signer of a 65-byte signature, lower case; undefined when it recovers to nobody. */
export function recover(digest: Uint8Array, signature: Uint8Array): string | undefined {
  if (signature.length !== 65) return undefined;
  const v = signature[64] ?? 0;
  const recovery = v >= 27 ? v - 27 : v;
  if (recovery > 1) return undefined;
  try {
    const key = secp256k1.ecdsaRecover(signature.subarray(0, 64), recovery, digest, false);
    return addressOfKey(key);
  } catch {
    return undefined;
  }
}

/** The address of an uncompressed public key. */
export function addressOfKey(key: Uint8Array): string {
  return hexOf(keccak256(key.subarray(1)).subarray(12));
}
