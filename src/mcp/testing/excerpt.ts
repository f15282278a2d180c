import { readFile } from 'node:fs/promises';
import type { Roots } from '../search/roots.ts';

const AROUND = 4;

/** The source around the first place inside the project that a failure names. */
export async function excerptFor(roots: Roots, message: string): Promise<string | undefined> {
  for (const [, path = '', line = ''] of message.matchAll(
    /([\w./@-]+\.(?:[cm]?[jt]sx?|py)):(\d+)/g,
  )) {
    if (path.includes('node_modules')) continue;
    const file = await roots.resolve(path).catch(() => undefined);
    if (file === undefined) continue;
    const lines = (await readFile(file, 'utf8')).split('\n');
    const at = Number(line);
    const first = Math.max(1, at - AROUND);
    return lines
      .slice(first - 1, at + AROUND)
      .map(
        (text, index) =>
          `${first + index === at ? '>' : ' '}${String(first + index).padStart(5)}  ${text}`,
      )
      .join('\n');
  }
  return undefined;
}
