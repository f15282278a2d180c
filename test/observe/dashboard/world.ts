import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createStatusServer, type StatusServer } from '../../../src/bot/status-server.ts';
import { type Config, schema } from '../../../src/config/schema.ts';
import type { Silence } from '../../../src/core/alerts/silence.ts';
import type { BotStatus } from '../../../src/core/status.ts';
import type { Alert, Alerts } from '../../../src/observe/alerts/port.ts';
import { type Daemon, startDaemon } from '../../../src/observe/daemon.ts';
import {
  createDashboard,
  type Dashboard,
} from '../../../src/observe/dashboard-server/dashboard.ts';
import { createHistory, type History } from '../../../src/observe/history/history.ts';
import { fakeHello, fakeStatus } from '../../fakes/status.ts';

const defaults = Object.fromEntries(
  Object.entries(schema).map(([key, { defaultValue }]) => [key, defaultValue]),
) as Config;

export const WALLET = `0x${'12'.repeat(20)}`;

export interface World {
  port: number;
  url: string;
  daemon: Daemon;
  dashboard: Dashboard;
  history: History;
  alerts: FakeAlerts;
  /** Only after startBot(). */
  bot(): StatusServer;
  startBot(status?: () => BotStatus): Promise<void>;
  stopBot(): Promise<void>;
  close(): Promise<void>;
}

const worlds = new Set<World>();
afterEach(async () => {
  for (const world of worlds) await world.close();
});

/** Monitor, history and dashboard as the mcp process joins them, with a bot that only talks. */
export async function openWorld(overrides: Partial<Config> = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-dashboard-'));
  const socketPath = join(directory, 'status.sock');
  const config: Config = {
    ...defaults,
    DASHBOARD_PORT: 0,
    METRICS_ENABLED: false,
    MONITOR_INTERVAL_SECONDS: 1,
    DASHBOARD_REFRESH_SECONDS: 1,
    // The test runner itself is no small process.
    MONITORING_MAX_CPU_PERCENT: 100,
    MONITORING_MAX_MEMORY_MB: 10_000,
    ...overrides,
  };
  const nowMs = () => Date.now();
  const daemon = await startDaemon({ config, socketPath, release: '0.1.0', bareRssBytes: 0 });
  const { monitor } = daemon;
  const history = createHistory({ path: join(directory, 'monitor.db'), nowMs });
  const alerts = fakeAlerts();
  const parts = { config, release: '0.1.0', monitor, history, alerts, bareRssBytes: 0, nowMs };
  const dashboard = createDashboard(parts);
  daemon.attach(dashboard.routes);
  const fine = { ok: true, message: 'fine' };
  monitor.servers({ search: fine, testing: fine });
  let bot: StatusServer | undefined;
  let publish: NodeJS.Timeout | undefined;
  const stopBot = async () => {
    clearInterval(publish);
    await bot?.close();
    bot = undefined;
  };
  const port = daemon.dashboardPort ?? 0;
  const world: World = {
    port,
    url: `http://127.0.0.1:${port}/`,
    daemon,
    dashboard,
    history,
    alerts,
    stopBot,
    bot() {
      if (!bot) throw new Error('no bot was started');
      return bot;
    },
    async startBot(status = () => fakeStatus()) {
      const startedAtMs = Date.now();
      const hello = { ...fakeHello, startedAtMs };
      const server = await createStatusServer({
        socketPath,
        hello,
        now: Date.now,
        onHalt: () => {},
      });
      bot = server;
      publish = setInterval(() => server.publish(status()), 200);
    },
    async close() {
      worlds.delete(world);
      dashboard.close();
      await stopBot();
      await daemon.close();
      history.close();
      rmSync(directory, { recursive: true });
    },
  };
  worlds.add(world);
  return world;
}

export interface FakeAlerts extends Alerts {
  raise(overrides?: Partial<Alert>): void;
  all: Alert[];
  held: Silence[];
}

function fakeAlerts(): FakeAlerts {
  const all: Alert[] = [];
  const silences: Silence[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return {
    all,
    held: silences,
    raise(overrides = {}) {
      all.unshift({
        id: 'a/1',
        key: 'loss',
        severity: 'critical',
        title: 'The loss of the day is at 80 %',
        detail: `80.00 of 100.00 USDC, mostly by ${WALLET}`,
        raisedAtMs: Date.now(),
        resolvedAtMs: null,
        acknowledged: null,
        ...overrides,
      });
      tell();
    },
    silences: () => silences,
    list({ active, limit, offset }) {
      const some = all.filter(({ resolvedAtMs }) => !active || resolvedAtMs === null);
      return { alerts: some.slice(offset, offset + limit), total: some.length };
    },
    acknowledge(id, by, falsePositive) {
      const found = all.find((alert) => alert.id === id);
      if (found) found.acknowledged = { by, atMs: Date.now(), falsePositive };
      tell();
      return found;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  body: string;
}

export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body = '' } = {} as {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
  },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (got) => {
      const chunks: Buffer[] = [];
      got.on('data', (chunk: Buffer) => chunks.push(chunk));
      got.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const status = got.statusCode ?? 0;
        resolve({ status, headers: got.headers, bytes, body: bytes.toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What a browser adds to a request of our own page. */
export function fromPage(port: number): Record<string, string> {
  return { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
}
