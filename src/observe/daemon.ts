import type { Config } from '../config/schema.ts';
import { type Listening, type Page, plain, type Routes, serve } from './http.ts';
import { createMonitor, type Monitor } from './monitor.ts';
import { healthPage } from './page.ts';

export interface Daemon {
  dashboardPort: number | undefined;
  metricsPort: number | undefined;
  monitor: Monitor;
  close(): Promise<void>;
}

export interface DaemonOptions {
  config: Config;
  socketPath: string;
  release: string;
  bareRssBytes: number;
}

/** The mcp process: watches the bot and serves /health and /metrics. An absent bot is no error. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config } = options;
  const monitor = createMonitor(options);
  const open: Listening[] = [];
  const close = async () => {
    monitor.close();
    await Promise.all(open.map((door) => door.close()));
  };
  try {
    const dashboard = config.DASHBOARD_ENABLED
      ? await serve({
          host: config.DASHBOARD_HOST,
          port: config.DASHBOARD_PORT,
          what: 'the dashboard',
          key: 'DASHBOARD_PORT',
          routes: dashboardRoutes(monitor),
        })
      : undefined;
    if (dashboard) open.push(dashboard);
    const metrics = config.METRICS_ENABLED
      ? await serve({
          host: config.METRICS_HOST,
          port: config.METRICS_PORT,
          what: 'metrics',
          key: 'METRICS_PORT',
          routes: metricsRoutes(monitor),
        })
      : undefined;
    if (metrics) open.push(metrics);
    return { dashboardPort: dashboard?.port, metricsPort: metrics?.port, monitor, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function dashboardRoutes(monitor: Monitor): Routes {
  return new Map<string, () => Page>([
    ['/', () => html(healthPage(monitor.health()))],
    [
      '/health',
      () => ({ status: 200, contentType: 'application/json', body: monitor.healthJson() }),
    ],
    ['/livez', () => plain(200, 'alive')],
    [
      '/readyz',
      () => {
        const { status } = monitor.health();
        return plain(status === 'critical' ? 503 : 200, status);
      },
    ],
  ]);
}

function metricsRoutes({ metrics }: Monitor): Routes {
  return new Map<string, () => Page | Promise<Page>>([
    [
      '/metrics',
      async () => ({
        status: 200,
        contentType: metrics.contentType,
        body: await metrics.render(),
      }),
    ],
  ]);
}

function html(body: string): Page {
  return { status: 200, contentType: 'text/html; charset=utf-8', body };
}
