import { type CoverageReport, type FileCoverage, type Ratio, ranges } from './report.ts';

/** `coverage json` of coverage.py, or Istanbul's coverage-final.json; undefined for other JSON. */
export function parseJsonCoverage(text: string): CoverageReport | undefined {
  const json = parse(text);
  if (!isRecord(json)) return undefined;
  if (isRecord(json['meta']) && isRecord(json['files']))
    return coveragePy(json['meta'], json['files']);
  const entries = Object.values(json);
  if (entries.length > 0 && entries.every(isIstanbul)) {
    return { format: 'istanbul', files: entries.map(fromIstanbul), madeAtMs: undefined };
  }
  return undefined;
}

function coveragePy(meta: Record<string, unknown>, files: Record<string, unknown>): CoverageReport {
  const stamp = Date.parse(String(meta['timestamp']));
  const madeAtMs = Number.isFinite(stamp) ? stamp : undefined;
  const parsed = Object.entries(files).flatMap(([path, file]): FileCoverage[] => {
    if (!isRecord(file)) return [];
    const executed = numbers(file['executed_lines']);
    const missing = numbers(file['missing_lines']);
    const summary = isRecord(file['summary']) ? file['summary'] : {};
    const total = Number(summary['num_branches'] ?? 0);
    const branches =
      total > 0 ? { covered: Number(summary['covered_branches'] ?? 0), total } : undefined;
    const lines = { covered: executed.length, total: executed.length + missing.length };
    return [{ path, lines, branches, uncovered: ranges(missing) }];
  });
  return { format: 'coverage.py', files: parsed, madeAtMs };
}

interface IstanbulFile {
  path: string;
  statementMap: Record<string, { start: { line: number } }>;
  s: Record<string, number>;
  b: Record<string, number[]>;
}

function isIstanbul(value: unknown): value is IstanbulFile {
  return (
    isRecord(value) &&
    typeof value['path'] === 'string' &&
    isRecord(value['statementMap']) &&
    isRecord(value['s']) &&
    isRecord(value['b'])
  );
}

function fromIstanbul({ path, statementMap, s, b }: IstanbulFile): FileCoverage {
  const hits = new Map<number, number>();
  for (const [id, { start }] of Object.entries(statementMap)) {
    hits.set(start.line, Math.max(hits.get(start.line) ?? 0, s[id] ?? 0));
  }
  const uncovered = [...hits].filter(([, count]) => count === 0).map(([line]) => line);
  const arms = Object.values(b).flat();
  const branches: Ratio | undefined =
    arms.length > 0
      ? { covered: arms.filter((count) => count > 0).length, total: arms.length }
      : undefined;
  const lines = { covered: hits.size - uncovered.length, total: hits.size };
  return { path, lines, branches, uncovered: ranges(uncovered) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one): one is number => Number.isInteger(one)) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
