/** A review as plain blocks, which Markdown and HTML are views of. */
import type { Chart } from './chart.ts';

export type Tone = 'good' | 'warn' | 'bad';

export type Cell = string | { text: string; tone: Tone };

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'table'; head: string[]; rows: Cell[][] }
  | { kind: 'chart'; chart: Chart }
  | { kind: 'code'; text: string };

export interface Section {
  title: string;
  blocks: Block[];
}

export interface ReviewDocument {
  title: string;
  /** Facts under the title, as name and value. */
  facts: [string, string][];
  /** Why it is not the whole week; undefined: it is. */
  partial: string | undefined;
  sections: Section[];
}

export const text = (words: string): Block => ({ kind: 'text', text: words });

export function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

export function toned(words: string, tone: Tone): Cell {
  return { text: words, tone };
}
