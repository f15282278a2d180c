/** Coverage of one run, whatever tool wrote it. */
export interface CoverageReport {
  format: 'lcov' | 'cobertura' | 'coverage.py' | 'istanbul';
  files: FileCoverage[];
  /** When the tool says it was made; undefined: it does not say. */
  madeAtMs: number | undefined;
}

export interface FileCoverage {
  /** As written by the tool: absolute, or relative to where it ran. */
  path: string;
  lines: Ratio;
  /** undefined: not measured. */
  branches: Ratio | undefined;
  /** Uncovered lines, as inclusive ranges. */
  uncovered: [from: number, to: number][];
}

export interface Ratio {
  covered: number;
  total: number;
}

export function sum(ratios: Iterable<Ratio>): Ratio {
  let covered = 0;
  let total = 0;
  for (const ratio of ratios) {
    covered += ratio.covered;
    total += ratio.total;
  }
  return { covered, total };
}

/** 0 to 1; null when there was nothing to cover. */
export function fraction({ covered, total }: Ratio): number | null {
  return total === 0 ? null : covered / total;
}

/** Sorted line numbers as ranges: 1,2,3,7 -> [1,3], [7,7]. */
export function ranges(lines: Iterable<number>): [number, number][] {
  const result: [number, number][] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last && line <= last[1] + 1) last[1] = Math.max(last[1], line);
    else result.push([line, line]);
  }
  return result;
}
