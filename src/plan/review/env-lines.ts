import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadLines } from './env-diff.ts';

/** Of the `.env` files in a directory; only lines that are to be changed leave this program. */
export function readLines(directory: string): ReadLines {
  return (name) => {
    try {
      const lines = readFileSync(join(directory, name), 'utf8').split('\n');
      return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
    } catch {
      return undefined;
    }
  };
}
