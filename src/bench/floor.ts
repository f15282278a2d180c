import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import secp256k1 from 'secp256k1';
import { figure } from '../core/bench/figure.ts';
import { quantileOf } from '../core/bench/quantiles.ts';
import { pause } from './program.ts';

/** As often as the load copies a trade. */
const EVERY_MS = 50;
/** About what one durable intent appends to the write-ahead log. */
const RECORD = Buffer.alloc(32_768, 1);
/** Hashes in a row: some tenths of a millisecond. */
const HASHES = 300;
/** Worth nothing anywhere. */
const KEY = Buffer.alloc(32, 1);

/**
 * What disk and processor give to anybody at the pace of the load, in words: no order can be on its
 * way sooner than it is signed and its intent is on disk, and no tail is shorter than that of a
 * plain loop. Between two orders the processor forgets, so each step costs several times what it
 * costs in a loop of nothing else.
 */
export async function floorWords(
  directory: string,
  { times, signal }: { times: number; signal: AbortSignal },
): Promise<string> {
  const file = openSync(join(directory, 'floor.log'), 'a', 0o600);
  const syncs: number[] = [];
  const signatures: number[] = [];
  const loops: number[] = [];
  try {
    for (let n = 0; n < times; n += 1) {
      await pause(EVERY_MS, signal);
      signatures.push(timed(() => secp256k1.ecdsaSign(KEY, KEY)));
      syncs.push(
        timed(() => {
          writeSync(file, RECORD);
          fdatasyncSync(file);
        }),
      );
      loops.push(timed(hash));
    }
  } finally {
    closeSync(file);
  }
  return (
    `beneath it, at the same pace without any load: a bare signature ${spread(signatures)}, ` +
    `append and fdatasync ${spread(syncs)}, a plain loop ${spread(loops)}`
  );
}

function hash(): void {
  let digest: Buffer = Buffer.alloc(32);
  for (let n = 0; n < HASHES; n += 1) digest = createHash('sha256').update(digest).digest();
}

function timed(work: () => void): number {
  const tick = performance.now();
  work();
  return performance.now() - tick;
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `p50 ${figure(quantileOf(sorted, 0.5))}, p99 ${figure(quantileOf(sorted, 0.99))} ms`;
}
