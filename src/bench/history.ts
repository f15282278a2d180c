import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, reasonOf } from '../errors.ts';
import { give, otherOwnerOf } from '../host/owner.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import type { BenchReport } from './result.ts';

const BENCH_SCHEMA = 'pmcp.bench';
const BENCH_VERSION = 1;

export function nameOf(report: BenchReport): string {
  return report.kind === 'component' ? report.name : report.kind;
}

export function benchDirectory(dataDir: string): string {
  const directory = join(dataDir, 'bench');
  const isNew = mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined;
  if (isNew) give(otherOwnerOf(dataDir), directory);
  return directory;
}

/** For the data directory's owner, whoever measured; returns its path. */
export function keepFile(dataDir: string, name: string, text: string): string {
  const path = join(benchDirectory(dataDir), name);
  writeFileAtomic(path, text, 0o600);
  give(otherOwnerOf(dataDir), path);
  return path;
}

/** Keeps a report for later comparison and for reviews; returns its path. */
export function keepReport(dataDir: string, report: BenchReport): string {
  const stamp = report.machine.takenAt.replace(/[:.]/g, '-');
  const text = JSON.stringify(
    { schema: BENCH_SCHEMA, version: BENCH_VERSION, ...report },
    (_key, value) => (typeof value === 'number' ? shortened(value) : value),
  );
  return keepFile(dataDir, `${stamp}-${nameOf(report)}.json`, `${text}\n`);
}

/** Six digits are more than any of these figures is worth. JSON knows no infinity. */
function shortened(value: number): number | null {
  if (Number.isInteger(value)) return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

export function readReport(path: string): BenchReport {
  const hint = 'Give a file of DATA_DIR/bench, or what `pmcp bench --json` printed.';
  try {
    const value = JSON.parse(readFileSync(path, 'utf8'));
    if (value.schema === BENCH_SCHEMA && value.version === BENCH_VERSION) return value;
  } catch (error) {
    throw new ConfigError(`${path}: ${reasonOf(error)}`, { hint });
  }
  throw new ConfigError(`${path}: is no report of \`pmcp bench\``, { hint });
}

/** Kept reports, one line each, oldest first; what cannot be read is left out. */
export function reportLines(dataDir: string) {
  const directory = join(dataDir, 'bench');
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  const lines = names.flatMap((name) => {
    try {
      const report = readReport(join(directory, name));
      return [lineOf(report)];
    } catch {
      return [];
    }
  });
  return lines.sort((a, b) => a.atMs - b.atMs);
}

function lineOf(report: BenchReport) {
  const { machine, status } = report;
  return {
    atMs: Date.parse(machine.takenAt),
    name: nameOf(report),
    status,
    words: wordsOf(report),
  };
}

function wordsOf(report: BenchReport): string {
  if (report.kind === 'all') return `${report.reports.length} parts`;
  if (report.kind !== 'impact') return `${report.rows.length} rows`;
  return report.rows
    .map((row) => `${row.metric}: ${row.without} without, ${row.with} with`)
    .join('; ');
}
