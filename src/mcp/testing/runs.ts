import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallContext, ToolFailure } from '../definition.ts';
import { git } from './git.ts';
import { type JobEnd, type JobLimits, runJob } from './job.ts';
import { parseJunit, type TestResult } from './junit.ts';
import { detectRunner, readProject } from './runners/detect.ts';
import type { RunRequest } from './runners/runner.ts';

export interface TestRun {
  id: string;
  runner: string;
  /** The project's HEAD when it started; null: not in git. */
  commit: string | null;
  startedAtMs: number;
  durationMs: number;
  outcome: 'passed' | 'failed' | 'stopped' | 'broken';
  /** For 'stopped' and 'broken': why, and what to do. */
  reason: string | undefined;
  results: TestResult[];
  /** Last lines of output, for 'broken' and 'stopped'. */
  tail: string;
}

export interface TestRuns {
  /** One at a time; a ToolFailure while another runs. */
  start(request: Omit<RunRequest, 'junitPath'>, context: CallContext): Promise<TestRun>;
  list(): readonly TestRun[];
  find(id: string): TestRun | undefined;
  onFinished(listener: (run: TestRun) => void): () => void;
}

const KEPT = 20;

export function createTestRuns(options: {
  root: string;
  node: string;
  limits: JobLimits;
  nowMs(): number;
}): TestRuns {
  const runs: TestRun[] = [];
  const listeners = new Set<(run: TestRun) => void>();
  let busySinceMs: number | undefined;
  return {
    list: () => runs,
    find: (id) => runs.find((run) => run.id === id),
    onFinished(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async start(request, context) {
      if (busySinceMs !== undefined) throw busy(options.nowMs() - busySinceMs);
      busySinceMs = options.nowMs();
      try {
        const run = await runOnce(request, context, options);
        runs.unshift(run);
        runs.length = Math.min(runs.length, KEPT);
        for (const listener of listeners) listener(run);
        return run;
      } finally {
        busySinceMs = undefined;
      }
    },
  };
}

function busy(sinceMs: number): ToolFailure {
  const seconds = Math.round(sinceMs / 1_000);
  return new ToolFailure(
    'busy',
    `a test run is under way since ${seconds} s; one runs at a time`,
    'Wait, then call again.',
    5_000,
  );
}

async function runOnce(
  request: Omit<RunRequest, 'junitPath'>,
  context: CallContext,
  { root, node, limits, nowMs }: { root: string; node: string; limits: JobLimits; nowMs(): number },
): Promise<TestRun> {
  const project = await readProject(root, node);
  const { runner } = detectRunner(project);
  const commit = (await git(root, ['rev-parse', 'HEAD'], context.signal)) ?? null;
  const directory = await mkdtemp(join(tmpdir(), 'pmcp-tests-'));
  const junitPath = join(directory, 'junit.xml');
  const startedAtMs = nowMs();
  const counted = new Set<string>();
  try {
    const end = await runJob(runner.argv({ ...request, junitPath }, project), {
      cwd: root,
      limits,
      signal: context.signal,
      onLine(line) {
        // node --test prints each failure once more at its end, to the millisecond the same.
        if (runner.counts(line) === 0 || counted.has(line)) return;
        counted.add(line);
        context.progress(counted.size, undefined, line.trim().slice(0, 200));
      },
    });
    const results = await parseJunit(await readFile(junitPath, 'utf8').catch(() => ''));
    const judged = judge(end, results, limits);
    const durationMs = nowMs() - startedAtMs;
    return {
      id: randomUUID().slice(0, 8),
      runner: runner.name,
      commit,
      startedAtMs,
      durationMs,
      ...judged,
      tail: end.tail,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function judge(
  end: JobEnd,
  results: TestResult[] | undefined,
  limits: JobLimits,
): Pick<TestRun, 'outcome' | 'reason' | 'results'> {
  if (end.stoppedBecause !== undefined) {
    const why = {
      time: `not finished within ${limits.timeMs / 1_000} s: filter, or name files`,
      memory: `used more than ${Math.round(limits.memoryBytes / 1e6)} MB: filter, or name files`,
      cancelled: 'cancelled by the client',
    }[end.stoppedBecause];
    return { outcome: 'stopped', reason: why, results: results ?? [] };
  }
  // No report, or no test in it, is not a pass: something kept the tests from running.
  if (!results || results.length === 0) {
    return {
      outcome: 'broken',
      reason: `no test ran (exit code ${end.code}): see the output`,
      results: [],
    };
  }
  const failed = results.some((result) => result.outcome === 'failed');
  if (!failed && end.code !== 0) {
    return {
      outcome: 'broken',
      reason: `no test failed, but the runner ended with code ${end.code}: see the output`,
      results,
    };
  }
  return { outcome: failed ? 'failed' : 'passed', reason: undefined, results };
}
