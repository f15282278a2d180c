import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigningKey, type SigningKey } from './key.ts';

/** The key of the paper account: made once, kept in the data directory, worthless elsewhere. */
export function paperKey(dataDir: string): SigningKey {
  const path = join(dataDir, 'paper.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // Exclusive, so that two starts at once end with one key.
    writeFileSync(path, `0x${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return createSigningKey(readFileSync(path, 'utf8'));
}
