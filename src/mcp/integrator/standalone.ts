import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { openBreakerStore } from '../../state/breaker-store.ts';
import { createRoots } from '../search/roots.ts';
import { createCoverageCheck } from '../testing/coverage-tools.ts';
import { createMcpRiskIntegrator, type McpRiskIntegrator } from './integrator.ts';
import { createMcpLatches } from './latches.ts';
import { createOwnMeter } from './own-meter.ts';

/** An integrator outside the mcp process: for the command line and for programs of the operator. */
export async function createStandaloneIntegrator(config: Config): Promise<McpRiskIntegrator> {
  const nowMs = () => Date.now();
  const roots = await createRoots(config.MCP_PROJECT_DIRS.split(':').filter(Boolean));
  const root = roots.directories[0] ?? process.cwd();
  const project = { root, roots, node: process.execPath, timeMs: 0, memoryBytes: 0, nowMs };
  const target = config.MCP_TESTING_COVERAGE_TARGET;
  const coverage = createCoverageCheck(project, target, () => undefined);
  const path = join(resolve(config.DATA_DIR), 'mcp', 'standalone-breaker.json');
  // A latch that cannot be written halts, and would never be armed again.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const store = openBreakerStore({ path, nowMs: nowMs(), whenMissing: 'create', owner: 'mcp' });
  const integrator = createMcpRiskIntegrator({
    roots,
    coverage,
    coverageTarget: target,
    latches: createMcpLatches(store, nowMs),
    marketHours: {
      enabled: config.MCP_MARKET_HOURS_ENABLED,
      start: config.MCP_MARKET_HOURS_START,
      end: config.MCP_MARKET_HOURS_END,
    },
    probes: {},
    measure: createOwnMeter(config),
    limits: {
      cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
      memoryMb: config.MCP_RESOURCE_LIMIT_MB,
    },
    nowMs,
  });
  await integrator.initialize();
  await integrator.enable();
  return integrator;
}
