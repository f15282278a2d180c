import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeDetails, judgeImpact } from '../core/bench/impact.ts';
import { exitCodeOf, type Status, worst } from '../core/bench/verdict.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { compareReports } from './compare.ts';
import { keepReport, readReport } from './history.ts';
import { type Machine, readMachine } from './machine.ts';
import type { Self } from './program.ts';
import { csvOf, htmlOf } from './report/write.ts';
import type { BenchReport, ComponentReport, ImpactReport, ScaleReport } from './result.ts';
import { statusOf } from './rounds.ts';

export type Task = { kind: 'impact' } | { kind: 'scale' } | { kind: 'component'; name: string };

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

/** Least span of a batch: a hundred times the clock's own resolution. */
const BATCH_MS = 20;

/** Measures, compares, keeps and exports; the report and the exit code of its verdict. */
export async function benchmark(
  options: BenchmarkOptions,
): Promise<{ report: BenchReport; exitCode: number }> {
  const { dataDir, compareFile, reportFile, keep, onProgress } = options;
  // Read first: a wrong file must not cost a whole run.
  const earlier = compareFile === undefined ? undefined : readReport(compareFile);
  mkdirSync(join(dataDir, 'bench'), { recursive: true, mode: 0o700 });
  const runDirectory = mkdtempSync(join(dataDir, 'bench', 'run-'));
  const machine = readMachine(options.version, projectDirectory(options.self));
  try {
    const report = await measure(options, runDirectory, machine);
    if (earlier && compareFile !== undefined && report.kind !== 'scale') {
      report.compared = compareReports(report, earlier, compareFile);
    }
    const path = keepReport(dataDir, report);
    onProgress(`kept in ${path}`);
    if (reportFile !== undefined) writeFileAtomic(reportFile, htmlOf(report), 0o644);
    if (options.csv) writeFileAtomic(path.replace(/\.json$/, '.csv'), csvOf(report), 0o600);
    return { report, exitCode: exitCodeOf(report.status) };
  } finally {
    if (keep) onProgress(`logs and journal are in ${runDirectory}`);
    else rmSync(runDirectory, { recursive: true, force: true });
  }
}

/** Above dist/ or src/, whichever this program is. */
function projectDirectory(self: Self): string {
  return dirname(dirname(self.args.at(-1) ?? ''));
}

function measure(options: BenchmarkOptions, dataDir: string, machine: Machine) {
  const { task } = options;
  if (task.kind === 'impact') return measureImpact(options, dataDir, machine);
  if (task.kind === 'scale') return measureScale(options, dataDir, machine);
  return measureComponent(options, task.name, dataDir, machine);
}

function componentOptions(options: BenchmarkOptions, dataDir: string) {
  const { rounds, seed, signal, self } = options;
  const root = projectDirectory(self);
  return { rounds, seed, signal, self, dataDir, projectDirectory: root, batchMs: BATCH_MS };
}

async function measureComponent(
  options: BenchmarkOptions,
  name: string,
  dataDir: string,
  machine: Machine,
): Promise<ComponentReport> {
  const { COMPONENTS } = await import('./components/all.ts');
  const component = await COMPONENTS[name]?.();
  if (!component) throw new RangeError(`no component ${name}`);
  const result = await component(componentOptions(options, dataDir));
  return { kind: 'component', name, machine, status: statusOf(result.rows), ...result };
}

async function measureScale(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<ScaleReport> {
  const { AXES } = await import('./scale/axes.ts');
  const { runAxis } = await import('./scale/run.ts');
  const rows = [];
  for (const axis of AXES) {
    const sizes = axis.sizes.filter((size) => size <= options.most);
    const part = { ...axis, sizes };
    rows.push(await runAxis(part, componentOptions(options, dataDir), options.onProgress));
  }
  const status = worst(rows.map((row) => row.status));
  return { kind: 'scale', machine, status, rows, absent: ['open dashboards'] };
}

async function measureImpact(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<ImpactReport> {
  const { durationSeconds, rate, others, seed, precision, self, signal, onProgress } = options;
  const blockSeconds = options.blockSeconds ?? Math.max(1, durationSeconds / 100);
  const plan = { durationSeconds, blockSeconds, rate, others, seed, precision };
  const { runImpact } = await import('./impact/run.ts');
  const run = await runImpact({ ...plan, self, dataDir, signal, onProgress });
  const judging = { seed, resamples: 1000 };
  const rows = run.quads.length === 0 ? [] : judgeImpact(run.quads, judging);
  const details = run.quads.length === 0 ? [] : judgeDetails(run.quads, judging);
  const status = worst(rows.map((row) => row.status));
  const { quads, warmUp, control } = run;
  const message = messageOf(status, run.control.result, durationSeconds);
  const totals = totalsOf(quads);
  return {
    ...{ kind: 'impact', machine, options: plan, status, message },
    ...{ rows, details, warmUp, control, quads, ...totals },
  };
}

function messageOf(
  status: Status,
  control: { precise: boolean; neededSeconds: number },
  durationSeconds: number,
): string {
  if (status === 'PASS') return 'Every interval lies within its budget.';
  if (status === 'FAIL') return 'At least one interval lies beyond its budget as a whole.';
  const words = needed(
    control.precise ? 4 * durationSeconds : durationSeconds + control.neededSeconds,
  );
  if (!control.precise) return `This machine is too noisy now for the asked precision: ${words}.`;
  return `Some intervals reach across their budget: ${words}, or a quieter machine.`;
}

function needed(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'a longer run is needed';
  return `about --duration ${Math.ceil(seconds / 60) * 60} is needed`;
}

function totalsOf(quads: ImpactReport['quads']) {
  const skipped: Record<string, number> = {};
  let unanswered = 0;
  let copied = 0;
  for (const block of quads.flatMap((quad) => quad.blocks)) {
    unanswered += block.unanswered;
    copied += block.latencies.length - block.unanswered;
    for (const [reason, count] of Object.entries(block.skipped)) {
      skipped[reason] = (skipped[reason] ?? 0) + count;
    }
  }
  return { skipped, unanswered, copied };
}
