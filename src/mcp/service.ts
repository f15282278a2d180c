import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { Secret } from '../config/secret.ts';
import { openBreakerStore } from '../state/breaker-store.ts';
import type { CallEnvironment, CallRecord } from './call-tool.ts';
import type { ServerDefinition } from './definition.ts';
import { type McpHttp, served, serveMcpHttp } from './http.ts';
import {
  createMcpRiskIntegrator,
  type McpRiskIntegrator,
  type ServerReport,
} from './integrator/integrator.ts';
import { createMcpLatches, type McpLatches } from './integrator/latches.ts';
import { createOwnMeter } from './integrator/own-meter.ts';
import type { MonitoringPort } from './monitoring/port.ts';
import { createMonitoringServer } from './monitoring/server.ts';
import { createRedact } from './redact.ts';
import { createSearchEngine } from './search/engine.ts';
import { readOwnPatterns } from './search/own-patterns.ts';
import { createRoots } from './search/roots.ts';
import { createSearchServer } from './search/server.ts';
import { servePipe } from './stdio/serve-pipe.ts';
import { createCoverageCheck } from './testing/coverage-tools.ts';
import { createTestRuns } from './testing/runs.ts';
import { createTestingServer } from './testing/server.ts';

export interface McpServiceOptions {
  config: Config;
  dataDir: string;
  release: string;
  port: MonitoringPort;
  nowMs(): number;
  onCall(record: CallRecord): void;
  /** After every round: each server that is enabled. */
  onRound(servers: Record<string, ServerReport>): void;
}

export interface McpService {
  httpPort: number;
  integrator: McpRiskIntegrator;
  latches: McpLatches;
  /** Clients connected over stdio pipes. */
  pipes(): number;
  close(): Promise<void>;
}

/** How often the servers and their load are looked at. */
const MONITOR_MS = 20_000;
const MEGABYTE = 1_000_000;
/** Of the whole unit's 15 % and 1 GB, what a test run may take. */
const TEST_RUN = { timeMs: 15 * 60_000, memoryBytes: 700 * MEGABYTE };

/** The three servers of the mcp process, their guard, their latches and their doors. */
export async function startMcpService(options: McpServiceOptions): Promise<McpService> {
  const { config, dataDir, nowMs, release: version, port } = options;
  const roots = await createRoots(config.MCP_PROJECT_DIRS.split(':').filter(Boolean));
  const root = roots.directories[0] ?? process.cwd();
  const engine = createSearchEngine({ roots, cacheTtlMs: config.MCP_SEARCH_CACHE_SECONDS * 1_000 });
  const project = { root, roots, node: process.execPath, nowMs: () => Date.now(), ...TEST_RUN };
  const runs = createTestRuns({
    root,
    node: process.execPath,
    limits: TEST_RUN,
    nowMs: project.nowMs,
  });
  const coverageTarget = config.MCP_TESTING_COVERAGE_TARGET;
  const coverage = createCoverageCheck(project, coverageTarget, () => undefined);

  const store = openBreakerStore({
    path: join(dataDir, 'mcp', 'breaker.json'),
    nowMs: nowMs(),
    whenMissing: 'create',
    owner: 'mcp',
  });
  const latches = createMcpLatches(store, nowMs);
  const token = config.MCP_HTTP_TOKEN?.reveal();
  const environment: CallEnvironment = {
    gate: latches.gate,
    redact: createRedact({ secrets: secretsOf(config), env: process.env }),
    record(call) {
      latches.called(call);
      options.onCall(call);
    },
  };
  const definitions = {
    'codebase-search': config.MCP_CODEBASE_SEARCH_ENABLED
      ? createSearchServer({
          version,
          engine,
          ownPatterns: await readOwnPatterns(config.MCP_PATTERNS_FILE),
        })
      : undefined,
    testing: config.MCP_TESTING_ENABLED
      ? createTestingServer({ version, project, runs, coverage })
      : undefined,
    monitoring: config.MCP_MONITORING_ENABLED
      ? createMonitoringServer({ version, port })
      : undefined,
  } satisfies Record<string, ServerDefinition | undefined>;
  const enabled = Object.values(definitions).filter((one) => one !== undefined);

  const integrator = createMcpRiskIntegrator({
    roots,
    coverage,
    coverageTarget,
    latches,
    marketHours: {
      enabled: config.MCP_MARKET_HOURS_ENABLED,
      start: config.MCP_MARKET_HOURS_START,
      end: config.MCP_MARKET_HOURS_END,
    },
    probes: {
      'codebase-search':
        definitions['codebase-search'] &&
        (async () =>
          (await engine.isVisible(root, AbortSignal.timeout(2_000)))
            ? `searches ${root}`
            : 'nothing to search'),
      testing: definitions.testing && (async () => `${runs.list().length} runs kept`),
      monitoring: definitions.monitoring && (async () => `health is ${port.health().status}`),
    },
    measure: createOwnMeter(config),
    limits: {
      cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
      memoryMb: config.MCP_RESOURCE_LIMIT_MB,
    },
    nowMs,
  });
  await integrator.initialize();
  await integrator.enable();

  const http: McpHttp = await serveMcpHttp({
    host: config.MCP_HTTP_HOST,
    port: config.MCP_HTTP_PORT,
    token,
    servers: enabled.map((one) => served(one, environment)),
  });
  const pipe = await servePipe(join(dataDir, 'run', 'mcp.sock'), enabled, environment);
  const look = async () => {
    const bot = port.bot();
    if ('status' in bot) latches.seeOperator(bot.status.breaker.mcp);
    options.onRound((await integrator.monitorAll()).servers);
  };
  await look();
  const round = setInterval(look, MONITOR_MS);
  return {
    httpPort: http.port,
    integrator,
    latches,
    pipes: pipe.count,
    async close() {
      clearInterval(round);
      engine.close();
      await Promise.all([http.close(), pipe.close()]);
    },
  };
}

function secretsOf(config: Config): string[] {
  return Object.values(config).flatMap((value) =>
    value instanceof Secret ? [value.reveal()] : [],
  );
}
