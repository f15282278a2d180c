/** Which names are ours, and which key a wrong one was meant to be. */
import { type Key, keys, schema } from './schema.ts';

/** First words that other programs use too: a namespace begins with two words there. */
const COMMON_WORDS = new Set([
  'DAILY',
  'DATA',
  'DUPLICATE',
  'FEED',
  'FIXED',
  'HTTP',
  'LIVE',
  'PRIVATE',
  'STOP',
  'TAKE',
]);

/** `MCP_`, `MONITORING_`, `STOP_LOSS_` …: whatever begins so is meant for us. */
export const namespaces: readonly string[] = [
  ...new Set(
    keys.map((key) => {
      const words = key.split('_');
      const count = COMMON_WORDS.has(words[0] ?? '') ? 2 : 1;
      return `${words.slice(0, count).join('_')}_`;
    }),
  ),
];

/** `PRIVATE_KEY_FILE` names a file that holds PRIVATE_KEY. */
export function fileKeyOf(key: Key): string | undefined {
  return schema[key].kind === 'secret' ? `${key}_FILE` : undefined;
}

const names = new Set<string>(keys.flatMap((key) => [key, fileKeyOf(key) ?? key]));

export function isKnown(name: string): boolean {
  return names.has(name);
}

/**
 * Whether an unknown name was meant for us. In a file of ours a near miss is enough
 * (`DASBOARD_PORT` begins with nothing of ours); the environment holds other programs' names too.
 */
export function isOurs(name: string, place: 'file' | 'environment'): boolean {
  const upper = name.toUpperCase();
  if (namespaces.some((namespace) => name.startsWith(namespace)) || names.has(upper)) return true;
  return place === 'file' && distance(upper, nearest(upper)) <= 2;
}

/** The key that a wrong name was probably meant to be; undefined when none is near. */
export function suggestion(name: string): string | undefined {
  const upper = name.toUpperCase();
  const best = nearest(upper);
  return distance(upper, best) <= Math.max(2, Math.floor(upper.length / 4)) ? best : undefined;
}

function nearest(name: string): string {
  let best = '';
  let least = Number.POSITIVE_INFINITY;
  for (const known of names) {
    const edits = distance(name, known);
    if (edits < least) [best, least] = [known, edits];
  }
  return best;
}

/** Edit distance in which two swapped neighbours are one edit. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(at(row, j - 1) + 1, at(above, j) + 1, at(above, j - 1) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, at(before, j - 2) + 1);
      row.push(edits);
    }
    [before, above] = [above, row];
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
