const CONTEXT = 3;

/** Longer texts are not compared line by line: a table of all pairs would not fit. */
const MOST_LINES = 2000;

type Line = readonly [mark: ' ' | '-' | '+', text: string];

/** Unified diff of two texts; empty when they are equal. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines).map((hunk) => hunk.map(([mark, text]) => `${mark}${text}`));
  const parts = hunks.map((hunk) => `@@\n${hunk.join('\n')}`);
  return `--- ${path}\n+++ ${path}\n${parts.join('\n')}`;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length > MOST_LINES || after.length > MOST_LINES) {
    return [...before.map((text): Line => ['-', text]), ...after.map((text): Line => ['+', text])];
  }
  const common = commonLengths(before, after);
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push([' ', old]);
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', old]);
      i += 1;
    } else {
      lines.push(['+', fresh ?? '']);
      j += 1;
    }
  }
  return lines;
}

/** Length of the longest common subsequence of what follows line i and line j. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const [row, below] = [table[i], table[i + 1]];
    if (!row || !below) continue;
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const same = before[i] === after[j];
      row[j] = same ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

function hunksOf(lines: readonly Line[]): Line[][] {
  const hunks: Line[][] = [];
  let end = -1;
  for (const [index, [mark]] of lines.entries()) {
    if (mark === ' ') continue;
    const start = Math.max(0, index - CONTEXT, end);
    const stop = Math.min(lines.length, index + CONTEXT + 1);
    const more = lines.slice(start, stop);
    const last = hunks.at(-1);
    if (last && end >= 0 && start <= end) last.push(...lines.slice(end, stop));
    else hunks.push(more);
    end = stop;
  }
  return hunks;
}
