import { defineCommand, type Outcome } from '../src/command.ts';
import { RefusedError } from '../src/errors.ts';
import type { ScanSummary } from '../src/mcp/integrator/integrator.ts';

export default defineCommand({
  name: 'scan',
  summary: 'where risk parameters are defined, read and written in the code',
  description: `Finds every use of MAX_DAILY_LOSS and the other risk parameters, in any spelling,
by syntax tree for TypeScript and JavaScript and by pattern elsewhere. A write outside the config
and core folders is flagged: exit code 1. Scans MCP_PROJECT_DIRS.`,
  examples: ['pmcp scan', 'pmcp scan --json'],
  async run(_options, context): Promise<Outcome<ScanSummary>> {
    const config = await context.config();
    const { createStandaloneIntegrator } = await import('../src/mcp/integrator/standalone.ts');
    const integrator = await createStandaloneIntegrator(config);
    const data = await integrator.scanRiskParameters();
    if (data.status === 'held' || data.status === 'disabled') {
      throw new RefusedError(`not scanned: ${data.message}`, {
        hint: 'See `pmcp breaker status`.',
      });
    }
    const exitCode = data.status === 'completed' ? 0 : data.status === 'flagged' ? 1 : 4;
    return { schema: 'pmcp.scan', version: 1, data, exitCode };
  },
  render({ data }, paint) {
    const { status, scannedParams, flagged, filesScanned, message } = data as ScanSummary;
    const rows = Object.entries(scannedParams).map(
      ([name, one]) =>
        `${name.padEnd(26)} ${String(one.definitions).padStart(4)} defined ` +
        `${String(one.reads).padStart(5)} read ${String(one.writes).padStart(4)} written`,
    );
    const verdict = status === 'completed' ? paint.good(message) : paint.bad(message);
    const places = flagged.map((one) => `${paint.bad(`${one.path}:${one.line}`)}  ${one.text}`);
    return [...rows, `${filesScanned} files; ${verdict}`, ...places].join('\n');
  },
});
