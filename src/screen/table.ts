import type { Paint } from '../command.ts';
import { clean, cut, pad, width } from './cells.ts';
import type { Span } from './spans.ts';

export interface Column<Row> {
  title: string;
  align?: 'left' | 'right';
  /** Takes the room that the others leave, and is cut to it; at most one. */
  flexible?: boolean;
  cell(row: Row): string;
  tone?(row: Row): keyof Paint | undefined;
}

const GAP = 2;

/** Lines of a table in pieces, its heading first. Columns are as wide as their widest cell. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  columnsInAll = Number.MAX_SAFE_INTEGER,
): Span[][] {
  const texts = rows.map((row) => columns.map((column) => clean(column.cell(row))));
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...texts.map((cells) => width(cells[i] ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible);
  const all = widths.reduce((sum, one) => sum + one, GAP * (columns.length - 1));
  if (flexible >= 0 && all > columnsInAll) {
    const wished = widths[flexible] ?? 0;
    widths[flexible] = Math.max(MIN_FLEXIBLE, wished - (all - columnsInAll));
  }
  const line = (cells: readonly string[], toneOf: (i: number) => keyof Paint | undefined) =>
    columns.map((column, i): Span => {
      const cells_ = widths[i] ?? 0;
      const gap = i === 0 ? '' : ' '.repeat(GAP);
      return [gap + pad(cut(cells[i] ?? '', cells_), cells_, column.align), toneOf(i)];
    });
  return [
    line(
      columns.map((column) => column.title),
      () => 'dim',
    ),
    ...rows.map((row, r) => line(texts[r] ?? [], (i) => columns[i]?.tone?.(row))),
  ];
}

/** A column narrower than this says nothing; the line is cut at the edge instead. */
const MIN_FLEXIBLE = 8;
