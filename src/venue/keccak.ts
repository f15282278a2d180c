import createKeccak from 'keccak';
import type { Keccak } from '../core/eip712.ts';

/** Native keccak-256; Node's own crypto does not have it in this release line. */
export const keccak256: Keccak = (bytes) =>
  createKeccak('keccak256')
    .update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest();
