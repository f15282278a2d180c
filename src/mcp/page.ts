import { ToolFailure } from './definition.ts';

const PAGE = 50;

/** One page of a list; cursors are opaque to clients and checked when they come back. */
export function page<T>(items: readonly T[], cursor: string | undefined, size = PAGE) {
  const start = cursor === undefined ? 0 : decodeCursor(cursor);
  const end = start + size;
  return {
    items: items.slice(start, end),
    nextCursor: end < items.length ? encodeCursor(end) : undefined,
  };
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
