import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeDetails, judgeImpact } from '../core/bench/impact.ts';
import { type Status, verdict, worst } from '../core/bench/verdict.ts';
import { InconclusiveError, reasonOf } from '../errors.ts';
import { otherOwnerOf } from '../host/owner.ts';
import type { BenchmarkOptions, Task } from './benchmark.ts';
import type { ComponentOptions } from './components/component.ts';
import { keepReport } from './history.ts';
import type { Machine } from './machine.ts';
import { projectDirectory } from './program.ts';
import type {
  BenchReport,
  ComponentReport,
  GoalRow,
  ImpactReport,
  ScaleReport,
  ScaleRow,
  SingleReport,
  SuiteReport,
} from './result.ts';
import { statusOf } from './rounds.ts';

/** Least span of a batch: a hundred times the clock's own resolution. */
const BATCH_MS = 20;
/** Stricter than the plan's budget of 5 %: what a separate, throttled process can keep. */
const IMPACT_GOAL = 1.02;

export function measure(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<BenchReport> {
  const { task } = options;
  if (task.kind === 'all') return measureAll(options, dataDir, machine);
  return measureOne(options, task, dataDir, machine);
}

type SingleTask = Exclude<Task, { kind: 'all' }>;

function measureOne(
  options: BenchmarkOptions,
  task: SingleTask,
  dataDir: string,
  machine: Machine,
): Promise<SingleReport> {
  if (task.kind === 'impact') return measureImpact(options, dataDir, machine);
  if (task.kind === 'scale') return measureScale(options, dataDir, machine);
  return measureComponent(options, task.name, dataDir, machine);
}

/** The central question first, while the machine is as it was found; each part is kept at once. */
async function measureAll(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<SuiteReport> {
  const { COMPONENTS } = await import('./components/all.ts');
  const tasks: SingleTask[] = [
    { kind: 'impact' },
    ...Object.keys(COMPONENTS).map((name) => ({ kind: 'component' as const, name })),
    { kind: 'scale' },
  ];
  const reports: SingleReport[] = [];
  for (const task of tasks) {
    const name = task.kind === 'component' ? task.name : task.kind;
    options.signal.throwIfAborted();
    options.onProgress(`--- ${name}`);
    const directory = join(dataDir, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const report = await measureOne(options, task, directory, machine).catch((error: unknown) => {
      // One part that cannot be measured here must not cost the others.
      options.signal.throwIfAborted();
      return unmeasured(name, machine, error);
    });
    reports.push(report);
    keepReport(options.dataDir, report);
    options.onProgress(`${name}: ${report.status}`);
  }
  return { kind: 'all', machine, status: worst(reports.map(({ status }) => status)), reports };
}

function unmeasured(name: string, machine: Machine, error: unknown): ComponentReport {
  const nothing = { rows: [], goals: [], notes: [], absent: [`${name}: ${reasonOf(error)}`] };
  return { kind: 'component', name, machine, status: 'INCONCLUSIVE', ...nothing };
}

function componentOptions(options: BenchmarkOptions, dataDir: string): ComponentOptions {
  const { rounds, seed, signal, self, onProgress } = options;
  const base = { rounds, seed, signal, self, dataDir, onProgress };
  return { ...base, projectDirectory: projectDirectory(self), batchMs: BATCH_MS };
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
  const status = statusOf([...result.rows, ...result.goals]);
  return { kind: 'component', name, machine, status, ...result };
}

/** One that cannot be measured here must not cost the others. */
function unmeasuredAxis({ what, unit, atMost }: Pick<ScaleRow, 'what' | 'unit' | 'atMost'>) {
  const [estimate, low, high] = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const exponent = { estimate, low, high, confidence: 0.95, count: 0 };
  return { what, unit, atMost, points: [], exponent, status: 'INCONCLUSIVE' as const };
}

async function measureScale(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<ScaleReport> {
  const { AXES } = await import('./scale/axes.ts');
  const { runAxis } = await import('./scale/run.ts');
  const rows: ScaleRow[] = [];
  for (const axis of AXES) {
    const sizes = axis.sizes.filter((size) => size <= options.most);
    const part = { ...axis, sizes };
    const row = await runAxis(part, componentOptions(options, dataDir)).catch((error: unknown) => {
      if (!(error instanceof InconclusiveError)) throw error;
      options.onProgress(`${axis.unit}: ${error.message}`);
      return unmeasuredAxis(axis);
    });
    rows.push(row);
  }
  const status = worst(rows.map((row) => row.status));
  return { kind: 'scale', machine, status, rows };
}

async function measureImpact(
  options: BenchmarkOptions,
  dataDir: string,
  machine: Machine,
): Promise<ImpactReport> {
  const { durationSeconds, rate, others, seed, precision, self, signal, onProgress } = options;
  const blockSeconds = options.blockSeconds ?? Math.max(1, durationSeconds / 300);
  const plan = { durationSeconds, blockSeconds, rate, others, seed, precision };
  const { runImpact } = await import('./impact/run.ts');
  const user = otherOwnerOf(options.dataDir);
  const run = await runImpact({ ...plan, self, dataDir, user, signal, onProgress });
  const judging = { seed, resamples: 1000 };
  const rows = run.quads.length === 0 ? [] : judgeImpact(run.quads, run.calm, judging);
  const details = run.quads.length === 0 ? [] : judgeDetails(run.quads, judging);
  const status = worst(rows.map((row) => row.status));
  const { quads, warmUp, control, asked, held, calm } = run;
  const message = messageOf(status, run.control.result, durationSeconds);
  const totals = totalsOf(quads);
  return {
    ...{ kind: 'impact', machine, options: plan, status, message },
    ...{ rows, details, goals: impactGoals([...rows, ...details]), warmUp, control, quads },
    ...{ held, calm, asked, ...totals },
  };
}

/** Trading latency under both conditions of the mcp process, against the stricter goal. */
function impactGoals(rows: ImpactReport['rows']): GoalRow[] {
  return rows.flatMap(({ metric, basis, judged }) =>
    judged
      .filter(({ name }) => metric === 'Trading latency' && name.startsWith('p99, '))
      .map(({ name, interval }) => ({
        ...{ what: `trading latency ${name}, ${basis}`, unit: 'x', measured: interval },
        ...{ most: IMPACT_GOAL, status: verdict(interval, IMPACT_GOAL) },
      })),
  );
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
