import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { secretValues } from '../config/secret.ts';
import type { BreakerState } from '../core/breaker.ts';
import { createRedact } from '../core/redact.ts';
import type { ControlHandlers } from '../host/control-server.ts';
import { openBreakerStore } from '../state/breaker-store.ts';
import { pathsOf } from '../state/paths.ts';
import type { CallEnvironment, CallRecord } from './call-tool.ts';
import { served, serveMcpHttp } from './http.ts';
import { createMcpRiskIntegrator, type ServerReport } from './integrator/integrator.ts';
import { latchVerbs } from './integrator/latch-verbs.ts';
import { createMcpLatches } from './integrator/latches.ts';
import { createOwnMeter } from './integrator/own-meter.ts';
import { createMonitoringServer } from './monitoring/server.ts';
import type { MonitoringPort } from './port.ts';
import { createSearchEngine } from './search/engine.ts';
import { readOwnPatterns } from './search/own-patterns.ts';
import { createRoots } from './search/roots.ts';
import { createSearchServer } from './search/server.ts';
import { servePipe } from './stdio/serve-pipe.ts';
import { type CoverageVerdict, createCoverageCheck } from './testing/coverage-tools.ts';
import { createTestRuns } from './testing/runs.ts';
import { createTestingServer } from './testing/server.ts';

export interface McpServiceOptions {
  config: Config;
  dataDir: string;
  release: string;
  port: MonitoringPort;
  nowMs(): number;
  onCall(record: CallRecord): void;
  /** Whenever coverage was verified on a report that speaks of the code as it is. */
  onCoverage(verdict: CoverageVerdict): void;
  /** After every round: each server that is enabled. */
  onRound(servers: Record<string, ServerReport>): void;
  /** The latch over all of them, after every round and whenever the operator changes it. */
  onLatch(state: BreakerState): void;
}

export interface McpService {
  httpPort: number;
  /** For the operator's control socket. */
  verbs: ControlHandlers;
  close(): Promise<void>;
}

/** How often the servers and their load are looked at. */
const MONITOR_MS = 20_000;
const MEGABYTE = 1_000_000;
/** Of the whole unit's 15 % and 1 GB, what a test run may take. */
const TEST_RUN = { timeMs: 15 * 60_000, memoryBytes: 700 * MEGABYTE };

/** The three servers of the mcp process, their guard, their latches and their doors. */
export async function startMcpService(options: McpServiceOptions): Promise<McpService> {
  const { config, dataDir, nowMs, port, onLatch } = options;
  const { mcpBreaker } = pathsOf(dataDir);
  mkdirSync(dirname(mcpBreaker), { recursive: true, mode: 0o700 });
  const store = openBreakerStore({
    path: mcpBreaker,
    nowMs: nowMs(),
    whenMissing: 'create',
    owner: 'mcp',
  });
  const latches = createMcpLatches(store, nowMs);
  const environment: CallEnvironment = {
    gate: latches.gate,
    redact: createRedact({ secrets: secretValues(config), env: process.env }),
    record(call) {
      latches.called(call);
      options.onCall(call);
    },
  };
  const built = await buildServers(options, () => latches.state('mcp'));
  const integrator = createMcpRiskIntegrator({ ...built.parts, latches, nowMs });
  await integrator.initialize();
  await integrator.enable();

  const http = await serveMcpHttp({
    host: config.MCP_HTTP_HOST,
    port: config.MCP_HTTP_PORT,
    token: config.MCP_HTTP_TOKEN?.reveal(),
    servers: built.definitions.map((one) => served(one, environment)),
  });
  const pipe = await servePipe(join(dataDir, 'run', 'mcp.sock'), built.definitions, environment);
  const look = async () => {
    const bot = port.bot();
    if ('status' in bot) latches.seeOperator(bot.status.breaker.mcp);
    const { servers } = await integrator.monitorAll();
    options.onRound(servers);
    onLatch(latches.state('mcp'));
  };
  await look();
  const round = setInterval(look, MONITOR_MS);
  return {
    httpPort: http.port,
    verbs: latchVerbs({ store, now: nowMs, onChange: () => onLatch(latches.state('mcp')) }),
    async close() {
      clearInterval(round);
      built.close();
      await Promise.all([http.close(), pipe.close()]);
    },
  };
}

/** The definitions that are enabled, and what the integrator needs of them. */
async function buildServers(options: McpServiceOptions, ownLatch: () => BreakerState) {
  const { config, release: version, port, onCoverage } = options;
  const roots = await createRoots(config.MCP_PROJECT_DIRS.split(':').filter(Boolean));
  const root = roots.directories[0] ?? process.cwd();
  const engine = createSearchEngine({ roots, cacheTtlMs: config.MCP_SEARCH_CACHE_SECONDS * 1_000 });
  const nowMs = () => Date.now();
  const project = { root, roots, node: process.execPath, nowMs, ...TEST_RUN };
  const runs = createTestRuns({ root, node: process.execPath, limits: TEST_RUN, nowMs });
  const coverageTarget = config.MCP_TESTING_COVERAGE_TARGET;
  const coverage = createCoverageCheck(project, coverageTarget, onCoverage);
  const ownPatterns = await readOwnPatterns(config.MCP_PATTERNS_FILE);
  const search = config.MCP_CODEBASE_SEARCH_ENABLED
    ? createSearchServer({ version, engine, ownPatterns })
    : undefined;
  const testing = config.MCP_TESTING_ENABLED
    ? createTestingServer({ version, project, runs, coverage })
    : undefined;
  const monitoring = config.MCP_MONITORING_ENABLED
    ? createMonitoringServer({ version, port, ownLatch })
    : undefined;
  const seen = () => engine.isVisible(root, AbortSignal.timeout(2_000));
  return {
    definitions: [search, testing, monitoring].filter((one) => one !== undefined),
    close: engine.close,
    parts: {
      roots,
      coverage,
      coverageTarget,
      marketHours: {
        enabled: config.MCP_MARKET_HOURS_ENABLED,
        start: config.MCP_MARKET_HOURS_START,
        end: config.MCP_MARKET_HOURS_END,
      },
      probes: {
        'codebase-search':
          search && (async () => ((await seen()) ? `searches ${root}` : 'nothing to search')),
        testing: testing && (async () => `${runs.list().length} test runs kept`),
        monitoring: monitoring && (async () => `health is ${port.health().status}`),
      },
      measure: createOwnMeter(config),
      limits: {
        cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
        memoryMb: config.MCP_RESOURCE_LIMIT_MB,
      },
    },
  };
}
