import { z } from 'zod';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { answerPage, moreWith } from '../page.ts';
import { shape } from '../shape.ts';
import { excerptFor } from './excerpt.ts';
import { outcome, type TestingProject } from './run-tools.ts';
import type { TestRuns } from './runs.ts';

const failuresInput = z.strictObject({
  runId: z.string().optional().describe('A run of run_tests; the latest when left out.'),
  limit: z.int().min(1).max(50).default(10).describe('Failures in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
});
const failuresShape = z.strictObject({
  runId: z.string(),
  outcome,
  total: z.int(),
  failures: z.array(
    z.strictObject({
      id: z.string(),
      file: z.string().optional(),
      message: z.string(),
      excerpt: z.string().optional(),
    }),
  ),
  nextCursor: z.string().optional(),
});

export function getFailures(
  project: TestingProject,
  runs: TestRuns,
): ToolDefinition<z.output<typeof failuresInput>, z.output<typeof failuresShape>> {
  return {
    name: 'get_failures',
    title: 'Failures of a run',
    description:
      'The failed tests of a run, with what the runner says and the source around the place.',
    hints: READ_ONLY,
    input: shape(failuresInput, 'input'),
    output: shape(failuresShape, 'output'),
    timeoutMs: 5_000,
    async run({ runId, limit, cursor }) {
      const run = runId === undefined ? runs.list()[0] : runs.find(runId);
      if (!run)
        throw new ToolFailure(
          'no_run',
          runId === undefined ? 'no run yet' : `no run ${runId} is kept`,
          'Call run_tests.',
        );
      const failed = run.results.filter((result) => result.outcome === 'failed');
      const { items, ...next } = answerPage(failed, cursor, limit);
      const failures = await Promise.all(
        items.map(async ({ id, file, message = '' }) => {
          const excerpt = await excerptFor(project.roots, message);
          return {
            id,
            message,
            ...(file === undefined ? {} : { file }),
            ...(excerpt === undefined ? {} : { excerpt }),
          };
        }),
      );
      return { runId: run.id, outcome: run.outcome, total: failed.length, failures, ...next };
    },
    render: ({ runId, outcome: how, total, failures, nextCursor }) =>
      [
        `Run ${runId} (${how}): ${total} failed`,
        ...failures.map((one) => `\n${one.id}\n${one.message}\n${one.excerpt ?? ''}`),
        ...moreWith(nextCursor),
      ].join('\n'),
  };
}
