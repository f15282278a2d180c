import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { startMcpService } from './mcp/service.ts';
import type { Alerts } from './observe/alerts/port.ts';
import { startDaemon } from './observe/daemon.ts';
import { createDashboard } from './observe/dashboard-server/dashboard.ts';
import { createHistory } from './observe/history/history.ts';
import { startRecorder } from './observe/history/recorder.ts';
import { createMonitoringPort } from './observe/monitoring-port.ts';

export interface McpProcessOptions {
  config: Config;
  dataDir: string;
  clock: Clock;
  release: string;
  /** Resident bytes of this process before it loaded anything: what Node itself takes. */
  bareRssBytes: number;
}

export interface RunningProcess {
  ports: { dashboardPort: number | undefined; metricsPort: number | undefined; mcpPort: number };
  hosts: { dashboard: string; metrics: string; mcp: string };
  close(): Promise<void>;
}

/** The mcp process: monitor, history and the three MCP servers, joined. */
export async function startMcpProcess(options: McpProcessOptions): Promise<RunningProcess> {
  const { config, dataDir, clock, release, bareRssBytes } = options;
  const nowMs = () => clock.now();
  const socketPath = join(dataDir, 'run', 'status.sock');
  const daemon = await startDaemon({ config, socketPath, release, bareRssBytes });
  const { monitor } = daemon;
  const history = createHistory({ path: join(dataDir, 'monitor.db'), nowMs });
  const recorder = startRecorder(monitor, history, nowMs);
  const alerts: Alerts = {
    list: () => ({ alerts: [], total: 0 }),
    acknowledge: () => undefined,
    onChange: () => () => undefined,
  };
  const limits = {
    cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
    memoryMb: config.MCP_RESOURCE_LIMIT_MB,
  };
  const port = createMonitoringPort({ monitor, history, recorder, alerts, limits, nowMs });
  const dashboard = createDashboard({ ...options, monitor, history, alerts, nowMs });
  daemon.attach(dashboard.routes);
  const closeWatch = async () => {
    dashboard.close();
    recorder.close();
    await daemon.close();
    history.close();
  };
  try {
    const service = await startMcpService({
      config,
      dataDir,
      release,
      port,
      nowMs,
      onCall: ({ server, tool, result, durationMs }) => {
        const outcome = result === 'ok' ? 'ok' : 'error';
        monitor.toolCalled(server, tool, outcome, durationMs / 1_000);
        dashboard.called({ server, tool, ok: result === 'ok', durationMs });
      },
      onRound: (servers) => {
        const told = (name: string) => {
          const report = servers[name];
          return report && { ok: report.status === 'ok', message: report.message };
        };
        monitor.servers({ search: told('codebase-search'), testing: told('testing') });
      },
    });
    return {
      ports: {
        dashboardPort: daemon.dashboardPort,
        metricsPort: daemon.metricsPort,
        mcpPort: service.httpPort,
      },
      hosts: {
        dashboard: config.DASHBOARD_HOST,
        metrics: config.METRICS_HOST,
        mcp: config.MCP_HTTP_HOST,
      },
      async close() {
        await service.close();
        await closeWatch();
      },
    };
  } catch (error) {
    await closeWatch();
    throw error;
  }
}
