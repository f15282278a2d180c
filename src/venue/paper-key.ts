import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigningKey, type SigningKey } from './key.ts';

/** The key of the paper account: made once, kept in the data directory, worthless elsewhere. */
export function paperKey(dataDir: string): SigningKey {
  const path = join(dataDir, 'paper.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) createKeyFile(path);
  return createSigningKey(readFileSync(path, 'utf8'));
}

/** Whole or not at all; a link does not replace, so two starts at once end with one key. */
function createKeyFile(path: string): void {
  const whole = `${path}.${process.pid}`;
  try {
    writeFileSync(whole, `0x${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true });
    linkSync(whole, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(whole, { force: true });
  }
}
