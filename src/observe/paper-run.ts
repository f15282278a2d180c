import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { secretValues } from '../config/secret.ts';
import { createRedact } from '../core/redact.ts';
import type { BotEvent } from '../core/status.ts';
import { FailedError, type Problem, RefusedError } from '../errors.ts';
import { NODE_ENVIRONMENT, nodeFlagsFor } from '../host/node-flags.ts';
import { startPaperClock } from '../host/paper-clock.ts';
import { explainPort, portProblem } from '../host/ports.ts';
import { createService, type Service, ServiceStartError } from '../host/service.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { ask, askLeaders, walletsFileFor } from './leaders.ts';
import { createStatusClient, readStatusOnce, type StatusView } from './status-client.ts';

/** Exchange, bot and mcp as children of this process, started and stopped in order. */
export interface PaperRun {
  clock: Clock;
  services(): { name: string; state: ReturnType<Service['state']> }[];
  view(): StatusView;
  /** Well under three seconds, whatever the children do. */
  stop(): Promise<void>;
}

export interface PaperRunOptions {
  config: Config;
  dataDir: string;
  scenario: string;
  seed: number;
  speed: number;
  /** How to run pmcp itself: program and arguments before the subcommand. */
  self: { command: string; args: readonly string[] };
  /** Global flags for the children, such as `--env staging`. */
  flags: readonly string[];
  /** Of the children. Default: of this process. */
  env?: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onProgress(text: string): void;
  onEvent(event: BotEvent, atMs: number): void;
  /** A child died; it is started again in `pauseMs`. */
  onDeath(name: string, words: string, pauseMs: number): void;
}

/** The bot settles what is under way; the exchange must be there until then. */
const GRACE_MS = { bot: 1500, mcp: 1000, exchange: 700 };

/** Throws RefusedError before anything is started when a port or the data directory is taken. */
export async function startPaperRun(options: PaperRunOptions): Promise<PaperRun> {
  const { config, dataDir } = options;
  const socketPath = join(dataDir, 'run', 'status.sock');
  await preflight(config, socketPath);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const paperClock = startPaperClock(join(dataDir, 'paper-clock.json'), options.speed);
  const walletsFile = join(dataDir, 'paper-wallets.json');
  const client = createStatusClient({ socketPath, onEvent: options.onEvent });
  const env = {
    ...(options.env ?? process.env),
    ...NODE_ENVIRONMENT,
    DATA_DIR: dataDir,
    WALLETS_FILE: walletsFile,
    PMCP_CLOCK: paperClock.text,
    NO_COLOR: '1',
    PMCP_LOG: 'json',
  };
  const redact = createRedact({ secrets: secretValues(config), env: process.env });
  const service = (name: string, flags: readonly string[], isReady: () => Promise<boolean>) =>
    createService({
      name,
      command: options.self.command,
      args: [...nodeFlagsFor(name), ...options.self.args, name, ...flags, ...options.flags],
      env,
      logPath: join(dataDir, 'logs', `${name}.log`),
      redact,
      isReady,
      onDeath: (words, pauseMs) => options.onDeath(name, words, pauseMs),
    });

  const exchangeUrl = `http://${config.EXCHANGE_HOST}:${config.EXCHANGE_PORT}`;
  const scenario = ['--scenario', options.scenario, '--seed', String(options.seed)];
  const exchange = service('exchange', scenario, async () => {
    return (await askLeaders(exchangeUrl)) !== undefined;
  });
  const bot = service('bot', [], async () => client.view().connected);
  const mcp = service('mcp', [], () => mcpReady(config));
  const services = [exchange, bot, mcp];

  const stop = async () => {
    client.close();
    await Promise.all([bot.stop(GRACE_MS.bot), mcp.stop(GRACE_MS.mcp)]);
    await exchange.stop(GRACE_MS.exchange);
    paperClock.stop();
  };
  try {
    await begin(exchange, options);
    const leaders = (await askLeaders(exchangeUrl)) ?? [];
    const wallets = walletsFileFor(leaders, walletsFile);
    if (wallets !== undefined) writeFileAtomic(walletsFile, wallets);
    options.onProgress(`${leaders.length} leaders to follow`);
    await begin(bot, options);
    await begin(mcp, options);
  } catch (error) {
    await stop();
    throw explained(error, dataDir);
  }
  return {
    clock: paperClock.clock,
    services: () => services.map((one) => ({ name: one.name, state: one.state() })),
    view: client.view,
    stop,
  };
}

