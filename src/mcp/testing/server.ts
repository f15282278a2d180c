import type { ServerChange, ServerDefinition } from '../definition.ts';
import {
  type CoverageCheck,
  coverageGaps,
  getTestCoverage,
  verifyTestCoverage,
} from './coverage-tools.ts';
import { getFailures } from './failures-tool.ts';
import { describeRun, listTests, renderRun, runTests, type TestingProject } from './run-tools.ts';
import type { TestRuns } from './runs.ts';

export interface TestingServerOptions {
  version: string;
  project: TestingProject;
  runs: TestRuns;
  coverage: CoverageCheck;
}

/** The testing server: runs and reads the tests of the operator's bot, and changes no code. */
export function createTestingServer({
  version,
  project,
  runs,
  coverage,
}: TestingServerOptions): ServerDefinition {
  return {
    name: 'testing',
    title: 'Testing',
    version,
    instructions:
      'Answers whether the bot’s code is still tested. run_tests runs (part of) the suite; ' +
      'verify_test_coverage compares with the ' +
      'target; coverage_gaps says what to test next. Always report the age and commit that coverage ' +
      'answers state.',
    tools: [
      // Clients that try a server out call what comes first: nothing that runs code.
      getTestCoverage(project),
      verifyTestCoverage(coverage),
      coverageGaps(project),
      listTests(project),
      runTests(project, runs),
      getFailures(project, runs),
    ],
    resources: [
      {
        uri: 'testing://runs',
        name: 'runs',
        title: 'Recent test runs',
        description: 'The runs that are kept, newest first.',
        mimeType: 'application/json',
        read: async () => ({
          mimeType: 'application/json',
          text: JSON.stringify(runs.list().map(describeRun), null, 2),
        }),
      },
    ],
    templates: [
      {
        uriTemplate: 'testing://run/{id}',
        name: 'run',
        title: 'A test run',
        description: 'One run with all its results.',
        mimeType: 'application/json',
        async read({ id = '' }) {
          const run = runs.find(id);
          return run && { mimeType: 'application/json', text: JSON.stringify(run, null, 2) };
        },
        complete: async (_, value) =>
          runs
            .list()
            .map((run) => run.id)
            .filter((id) => id.startsWith(value)),
      },
    ],
    prompts: [
      {
        name: 'test_failure_triage',
        title: 'Triage test failures',
        description: 'What failed, why, and whether it touches what can lose money.',
        arguments: [
          {
            name: 'runId',
            description: 'A run; the latest when left out.',
            required: false,
            complete: async () => runs.list().map((run) => run.id),
          },
        ],
        render: async ({ runId }) => {
          const run = runId === undefined ? runs.list()[0] : runs.find(runId);
          const known = run ? `\n\n${renderRun(describeRun(run))}` : '';
          return [
            {
              role: 'user',
              text:
                'Triage the failing tests: call get_failures, group the failures by cause, quote ' +
                'file and line, and say for each ' +
                'cause whether it lies on the order path or in a risk limit. Propose the smallest ' +
                `fix; change nothing.${known}`,
            },
          ];
        },
      },
    ],
    onChange(listener: (change: ServerChange) => void) {
      return runs.onFinished((run) => {
        listener({ kind: 'resource', uri: 'testing://runs' });
        listener({ kind: 'resource', uri: `testing://run/${run.id}` });
      });
    },
  };
}
