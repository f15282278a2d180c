/** Text in terminal cells: wide characters take two, and nothing in it may steer the screen. */
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

export function width(text: string): number {
  return stringWidth(text);
}

/** Titles and names come from the venue: control characters and line ends become blanks. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

/** At most `cells` wide, with an ellipsis where something was cut. Takes no colours. */
export function cut(text: string, cells: number): string {
  const plain = clean(text);
  if (stringWidth(plain) <= cells) return plain;
  if (cells < 1) return '';
  let used = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(plain)) {
    used += stringWidth(segment);
    if (used > cells - 1) break;
    kept += segment;
  }
  return `${kept.replace(/[\s…]+$/u, '')}…`;
}

/** Filled with blanks to `cells`; longer text stays as it is. Takes no colours. */
export function pad(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, cells - stringWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}
