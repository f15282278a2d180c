import { benchVerdict } from '../bench.ts';
import { checksOf } from '../check.ts';
import { type Finding, holds, inconclusive, pass } from '../evidence.ts';
import { documentOf, excerpt, runPmcp } from '../program.ts';
import { healthScript, lastWords } from '../scripts.ts';
import type { Site } from '../site.ts';
import { allTests, outcomeFinding, suiteFinding } from '../tests.ts';
import { toolFinding } from '../tools.ts';

const SECONDS = 600;
/** The plan's own figure, whatever target is configured. */
const COVERAGE = 0.85;

export const phase8 = checksOf(8, {
  'unit-tests': {
    title: 'All unit tests pass',
    objectives: [3],
    criteria: [1, 2, 4],
    severity: 'Critical',
    needs: ['sources'],
    how: 'all tests of the project, with coverage; a quick run takes those of phase 1',
    fix: 'Mend the tests named, or what they test.',
    run: unitTests,
  },
  coverage: {
    title: 'Test coverage >85%',
    criteria: [1],
    needs: ['sources'],
    how: 'pmcp coverage: the report that the tests have just written, with its age and commit',
    fix: 'Write tests for what `pmcp coverage` and the coverage report show as missing.',
    run: coverage,
  },
  'no-linting-errors': {
    title: 'No linting errors',
    needs: ['sources'],
    how: 'the project’s own linter (Biome, ESLint, ruff check)',
    fix: 'Mend what the linter lists.',
    run: (site) => toolFinding(site, 'lint'),
  },
  formatted: {
    title: 'All files are formatted',
    required: false,
    severity: 'Low',
    needs: ['sources'],
    how: 'the project’s own formatter (Biome, ruff format)',
    fix: 'Run the formatter.',
    run: (site) => toolFinding(site, 'format'),
  },
  'no-type-errors': {
    title: 'No type errors',
    objectives: [2],
    criteria: [3],
    needs: ['sources'],
    how: 'the project’s own type checker (TypeScript, mypy)',
    fix: 'Mend what the type checker lists.',
    run: (site) => toolFinding(site, 'types'),
  },
  'performance-within-limits': {
    title: 'Performance within limits',
    objectives: [1],
    criteria: [5, 6, 7],
    severity: 'Critical',
    needs: ['load'],
    how: 'pmcp bench --with-mcp --duration 600: every row of the plan’s table',
    fix: 'See phase 3; `pmcp bench --with-mcp --report FILE` shows where.',
    run: (site) => benchVerdict(site, SECONDS),
  },
  'deployment-scripts-work': {
    title: 'Deployment scripts work',
    criteria: [13],
    needs: ['running'],
    how: 'scripts/mcp/validate_health.sh, once more when a rollback was rehearsed',
    fix: 'See `pmcp validate-health` for the checks that do not pass.',
    run: (site) => healthScript(site, 'after'),
  },
});

async function unitTests(site: Site): Promise<Finding> {
  if (!site.quick) return outcomeFinding(await allTests(site), 'all, with coverage', 1);
  const parts = ['monitoring', 'integrator', 'codebase-search', 'testing'];
  let figure = 0;
  for (const part of parts) {
    const finding = await suiteFinding(site, part, 1);
    if (finding.result !== 'PASS') return finding;
    figure += finding.figure ?? 0;
  }
  const words = `quick: ${parts.join(', ')} only; ${figure} passed`;
  return pass(words, { command: parts.join(' '), figure, threshold: parts.length, unit: 'tests' });
}

async function coverage(site: Site): Promise<Finding> {
  const run = site.quick ? undefined : await allTests(site);
  const ended = await runPmcp(site, ['coverage', '--json'], {
    env: { MCP_PROJECT_DIRS: site.project },
  });
  const answer = documentOf(ended) ?? {};
  const { status, coverage: share, message } = answer;
  const rest = { command: ended.command, output: excerpt(ended), threshold: COVERAGE };
  if (typeof share !== 'number') {
    return inconclusive(`not known: ${message ?? ended.problem ?? lastWords(ended)}`, rest);
  }
  const figure = Math.round(share * 1000) / 1000;
  const words = `${(100 * share).toFixed(1)} %, ${message}`;
  const more = { ...rest, figure, unit: 'fraction of lines' };
  if (run && run.outcome !== 'passed')
    return inconclusive(`the tests did not pass; ${words}`, more);
  if (status === 'unknown') return inconclusive(words, more);
  return holds(share > COVERAGE, words, more);
}
