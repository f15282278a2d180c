import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../house/source.ts';

/** The blocks of a document that a reader may type as they stand, in their order. */
export function executableBlocks(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
}
