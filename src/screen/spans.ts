import type { Paint } from '../command.ts';
import { clean, cut, width } from './cells.ts';

/** A piece of text and its colour. Lines stay in pieces until they are cut to the screen. */
export type Span = readonly [text: string, tone?: keyof Paint];

/** Coloured text of at most `columns` cells; an ellipsis shows where something was cut. */
export function draw(spans: readonly Span[], paint: Paint, columns = Number.MAX_SAFE_INTEGER) {
  let room = columns;
  let line = '';
  for (const [raw, tone] of spans) {
    const text = clean(raw);
    const cells = width(text);
    const shown = cells <= room ? text : cut(text, room);
    line += tone && shown !== '' ? paint[tone](shown) : shown;
    room -= cells;
    if (room <= 0) break;
  }
  return line;
}

function cellsOf(spans: readonly Span[]): number {
  return spans.reduce((sum, [text]) => sum + width(clean(text)), 0);
}

/** The left part cut so that the right part stands whole at the right edge. */
export function spread(
  left: readonly Span[],
  right: readonly Span[],
  paint: Paint,
  columns: number,
): string {
  const needed = cellsOf(right);
  const room = columns - needed - 2;
  if (room < 10) return draw([...left, ['  '], ...right], paint, columns);
  const blanks = ' '.repeat(Math.max(2, columns - needed - cellsOf(left)));
  return draw(left, paint, room) + blanks + draw(right, paint);
}
