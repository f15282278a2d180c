import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { ToolFailure } from '../../definition.ts';
import { commitTime, git } from '../git.ts';
import { parseCobertura } from './cobertura.ts';
import { parseJsonCoverage } from './json-reports.ts';
import { parseLcov } from './lcov.ts';
import { type CoverageReport, type FileCoverage, fraction, type Ratio, sum } from './report.ts';

/** Where the known tools write, the most telling format first. */
const PLACES = [
  'coverage/coverage-final.json',
  'coverage/lcov.info',
  'coverage.json',
  'coverage/coverage.json',
  'coverage.xml',
  'coverage/cobertura-coverage.xml',
  'lcov.info',
] as const;

const MAX_BYTES = 64 * 1024 * 1024;

/** A report with what makes it believable, or not. */
export interface CurrentCoverage {
  report: CoverageReport;
  path: string;
  lines: Ratio;
  branches: Ratio | undefined;
  ageMs: number;
  /** Commit that was checked out when it was made; null: not in git, or made before any commit. */
  commit: string | null;
  /** Why it does not speak of the code as it is; empty: current. */
  staleBecause: string[];
}

/** The newest coverage report of a project. Throws a ToolFailure when there is none. */
export async function currentCoverage(
  root: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<CurrentCoverage> {
  const found = await newestReport(root);
  if (!found) {
    throw new ToolFailure(
      'no_coverage',
      `no coverage report in ${root}; looked for ${PLACES.join(', ')}`,
      'Call run_tests with coverage set to true.',
    );
  }
  const { report, path, writtenAtMs } = found;
  const files = report.files.map((file) => ({ ...file, path: within(root, file.path) }));
  const madeAtMs = Math.min(report.madeAtMs ?? writtenAtMs, writtenAtMs);
  const branches = files.flatMap((file) => file.branches ?? []);
  return {
    report: { ...report, files },
    path: relative(root, path),
    lines: sum(files.map((file) => file.lines)),
    branches: branches.length > 0 ? sum(branches) : undefined,
    ageMs: Math.max(0, nowMs - madeAtMs),
    commit: await commitAt(root, madeAtMs, signal),
    staleBecause: await staleReasons(root, files, madeAtMs, signal),
  };
}

async function newestReport(root: string) {
  const candidates = await Promise.all(
    PLACES.map(async (place) => {
      const path = join(root, place);
      const stats = await stat(path).catch(() => undefined);
      return stats?.isFile() && stats.size <= MAX_BYTES
        ? [{ path, writtenAtMs: stats.mtimeMs }]
        : [];
    }),
  );
  for (const candidate of candidates.flat().sort((a, b) => b.writtenAtMs - a.writtenAtMs)) {
    const text = await readFile(candidate.path, 'utf8');
    const report = parseJsonCoverage(text) ?? parseLcov(text) ?? (await parseCobertura(text));
    if (report && report.files.length > 0) return { ...candidate, report };
  }
  return undefined;
}

function within(root: string, path: string): string {
  return isAbsolute(path) ? relative(root, path) : path;
}

async function commitAt(
  root: string,
  madeAtMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  const until = `--until=${Math.floor(madeAtMs / 1_000)}`;
  return (await git(root, ['log', '-1', '--format=%H', until], signal)) || null;
}

/** A file system may round times to a second or two. */
const SLACK_MS = 2_000;

async function staleReasons(
  root: string,
  files: readonly FileCoverage[],
  madeAtMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const reasons: string[] = [];
  const committedAtMs = await commitTime(root, signal);
  if (committedAtMs !== undefined && committedAtMs > madeAtMs + SLACK_MS)
    reasons.push('the checked-out commit is newer');
  const changed: string[] = [];
  const gone: string[] = [];
  for (const { path } of files) {
    const stats = await stat(resolve(root, path)).catch(() => undefined);
    if (!stats) gone.push(path);
    else if (stats.mtimeMs > madeAtMs + SLACK_MS) changed.push(path);
  }
  if (changed.length > 0) reasons.push(`${some(changed)} changed since`);
  if (gone.length > 0) reasons.push(`${some(gone)} no longer there`);
  return reasons;
}

function some(paths: readonly string[]): string {
  const rest = paths.length - 3;
  return paths.slice(0, 3).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** The share of lines covered; null when nothing was measured. */
export function lineCoverage(current: CurrentCoverage): number | null {
  return fraction(current.lines);
}
