import { z } from 'zod';
import { type CallContext, READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { answerPage, moreWith } from '../page.ts';
import type { Roots } from '../search/roots.ts';
import { shape } from '../shape.ts';
import { runJob } from './job.ts';
import { relatedTests } from './related.ts';
import { detectRunner, readProject } from './runners/detect.ts';
import type { TestRun, TestRuns } from './runs.ts';

export interface TestingProject {
  root: string;
  roots: Roots;
  node: string;
  /** Longest a test run may take. */
  timeMs: number;
  memoryBytes: number;
  nowMs(): number;
}

const counts = z.strictObject({ passed: z.int(), failed: z.int(), skipped: z.int() });

export const outcome = z
  .enum(['passed', 'failed', 'stopped', 'broken'])
  .describe('stopped or broken: not every test ran, so no failure proves nothing.');

const runShape = z.strictObject({
  runId: z.string(),
  runner: z.string(),
  outcome,
  reason: z.string().optional(),
  commit: z.string().nullable(),
  startedAt: z.string(),
  durationMs: z.number(),
  counts,
  failures: z
    .array(z.string())
    .describe('Ids of failed tests, at most 50; get_failures tells more.'),
  tail: z.string().optional().describe('Last output, when no test could run.'),
});
type RunAnswer = z.output<typeof runShape>;

const runInput = z.strictObject({
  filter: z.string().min(1).max(500).optional().describe('Only tests whose name contains this.'),
  files: z
    .array(z.string().min(1).max(1_000))
    .max(100)
    .default([])
    .describe('Only these test files.'),
  relatedToChanges: z
    .boolean()
    .default(false)
    .describe('Only tests related to files changed since HEAD.'),
  coverage: z.boolean().default(false).describe('Measure coverage too.'),
});

export function runTests(
  project: TestingProject,
  runs: TestRuns,
): ToolDefinition<z.output<typeof runInput>, RunAnswer> {
  return {
    name: 'run_tests',
    title: 'Run tests',
    description:
      'Runs the project’s own tests (vitest, pytest or node --test), one run at a time, at the ' +
      'lowest priority and ' +
      'within limits of time and memory. Streams progress and can be cancelled. Then: get_failures.',
    hints: {
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
    input: shape(runInput, 'input'),
    output: shape(runShape, 'output'),
    timeoutMs: project.timeMs + 10_000,
    async run({ filter, files, relatedToChanges, coverage }, context) {
      for (const file of files) await insideRoot(project, file);
      const related = relatedToChanges ? await relatedTests(project.root, context.signal) : [];
      if (relatedToChanges && related.length === 0) throw nothingChanged();
      const run = await runs.start({ filter, files: [...files, ...related], coverage }, context);
      return describeRun(run);
    },
    render: renderRun,
  };
}

function nothingChanged(): ToolFailure {
  return new ToolFailure(
    'nothing_changed',
    'no test belongs to a file changed since HEAD',
    'Call run_tests without relatedToChanges.',
  );
}

async function insideRoot(project: TestingProject, file: string): Promise<void> {
  if (file.startsWith('-'))
    throw new ToolFailure('invalid_arguments', `${file}: not a file`, 'Name test files.');
  await project.roots.resolve(file);
}

export function describeRun(run: TestRun): RunAnswer {
  const of = (outcome: string) => run.results.filter((result) => result.outcome === outcome);
  const answer: RunAnswer = {
    runId: run.id,
    runner: run.runner,
    outcome: run.outcome,
    commit: run.commit,
    startedAt: new Date(run.startedAtMs).toISOString(),
    durationMs: run.durationMs,
    counts: {
      passed: of('passed').length,
      failed: of('failed').length,
      skipped: of('skipped').length,
    },
    failures: of('failed')
      .slice(0, 50)
      .map((result) => result.id),
  };
  if (run.reason !== undefined)
    Object.assign(answer, { reason: run.reason, tail: run.tail.slice(-4_000) });
  return answer;
}

export function renderRun(run: RunAnswer): string {
  const { passed, failed, skipped } = run.counts;
  const head =
    `Run ${run.runId} (${run.runner}): ${run.outcome.toUpperCase()}; ${passed} passed, ` +
    `${failed} failed, ${skipped} skipped in ${run.durationMs} ms`;
  const commit = run.commit === null ? 'not in git' : `commit ${run.commit.slice(0, 10)}`;
  const reason = run.reason === undefined ? [] : [run.reason, run.tail ?? ''];
  return [
    `${head}; ${commit}; started ${run.startedAt}`,
    ...reason,
    ...run.failures.map((id) => `FAILED ${id}`),
  ].join('\n');
}

const listInput = z.strictObject({
  limit: z.int().min(1).max(500).default(200).describe('Tests in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
});
const listShape = z.strictObject({
  runner: z.string(),
  because: z.string(),
  tests: z.array(z.string()),
  total: z.int(),
  nextCursor: z.string().optional(),
});

export function listTests(
  project: TestingProject,
): ToolDefinition<z.output<typeof listInput>, z.output<typeof listShape>> {
  return {
    name: 'list_tests',
    title: 'List tests',
    description:
      'Lists the project’s tests without running them, and says which runner was found and why.',
    hints: READ_ONLY,
    input: shape(listInput, 'input'),
    output: shape(listShape, 'output'),
    timeoutMs: 60_000,
    async run({ limit, cursor }, context) {
      const found = await readProject(project.root, project.node);
      const { runner, because } = detectRunner(found);
      const lines = await outputOf(runner.listArgv(found), project, context);
      const tests = runner.parseList(lines.join('\n'));
      const { items, ...next } = answerPage(tests, cursor, limit);
      return { runner: runner.name, because, tests: items, total: tests.length, ...next };
    },
    render: ({ runner, because, tests, total, nextCursor }) =>
      [`${total} tests (${runner}: ${because})`, ...tests, ...moreWith(nextCursor)].join('\n'),
  };
}

async function outputOf(
  argv: string[],
  project: TestingProject,
  { signal }: CallContext,
): Promise<string[]> {
  const lines: string[] = [];
  const limits = { timeMs: 55_000, memoryBytes: project.memoryBytes };
  const onLine = (line: string) => lines.length < 100_000 && lines.push(line);
  const end = await runJob(argv, { cwd: project.root, limits, signal, onLine });
  if (end.stoppedBecause !== undefined || (end.code !== 0 && lines.length === 0)) {
    throw new ToolFailure(
      'list_failed',
      `listing ended early (${end.stoppedBecause ?? `code ${end.code}`})`,
      end.tail.slice(-1_000),
    );
  }
  return lines;
}
