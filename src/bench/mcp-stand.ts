import { join } from 'node:path';
import { NODE_ENVIRONMENT, nodeFlagsFor } from '../host/node-flags.ts';
import { mcpAnswers } from './impact/stand.ts';
import { freePorts, type Program, type Self, startProgram } from './program.ts';

/** The real mcp process, without a bot. */
export interface McpStand {
  program: Program;
  dashboardUrl: string;
  metricsUrl: string;
  mcpUrl: string;
}

export interface McpStandOptions {
  self: Self;
  dataDir: string;
  projectDirectory: string;
  env?: Readonly<Record<string, string>>;
}

export async function openMcpStand(options: McpStandOptions): Promise<McpStand> {
  const { self, dataDir, projectDirectory } = options;
  const ports = await freePorts(3);
  const [dashboardUrl, metricsUrl, mcpUrl] = ports.map((port) => `http://127.0.0.1:${port}`);
  const program = await startProgram({
    name: 'mcp',
    command: self.command,
    args: [...nodeFlagsFor('mcp'), ...self.args, 'mcp', '--data-dir', dataDir],
    env: {
      ...process.env,
      ...NODE_ENVIRONMENT,
      DATA_DIR: dataDir,
      MCP_PROJECT_DIRS: projectDirectory,
      DASHBOARD_PORT: String(ports[0]),
      METRICS_PORT: String(ports[1]),
      MCP_HTTP_PORT: String(ports[2]),
      // Under a load that is far beyond any use it must go on, or there is nothing to measure.
      MCP_RESOURCE_LIMIT_CPU_PERCENT: '100',
      // Staging and production refuse such budgets.
      ENVIRONMENT: 'development',
      MONITORING_MAX_CPU_PERCENT: '100',
      MONITORING_MAX_MEMORY_MB: '1000',
      NO_COLOR: '1',
      ...options.env,
    },
    logPath: join(dataDir, 'logs', 'mcp.log'),
    isReady: () => mcpAnswers(`${dashboardUrl}`, `${mcpUrl}`),
  });
  return {
    program,
    dashboardUrl: `${dashboardUrl}`,
    metricsUrl: `${metricsUrl}`,
    mcpUrl: `${mcpUrl}`,
  };
}
