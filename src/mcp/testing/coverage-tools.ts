import { z } from 'zod';
import { type CallContext, READ_ONLY, type ToolDefinition } from '../definition.ts';
import { answerPage, moreWith } from '../page.ts';
import { shape } from '../shape.ts';
import { type CurrentCoverage, currentCoverage, lineCoverage } from './coverage/current.ts';
import { type FileCoverage, fraction, type Ratio } from './coverage/report.ts';
import type { TestingProject } from './run-tools.ts';

/** What every answer about coverage states, so that old figures are never taken for new ones. */
const provenance = {
  report: z.string().describe('The report read, relative to the project.'),
  format: z.string(),
  ageSeconds: z.number(),
  commit: z.string().nullable().describe('Commit checked out when it was measured.'),
  current: z.boolean().describe('false: it does not speak of the code as it is now.'),
  staleBecause: z.array(z.string()),
};

const ratio = z.strictObject({ covered: z.int(), total: z.int(), fraction: z.number().nullable() });

function describe(current: CurrentCoverage) {
  return {
    report: current.path,
    format: current.report.format,
    ageSeconds: Math.round(current.ageMs / 1_000),
    commit: current.commit,
    current: current.staleBecause.length === 0,
    staleBecause: current.staleBecause,
  };
}

function withFraction(value: Ratio) {
  return { ...value, fraction: fraction(value) };
}

function stated(answer: {
  ageSeconds: number;
  commit: string | null;
  current: boolean;
  staleBecause: string[];
}): string {
  const commit =
    answer.commit === null ? 'no commit known' : `commit ${answer.commit.slice(0, 10)}`;
  const stale = answer.current ? '' : `; STALE: ${answer.staleBecause.join('; ')}`;
  return `measured ${answer.ageSeconds} s ago at ${commit}${stale}`;
}

const percent = (value: number | null) =>
  value === null ? 'nothing measured' : `${(value * 100).toFixed(1)} %`;

const coverageShape = z.strictObject({
  lines: ratio,
  branches: ratio.nullable(),
  files: z.int(),
  ...provenance,
});

export function getTestCoverage(
  project: TestingProject,
): ToolDefinition<object, z.output<typeof coverageShape>> {
  return {
    name: 'get_test_coverage',
    title: 'Test coverage',
    description:
      'Line and branch coverage of the newest report (Istanbul, lcov, Cobertura, coverage.py), its ' +
      'age and commit.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(coverageShape, 'output'),
    timeoutMs: 20_000,
    async run(_, { signal }) {
      const current = await currentCoverage(project.root, project.nowMs(), signal);
      const branches = current.branches === undefined ? null : withFraction(current.branches);
      return {
        lines: withFraction(current.lines),
        branches,
        files: current.report.files.length,
        ...describe(current),
      };
    },
    render: (answer) => {
      const branches =
        answer.branches === null ? 'not measured' : percent(answer.branches.fraction);
      return (
        `Lines ${percent(answer.lines.fraction)}, branches ${branches}, ${answer.files} files; ` +
        `${stated(answer)}`
      );
    },
  };
}

/** What verify_test_coverage found, for the breaker and the alerts. */
export interface CoverageVerdict {
  coverage: number;
  target: number;
  meetsTarget: boolean;
  /** Coverage of the verification before; undefined: the first. */
  before: number | undefined;
}

const verifyShape = z.strictObject({
  status: z
    .enum(['passed', 'failed', 'unknown'])
    .describe('unknown: the report is stale or empty.'),
  coverage: z.number().nullable(),
  threshold: z.number(),
  meetsThreshold: z.boolean(),
  dropped: z.boolean().describe('Lower than at the verification before.'),
  before: z.number().nullable(),
  ...provenance,
});
export type CoverageAnswer = z.output<typeof verifyShape>;

export interface CoverageCheck {
  verify(context: Pick<CallContext, 'signal'>): Promise<CoverageAnswer>;
}

/** Half a percent moves with every refactoring and is no drop. */
const DROP = 0.005;

