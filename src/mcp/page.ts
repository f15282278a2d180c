import { ToolFailure } from './definition.ts';

const PAGE = 50;

/**
 * Most characters of data in one answer of a tool, some 10,000 tokens: clients cut off or refuse
 * what is longer than 25,000, and the text beside the data says the same once more.
 */
export const MAX_CHARACTERS = 40_000;

/** One page of what a server offers; cursors are opaque, and checked when they come back. */
export function page<T>(items: readonly T[], cursor: string | undefined) {
  const start = cursor === undefined ? 0 : decodeCursor(cursor);
  return upTo(items, start, start + PAGE);
}

/** One page of an answer: at most `limit` items and, but for one item, MAX_CHARACTERS. */
export function answerPage<T>(items: readonly T[], cursor: string | undefined, limit: number) {
  const start = cursor === undefined ? 0 : decodeCursor(cursor);
  let end = start;
  let characters = 0;
  while (end < items.length && end - start < limit) {
    characters += JSON.stringify(items[end]).length;
    if (characters > MAX_CHARACTERS && end > start) break;
    end += 1;
  }
  return upTo(items, start, end);
}

function upTo<T>(items: readonly T[], start: number, end: number) {
  const next = end < items.length ? { nextCursor: encodeCursor(end) } : {};
  return { items: items.slice(start, end), ...next };
}

/** How a text says that there is more; empty when there is not. */
export function moreWith(nextCursor: string | undefined): string[] {
  return nextCursor === undefined ? [] : [`More: call again with cursor ${nextCursor}`];
}

export function encodeCursor(offset: number): string {
  return Buffer.from(`o${offset}`).toString('base64url');
}

export function decodeCursor(cursor: string): number {
  const match = /^o(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match || encodeCursor(Number(match[1])) !== cursor) {
    throw new ToolFailure(
      'invalid_cursor',
      'the cursor is not one of ours',
      'Leave the cursor out to start again.',
    );
  }
  return Number(match[1]);
}
