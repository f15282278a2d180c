import type { Config } from '../config/schema.ts';
import { createAccess } from './dashboard-server/access.ts';
import { type Listening, type Page, plain, type Route, type Routes, serve } from './http.ts';
import { createMonitor, type Monitor } from './monitor.ts';
import { healthPage } from './page.ts';

export interface Daemon {
  dashboardPort: number | undefined;
  metricsPort: number | undefined;
  monitor: Monitor;
  /** Adds what the dashboard serves, once the parts that it shows are there. */
  attach(routes: Routes): void;
  close(): Promise<void>;
}

export interface DaemonOptions {
  config: Config;
  socketPath: string;
  release: string;
  bareRssBytes: number;
  onRound?(nextMs: number): void;
}

/** The mcp process: watches the bot and serves /health and /metrics. An absent bot is no error. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config } = options;
  const monitor = createMonitor(options);
  const open: Listening[] = [];
  const token = config.DASHBOARD_TOKEN?.reveal();
  const access = token === undefined ? undefined : createAccess(token, () => Date.now());
  const routes = new Map<string, Route>([...dashboardRoutes(monitor), ...(access?.routes ?? [])]);
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
          routes,
          ...(access && { admit: access.admit }),
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
    return {
      dashboardPort: dashboard?.port,
      metricsPort: metrics?.port,
      monitor,
      attach: (more) => {
        for (const [path, route] of more) routes.set(path, route);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function dashboardRoutes(monitor: Monitor): Routes {
  return new Map<string, () => Page>([
    ['/plain', () => html(healthPage(monitor.health()))],
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
