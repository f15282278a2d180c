import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type PaperRun, startPaperRun } from '../observe/port.ts';
import type { SiteOptions } from './open-site.ts';
import { botStatus, health, pause } from './running.ts';

/** Settled, and not yet started. */
export interface OwnInstallation {
  config: Config;
  env: Record<string, string>;
  /** As it is asked for; each start is from nothing. */
  ensure(running: boolean): Promise<void>;
}

/** Trades come often enough to be watched, and the market moves too little to trip anything. */
const SCENARIO = { scenario: 'calm', seed: 1, speed: 10 };
const PORTS = ['EXCHANGE_PORT', 'DASHBOARD_PORT', 'METRICS_PORT', 'MCP_HTTP_PORT'] as const;
/** So long it is waited for; what is not there by then is a check's failure. */
const SETTLED_MS = 45_000;

/** Paper exchange, bot and mcp process, on free ports, with all their state below `scratch`. */
export async function prepareOwn(
  options: SiteOptions & { scratch: string; given: Config },
): Promise<OwnInstallation> {
  const { flags, target, self, scratch, given, signal, progress } = options;
  const dataDir = join(scratch, 'data');
  const env: Record<string, string> = {
    ENVIRONMENT: target,
    TRADING_MODE: 'paper',
    DATA_DIR: dataDir,
    MONITOR_INTERVAL_SECONDS: '10',
    // It has just been started, and is looked at more often than any other: what staging may have.
    MONITORING_MAX_CPU_PERCENT: '1',
    // Nobody is to be told of what is broken here on purpose.
    ALERT_ENABLED: 'false',
    MCP_PROJECT_DIRS: given.MCP_PROJECT_DIRS.split(':')
      .map((one) => resolve(one))
      .join(':'),
  };
  const ports = await freePorts(PORTS.length);
  for (const [at, key] of PORTS.entries()) env[key] = String(ports[at]);
  const all = { ...process.env, ...env };
  const config = await loadConfig({ flags: { env: target, dataDir }, env: all });
  let run: PaperRun | undefined;
  const start = async () => {
    rmSync(dataDir, { recursive: true, force: true });
    run = await startPaperRun({
      ...SCENARIO,
      ...{ config, dataDir, self, signal },
      flags: flags.env === undefined ? [] : ['--env', target],
      env: all,
      onProgress: progress,
      onEvent: () => {},
      onDeath: (name, words) => progress(`${name} ${words}`),
    });
    await settled(config, join(dataDir, 'run', 'status.sock'), options);
  };
  return {
    config,
    env,
    async ensure(running) {
      if (running && !run) await start();
      if (running) return;
      const former = run;
      run = undefined;
      await former?.stop();
    },
  };
}

/** Orders are placed, and monitoring has had its first looks at the bot. */
async function settled(
  config: Config,
  socketPath: string,
  { signal, progress }: SiteOptions,
): Promise<void> {
  const endTick = performance.now() + SETTLED_MS;
  progress('until the first order is placed and shown');
  while (performance.now() < endTick) {
    const bot = await botStatus({ socketPath }).catch(() => undefined);
    const seen = await health({ config }).catch(() => undefined);
    const { main_bot: main, trade_executor: executor } = seen?.components ?? {};
    const isShown = main?.status === 'healthy' && executor?.memory_mb !== undefined;
    if (isShown && (bot?.status.latency.internal.count ?? 0) > 0) return;
    await pause(250, signal);
  }
}

/** All different, and free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done, failed) => {
        server.once('error', failed);
        server.listen(0, '127.0.0.1', done);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
