import { SERVERS } from '../real/servers.ts';
import {
  GENERIC,
  NOT_APPLICABLE,
  RUNS,
  type RunName,
  STATELESS_NEEDS_FIXTURES,
  WHY_FIXTURE,
} from './expected.ts';
import { type SuiteRun, versionOf } from './suite.ts';

const FEW = STATELESS_NEEDS_FIXTURES.length;
const names = Object.keys(RUNS) as RunName[];

/** docs/mcp-conformance.md: what the suite said of the fixture and of each real server. */
export function report(fixture: Record<RunName, SuiteRun>, real: Record<string, SuiteRun>): string {
  const scenarios = new Set(names.flatMap((name) => Object.keys(fixture[name].scenarios)));
  const applicable = [...scenarios].filter((name) => !(name in NOT_APPLICABLE)).sort();
  return `# MCP conformance

Results of the official suite, written by the tests that run it:
\`@modelcontextprotocol/conformance\` ${versionOf('stable')} (\`--suite all\`) and
${versionOf('next')} (\`--requirements 2025-11-25\` and \`--requirements 2026-07-28\`).
No scenario is expected to fail. A number is that of the checks passed; \`-\`: not part of the run.

## Fixture

${wrap(WHY_FIXTURE)}

| scenario | ${versionOf('stable')} all | 2025-11-25 | 2026-07-28 |
|---|---|---|---|
${applicable.map((scenario) => row(scenario, fixture)).join('\n')}

## The three servers

Scenarios that need nothing of the suite's own. Of server-stateless, ${FEW} checks
need tools of the suite and run on the fixture; the others pass here too.

| revision | scenario | ${SERVERS.join(' | ')} |
|---|---|---|---|---|
${realRows('2025-11-25', GENERIC['2025-11-25'], real)}
${realRows('2026-07-28', [...GENERIC['2026-07-28'], 'server-stateless'], real)}

## Not applicable

None of these counts for a revision.

| scenario | reason |
|---|---|
${Object.entries(NOT_APPLICABLE)
  .map(([scenario, reason]) => `| ${scenario} | ${reason} |`)
  .join('\n')}
`;
}

function row(scenario: string, fixture: Record<RunName, SuiteRun>): string {
  const cells = names.map((name) => fixture[name].scenarios[scenario]?.passed ?? '-');
  return `| ${scenario} | ${cells.join(' | ')} |`;
}

function realRows(revision: string, scenarios: readonly string[], real: Record<string, SuiteRun>) {
  const passed = (server: string, scenario: string) =>
    real[`${server} ${revision}`]?.scenarios[scenario]?.passed ?? '-';
  const cells = (scenario: string) => SERVERS.map((server) => passed(server, scenario));
  return scenarios
    .map((scenario) => `| ${revision} | ${scenario} | ${cells(scenario).join(' | ')} |`)
    .join('\n');
}

function wrap(text: string): string {
  return text.replace(/(.{1,98})(?: |$)/g, '$1\n').trimEnd();
}
