import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { createControlServer } from './host/control-server.ts';
import { startMcpService } from './mcp/service.ts';
import { startAlerts } from './observe/alerts/service.ts';
import { startDaemon } from './observe/daemon.ts';
import { createDashboard } from './observe/dashboard-server/dashboard.ts';
import { createHistory } from './observe/history/history.ts';
import { markRelease, startRecorder } from './observe/history/recorder.ts';
import { createMonitoringPort } from './observe/monitoring-port.ts';
import { pathsOf } from './state/paths.ts';

export interface McpProcessOptions {
  config: Config;
  dataDir: string;
  clock: Clock;
  release: string;
  /** For the operator's terminal, or this process's log. */
  onNote(text: string): void;
  /** A round of monitoring was completed; the next is due in `nextMs` (real). */
  onRound(nextMs: number): void;
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
  const { config, dataDir, clock, release, bareRssBytes, onRound } = options;
  const nowMs = () => clock.now();
  const { statusSocket: socketPath, monitor: path, mcpControlSocket } = pathsOf(dataDir);
  const undo: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const daemon = await startDaemon({ config, socketPath, release, bareRssBytes, onRound });
    undo.push(daemon.close);
    const { monitor } = daemon;
    const history = createHistory({ path, nowMs });
    undo.push(history.close);
    markRelease(history, release, nowMs());
    const recorder = startRecorder(monitor, history, nowMs);
    undo.push(recorder.close);
    const alerting = startAlerts({ ...options, monitor, history, tradingNowMs: nowMs });
    undo.push(alerting.close);
    const limits = {
      cpuPercent: config.MCP_RESOURCE_LIMIT_CPU_PERCENT,
      memoryMb: config.MCP_RESOURCE_LIMIT_MB,
    };
    const { alerts } = alerting;
    const port = createMonitoringPort({ monitor, history, recorder, alerts, limits, nowMs });
    const dashboard = createDashboard({ ...options, monitor, history, alerts, nowMs });
    undo.push(dashboard.close);
    daemon.attach(dashboard.routes);
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
      onCoverage: ({ coverage: found, target, before }) => {
        alerting.coverage({ found, target, before });
      },
      onLatch: alerting.latch,
      onRound: (servers) => {
        const told = (name: string) => {
          const report = servers[name];
          return report && { ok: report.status === 'ok', message: report.message };
        };
        monitor.servers({ search: told('codebase-search'), testing: told('testing') });
      },
    });
    undo.push(service.close);
    const verbs = { ...alerting.verbs, ...service.verbs };
    const control = await createControlServer(mcpControlSocket, verbs);
    undo.push(control.close);
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
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
