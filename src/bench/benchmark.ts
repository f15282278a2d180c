import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exitCodeOf } from '../core/bench/verdict.ts';
import { give, otherOwnerOf } from '../host/owner.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { compareReports } from './compare.ts';
import { benchDirectory, keepFile, keepReport, readReport } from './history.ts';
import { readMachine } from './machine.ts';
import { measure } from './measure.ts';
import { projectDirectory, type Self } from './program.ts';
import { csvOf, htmlOf } from './report/write.ts';
import type { BenchReport } from './result.ts';

export type Task =
  | { kind: 'impact' }
  | { kind: 'scale' }
  | { kind: 'component'; name: string }
  | { kind: 'all' };

export interface BenchmarkOptions {
  task: Task;
  self: Self;
  version: string;
  dataDir: string;
  signal: AbortSignal;
  onProgress(text: string): void;
  durationSeconds: number;
  /** Default: a hundredth of the duration, at least a second. */
  blockSeconds: number | undefined;
  rate: number;
  others: number;
  /** A fraction: 0.05 is 5 %. */
  precision: number;
  rounds: number;
  seed: number;
  /** Largest size of a scale. */
  most: number;
  /** Leave the directory of the run in place. */
  keep: boolean;
  reportFile?: string;
  compareFile?: string;
  csv: boolean;
}

/** Measures, compares, keeps and exports; the report and the exit code of its verdict. */
export async function benchmark(
  options: BenchmarkOptions,
): Promise<{ report: BenchReport; exitCode: number }> {
  const { dataDir, compareFile, reportFile, keep, onProgress } = options;
  // Read first: a wrong file must not cost a whole run.
  const earlier = compareFile === undefined ? undefined : readReport(compareFile);
  const directory = benchDirectory(dataDir);
  const runDirectory = mkdtempSync(join(directory, 'run-'));
  give(otherOwnerOf(dataDir), runDirectory);
  const machine = readMachine(options.version, projectDirectory(options.self));
  try {
    const report = await measure(options, runDirectory, machine);
    if (earlier && compareFile !== undefined && report.kind !== 'scale' && report.kind !== 'all') {
      report.compared = compareReports(report, earlier, compareFile);
    }
    const path = keepReport(dataDir, report);
    onProgress(`kept in ${path}`);
    if (reportFile !== undefined) writeFileAtomic(reportFile, htmlOf(report), 0o644);
    if (options.csv) keepFile(dataDir, `${basename(path, '.json')}.csv`, csvOf(report));
    return { report, exitCode: exitCodeOf(report.status) };
  } finally {
    if (keep) onProgress(`logs and journal are in ${runDirectory}`);
    else rmSync(runDirectory, { recursive: true, force: true });
  }
}