/** Starts one and waits until it is ready, or this program is told to stop. */
async function begin(service: Service, { signal, onProgress }: PaperRunOptions): Promise<void> {
  const startedTick = performance.now();
  signal.throwIfAborted();
  const starting = service.start();
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    starting.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
  const seconds = ((performance.now() - startedTick) / 1000).toFixed(1);
  onProgress(`${service.name} ready after ${seconds} s`);
}

function explained(error: unknown, dataDir: string): unknown {
  if (!(error instanceof ServiceStartError)) return error;
  const said = error.lastWords.replace(/^pmcp: /, '').replace(/\n\s*/g, ' ');
  return new FailedError(`${error.message}${said === '' ? '' : `: ${said}`}`, {
    hint: `Its log is in ${join(dataDir, 'logs')}.`,
  });
}

async function mcpReady(config: Config): Promise<boolean> {
  if (!config.DASHBOARD_ENABLED) return true;
  const host = config.DASHBOARD_HOST === '0.0.0.0' ? '127.0.0.1' : config.DASHBOARD_HOST;
  return (await ask(`http://${host}:${config.DASHBOARD_PORT}/livez`))?.code === 200;
}

/** Every port and the data directory, so that one error names all that is in the way. */
async function preflight(config: Config, socketPath: string): Promise<void> {
  if (config.TRADING_MODE !== 'paper') {
    throw new RefusedError(
      `\`pmcp up\` runs on paper, and TRADING_MODE is ${config.TRADING_MODE}`,
      {
        hint: 'Run `pmcp bot` and `pmcp mcp` for that mode, or unset TRADING_MODE.',
      },
    );
  }
  const problems: Problem[] = [];
  for (const wanted of portsOf(config)) {
    const code = await portProblem(wanted.host, wanted.port);
    if (code !== undefined) problems.push(await explainPort(wanted, code));
  }
  const running = await readStatusOnce(socketPath, 1000);
  if ('hello' in running) {
    problems.push({
      message: `a bot with pid ${running.hello.pid} runs on this data directory already`,
      hint: 'Stop it, or choose another directory with --data-dir.',
    });
  }
  const [first, ...others] = problems;
  if (!first) return;
  if (others.length === 0) throw new RefusedError(first.message, { ...first });
  throw new RefusedError('nothing was started, for these reasons', { problems });
}

function portsOf(config: Config) {
  const dashboard = { host: config.DASHBOARD_HOST, port: config.DASHBOARD_PORT };
  const metrics = { host: config.METRICS_HOST, port: config.METRICS_PORT };
  const exchange = { host: config.EXCHANGE_HOST, port: config.EXCHANGE_PORT };
  const servers = { host: config.MCP_HTTP_HOST, port: config.MCP_HTTP_PORT };
  const anyServer =
    config.MCP_CODEBASE_SEARCH_ENABLED ||
    config.MCP_TESTING_ENABLED ||
    config.MCP_MONITORING_ENABLED;
  return [
    { ...exchange, key: 'EXCHANGE_PORT', what: 'the paper exchange', wanted: true },
    {
      ...dashboard,
      key: 'DASHBOARD_PORT',
      what: 'the dashboard',
      wanted: config.DASHBOARD_ENABLED,
    },
    { ...metrics, key: 'METRICS_PORT', what: 'metrics', wanted: config.METRICS_ENABLED },
    { ...servers, key: 'MCP_HTTP_PORT', what: 'the MCP servers', wanted: anyServer },
  ].filter(({ wanted }) => wanted);
}
