import { type CoverageReport, type FileCoverage, ranges } from './report.ts';

/** An lcov tracefile, as c8, vitest, nyc, gcov and `coverage lcov` write it. */
export function parseLcov(text: string): CoverageReport | undefined {
  if (!/^SF:/m.test(text)) return undefined;
  const files: FileCoverage[] = [];
  for (const record of text.split(/^end_of_record\s*$/m)) {
    const path = /^SF:(.+)$/m.exec(record)?.[1]?.trim();
    if (path === undefined) continue;
    const hits = new Map<number, number>();
    for (const [, line, count] of record.matchAll(/^DA:(\d+),(\d+)/gm)) {
      hits.set(Number(line), (hits.get(Number(line)) ?? 0) + Number(count));
    }
    const branches = [...record.matchAll(/^BRDA:\d+,\w+,\w+,(-|\d+)/gm)].map(([, taken]) =>
      Number(taken === '-' ? 0 : taken),
    );
    const uncovered = [...hits].filter(([, count]) => count === 0).map(([line]) => line);
    files.push({
      path,
      lines: { covered: hits.size - uncovered.length, total: hits.size },
      branches:
        branches.length === 0
          ? undefined
          : { covered: branches.filter((taken) => taken > 0).length, total: branches.length },
      uncovered: ranges(uncovered),
    });
  }
  return { format: 'lcov', files, madeAtMs: undefined };
}