export function createCoverageCheck(
  project: TestingProject,
  target: number,
  onVerdict: (verdict: CoverageVerdict) => void,
): CoverageCheck {
  let before: number | undefined;
  return {
    async verify({ signal }) {
      const current = await currentCoverage(project.root, project.nowMs(), signal);
      const coverage = lineCoverage(current);
      const fresh = coverage !== null && current.staleBecause.length === 0;
      const meetsTarget = fresh && coverage >= target;
      const earlier = before;
      if (fresh) {
        before = coverage;
        onVerdict({ coverage, target, meetsTarget, before: earlier });
      }
      return {
        status: fresh ? (meetsTarget ? 'passed' : 'failed') : 'unknown',
        coverage,
        threshold: target,
        meetsThreshold: meetsTarget,
        dropped: fresh && earlier !== undefined && coverage < earlier - DROP,
        before: earlier ?? null,
        ...describe(current),
      };
    },
  };
}

export function verifyTestCoverage(check: CoverageCheck): ToolDefinition<object, CoverageAnswer> {
  return {
    name: 'verify_test_coverage',
    title: 'Verify test coverage',
    description:
      'Compares coverage with MCP_TESTING_COVERAGE_TARGET. Stale coverage is unknown, never a pass.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(verifyShape, 'output'),
    timeoutMs: 20_000,
    run: (_, context) => check.verify(context),
    render: (answer) => {
      const drop = answer.dropped ? `; DROPPED from ${percent(answer.before)}` : '';
      return (
        `${answer.status.toUpperCase()}: ${percent(answer.coverage)} of ` +
        `${percent(answer.threshold)}${drop}; ${stated(answer)}`
      );
    },
  };
}

const gapsInput = z.strictObject({
  limit: z.int().min(1).max(100).default(20).describe('Files in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
});
const gapsShape = z.strictObject({
  gaps: z.array(
    z.strictObject({
      path: z.string(),
      riskCritical: z.boolean(),
      uncoveredLines: z.int(),
      coverage: z.number().nullable(),
      ranges: z.array(z.string()),
    }),
  ),
  total: z.int(),
  nextCursor: z.string().optional(),
  ...provenance,
});

/** Where an untested line can cost money. */
const RISK_CRITICAL =
  /(^|\/)(core|risk|breaker|executor|bot|venue|state|trade|order|position|wallet|circuit)/i;

export function coverageGaps(
  project: TestingProject,
): ToolDefinition<z.output<typeof gapsInput>, z.output<typeof gapsShape>> {
  return {
    name: 'coverage_gaps',
    title: 'Coverage gaps',
    description:
      'Files with uncovered lines, those that can cost money first, then by number of uncovered ' +
      'lines.',
    hints: READ_ONLY,
    input: shape(gapsInput, 'input'),
    output: shape(gapsShape, 'output'),
    timeoutMs: 20_000,
    async run({ limit, cursor }, { signal }) {
      const current = await currentCoverage(project.root, project.nowMs(), signal);
      const gaps = current.report.files.filter((file) => file.uncovered.length > 0).map(toGap);
      gaps.sort(
        (a, b) =>
          Number(b.riskCritical) - Number(a.riskCritical) || b.uncoveredLines - a.uncoveredLines,
      );
      const { items, ...next } = answerPage(gaps, cursor, limit);
      return { gaps: items, total: gaps.length, ...next, ...describe(current) };
    },
    render: (answer) => {
      const rows = answer.gaps.map(
        (gap) =>
          `${gap.riskCritical ? '! ' : '  '}${gap.path}: ${gap.uncoveredLines} lines uncovered ` +
          `(${gap.ranges.join(', ')})`,
      );
      const head = `${answer.total} files with gaps; ${stated(answer)}`;
      return [head, ...rows, ...moreWith(answer.nextCursor)].join('\n');
    },
  };
}

function toGap(file: FileCoverage) {
  const uncoveredLines = file.lines.total - file.lines.covered;
  const shown = file.uncovered
    .slice(0, 30)
    .map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return {
    path: file.path,
    riskCritical: RISK_CRITICAL.test(file.path),
    uncoveredLines,
    coverage: fraction(file.lines),
    ranges: shown,
  };
}
