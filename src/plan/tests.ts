import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Finding, fail, inconclusive, pass } from './evidence.ts';
import type { Site, TestOutcome } from './site.ts';

/** Some of a project's tests. */
export interface TestSuite {
  name: string;
  /** Relative to the project; empty: all of them. */
  files: readonly string[];
  coverage: boolean;
}

/** Where the tests of each part are: as the plan names them, and as this project does. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  integrator: [
    'tests/test_mcp_risk_integration.py',
    'test/mcp/integrator',
    'test/bot/circuit-breaker.test.ts',
    'test/core/breaker.test.ts',
  ],
  monitoring: ['tests/test_monitoring.py', 'test/observe', 'test/mcp/monitoring'],
  'codebase-search': ['tests/mcp/test_codebase_search.py', 'test/mcp/search'],
  testing: ['tests/mcp/test_testing_server.py', 'test/mcp/testing'],
};

const TEST_FILE = /(?:\.test\.[cm]?[jt]s|^test_.*\.py)$/;

/** Runs the tests of one part; at least `fewest` of them must be there, and none may fail. */
export async function suiteFinding(site: Site, name: string, fewest: number): Promise<Finding> {
  const places = PLACES[name] ?? [];
  const files = places.flatMap((place) => filesIn(site.project, join(site.project, place)));
  if (files.length === 0) return fail(`none of these exists: ${places.join(', ')}`);
  const suite = { name, files, coverage: false };
  return outcomeFinding(await runSuite(site, suite), files.join(' '), fewest);
}

function runSuite(site: Site, suite: TestSuite): Promise<TestOutcome> {
  return site.once(`tests ${suite.name} ${suite.coverage}`, () => site.runTests(suite));
}

/** All of them: with coverage, so that the report is one of this code. */
export function allTests(site: Site): Promise<TestOutcome> {
  return runSuite(site, { name: 'all', files: [], coverage: true });
}

export function outcomeFinding(run: TestOutcome, what: string, fewest: number): Finding {
  const { runner, outcome, passed, skipped: left, failures, commit, reason, tail } = run;
  const at = commit === null ? 'not in git' : `commit ${commit.slice(0, 10)}`;
  const others = left > 0 ? `, ${left} skipped` : '';
  const figures = `${passed} passed, ${failures.length} failed${others} (${runner}, ${at})`;
  const rest = {
    command: `${runner} ${shorter(what)}`.trim(),
    output: failures.length > 0 ? failures.slice(0, 20).join('\n') : tail.slice(-2000),
    figure: passed,
    threshold: fewest,
    unit: 'tests',
  };
  if (outcome === 'stopped') return inconclusive(`${reason ?? 'stopped'}; ${figures}`, rest);
  if (outcome !== 'passed') return fail(`${reason ?? failures[0]}; ${figures}`, rest);
  if (passed < fewest) return fail(`${figures}; the plan has ${fewest} or more`, rest);
  return pass(figures, rest);
}

function shorter(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 150)} …`;
}

function filesIn(root: string, path: string): string[] {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => TEST_FILE.test(name.split('/').at(-1) ?? ''))
      .map((name) => relative(root, join(path, name)))
      .sort();
  } catch {
    return [relative(root, path)];
  }
}
