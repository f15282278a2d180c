import { decodedMappings, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping';

/** What V8 says about one script: nested ranges of offsets, each with how often it was entered. */
export interface FunctionCounts {
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

/** How often the code of a span of the original ran; undefined when the span left no code. */
export type CountOf = (start: number, end: number) => number | undefined;

interface Piece {
  source: string;
  original: number;
  generated: number;
  count: number;
}

/**
 * Adds up how often the pieces of one script ran, over all processes that ran it.
 *
 * `originals` holds the text of each original source, by its path as the map has it.
 */
export function createTally(
  code: string,
  map: SourceMapInput,
  originals: ReadonlyMap<string, string>,
) {
  return tallyOf(piecesOf(code, new TraceMap(map), originals));
}

/** The same for a source that ran as it is, its types blanked out in place. */
export function createPlainTally(source: string, offsets: Iterable<number>) {
  const at = [...new Set(offsets)].sort((a, b) => a - b);
  return tallyOf(at.map((offset) => ({ source, original: offset, generated: offset, count: 0 })));
}

function tallyOf(pieces: readonly Piece[]) {
  return {
    /** One process's counts; `shift` is how far V8's offsets lie behind those of `code`. */
    add(functions: readonly FunctionCounts[], shift = 0): void {
      const entered = enteredAt(functions);
      for (const piece of pieces) piece.count += entered(piece.generated + shift);
    },

    /**
     * The count of a span is that of the leftmost piece of code that came from inside it: what is
     * leftmost in a statement, an arm or a body runs exactly as often as the whole is entered.
     */
    countsIn(source: string): CountOf {
      return counterOf(pieces.filter((piece) => piece.source === source));
    },
  };
}

function piecesOf(code: string, trace: TraceMap, originals: ReadonlyMap<string, string>): Piece[] {
  const generatedLines = startsOfLines(code);
  const sourceLines = trace.resolvedSources.map((source) =>
    startsOfLines(originals.get(source ?? '') ?? ''),
  );
  const pieces: Piece[] = [];
  for (const [line, segments] of decodedMappings(trace).entries()) {
    for (const [column, sourceIndex, sourceLine = 0, sourceColumn = 0] of segments) {
      if (sourceIndex === undefined) continue;
      const source = trace.resolvedSources[sourceIndex] ?? '';
      if (!originals.has(source)) continue;
      const original = (sourceLines[sourceIndex]?.[sourceLine] ?? 0) + sourceColumn;
      const generated = (generatedLines[line] ?? 0) + column;
      pieces.push({ source, original, generated, count: 0 });
    }
  }
  return pieces.sort((a, b) => a.original - b.original);
}

function counterOf(pieces: readonly Piece[]): CountOf {
  return (start, end) => {
    let index = firstIndex(pieces.length, (at) => (pieces[at]?.original ?? 0) >= start);
    const position = pieces[index]?.original;
    if (position === undefined || position >= end) return undefined;
    // A transform may write the same piece twice: either copy counts.
    let count = 0;
    for (; pieces[index]?.original === position; index++) {
      count = Math.max(count, pieces[index]?.count ?? 0);
    }
    return count;
  };
}

/** The count of the innermost range around an offset; 0 outside of all. */
function enteredAt(functions: readonly FunctionCounts[]): (offset: number) => number {
  const ranges = functions
    .flatMap((each) => each.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const changes: { offset: number; count: number }[] = [];
  const open: typeof ranges = [];
  const closeUntil = (offset: number) => {
    for (let last = open.at(-1); last && last.endOffset <= offset; last = open.at(-1)) {
      open.pop();
      changes.push({ offset: last.endOffset, count: open.at(-1)?.count ?? 0 });
    }
  };
  for (const range of ranges) {
    closeUntil(range.startOffset);
    changes.push({ offset: range.startOffset, count: range.count });
    open.push(range);
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return (offset) => {
    const after = firstIndex(changes.length, (at) => (changes[at]?.offset ?? 0) > offset);
    return changes[after - 1]?.count ?? 0;
  };
}

/** The first index below `length` for which `holds`, which must hold for all that follow it. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
