import { defineCommand, type Outcome } from '../src/command.ts';
import type { CoverageSummary } from '../src/mcp/integrator/integrator.ts';

export default defineCommand({
  name: 'coverage',
  summary: 'whether the bot’s code is tested as much as it should be',
  description: `Compares the newest coverage report of the project (Istanbul, lcov, Cobertura,
coverage.py) with MCP_TESTING_COVERAGE_TARGET. A stale report is inconclusive (exit code 4), never
a pass.`,
  examples: ['pmcp coverage', 'MCP_TESTING_COVERAGE_TARGET=0.95 pmcp coverage --json'],
  async run(_options, context): Promise<Outcome<CoverageSummary>> {
    const config = await context.config();
    const { createStandaloneIntegrator } = await import('../src/mcp/integrator/standalone.ts');
    const integrator = await createStandaloneIntegrator(config);
    const data = await integrator.verifyTestCoverage();
    const exitCode = data.status === 'passed' ? 0 : data.status === 'failed' ? 1 : 4;
    return { schema: 'pmcp.coverage', version: 1, data, exitCode };
  },
  render({ data }, paint) {
    const { status, coverage, threshold, message } = data as CoverageSummary;
    const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
    const figure = coverage === null ? 'unknown' : percent(coverage);
    const colour = status === 'passed' ? paint.good : status === 'failed' ? paint.bad : paint.warn;
    return `${colour(status)}: ${figure} of ${percent(threshold)} (${message})`;
  },
});
