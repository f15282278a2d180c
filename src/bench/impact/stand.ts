import { join } from 'node:path';
import type { BotEvent } from '../../core/status.ts';
import { NODE_ENVIRONMENT, nodeFlagsFor } from '../../host/node-flags.ts';
import { give, type User } from '../../host/owner.ts';
import { createStatusClient } from '../../observe/port.ts';
import { keptApart } from '../cpus.ts';
import { call, callJson } from '../http.ts';
import { freePorts, type Program, projectDirectory, type Self, startProgram } from '../program.ts';
import { heldAsUnit } from '../unit-limits.ts';
import { writeSmallProject } from './small-project.ts';

/** The real exchange and the real bot on a directory of their own; the mcp process on demand. */
export interface Stand {
  exchangeUrl: string;
  dashboardUrl: string;
  metricsUrl: string;
  mcpUrl: string;
  /** What the mcp process is held to. */
  held: string;
  botPid: number;
  mcpPid(): number | undefined;
  startMcp(): Promise<void>;
  stopMcp(): Promise<void>;
  /** Why the bot enters nothing; undefined when it does. */
  botBlocked(): string | undefined;
  /** Whether anybody reads the bot's status: at first somebody does. */
  readStatus(isRead: boolean): void;
  close(): Promise<void>;
}

export interface StandOptions {
  self: Self;
  /** A directory for this run alone. */
  dataDir: string;
  /** Whose the processes are; this program's where it says nothing. */
  user?: User | undefined;
  onEvent(event: BotEvent): void;
}

/** Limits that never end the load: what is measured is speed, not prudence. */
const LIMITS = {
  SIZING_MODE: 'fixed',
  FIXED_TRADE_AMOUNT: '2',
  PAPER_BALANCE: '100000000',
  MAX_POSITION_SIZE: '100000000',
  MAX_DAILY_LOSS: '100000000',
  MAX_CONCURRENT_POSITIONS: '100000',
  MAX_WALLET_EXPOSURE: '100000000',
  MAX_MARKET_EXPOSURE: '100000000',
  MAX_EVENT_EXPOSURE: '100000000',
  MAX_TOTAL_EXPOSURE: '100000000',
  MAX_SLIPPAGE: '0.2',
  STOP_LOSS_PERCENTAGE: '0',
  TAKE_PROFIT_PERCENTAGE: '0',
  MAX_CONSECUTIVE_LOSSES: '1000000',
  // Staging and production refuse such budgets.
  ENVIRONMENT: 'development',
  MONITORING_MAX_CPU_PERCENT: '100',
  MONITORING_MAX_MEMORY_MB: '1000',
};

export async function openStand(options: StandOptions): Promise<Stand> {
  const { self, dataDir, user, onEvent } = options;
  give(user, dataDir);
  const project = writeSmallProject(dataDir, user);
  const held = await heldAsUnit(user);
  const ports = await freePorts(4);
  const [exchange, dashboard, metrics, mcpHttp] = ports.map((port) => `http://127.0.0.1:${port}`);
  const env = {
    ...process.env,
    ...NODE_ENVIRONMENT,
    ...LIMITS,
    DATA_DIR: dataDir,
    WALLETS_FILE: join(dataDir, 'wallets.json'),
    TRADING_MODE: 'paper',
    EXCHANGE_PORT: String(ports[0]),
    DASHBOARD_PORT: String(ports[1]),
    METRICS_PORT: String(ports[2]),
    MCP_HTTP_PORT: String(ports[3]),
    // Its tests run in the first; what is searched is the real thing.
    MCP_PROJECT_DIRS: [project, projectDirectory(self)].join(':'),
    NO_COLOR: '1',
  };
  const under = { exchange: keptApart('venue'), bot: keptApart('bot'), mcp: held.words };
  const start = (name: keyof typeof under, flags: string[], isReady: () => Promise<boolean>) => {
    const [command = '', ...before] = [...under[name], self.command, ...nodeFlagsFor(name)];
    return startProgram({
      name,
      command,
      args: [...before, ...self.args, name, ...flags, '--data-dir', dataDir],
      env,
      user: name === 'mcp' ? held.user : user,
      logPath: join(dataDir, 'logs', `${name}.log`),
      isReady,
    });
  };
  const socketPath = join(dataDir, 'run', 'status.sock');
  let status = createStatusClient({ socketPath, onEvent });
  let isRead = true;
  const undo: (() => Promise<void>)[] = [async () => status.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  let mcp: Program | undefined;
  const stopMcp = async () => {
    await mcp?.stop();
    mcp = undefined;
  };
  try {
    const exchangeProgram = await start('exchange', ['--memory'], () =>
      answers(`${exchange}/control/leaders`),
    );
    undo.push(exchangeProgram.stop);
    const bot = await start('bot', [], async () => status.view().status?.entriesAllowed === true);
    undo.push(bot.stop, stopMcp);
    return {
      exchangeUrl: `${exchange}`,
      dashboardUrl: `${dashboard}`,
      metricsUrl: `${metrics}`,
      mcpUrl: `${mcpHttp}`,
      held: held.said,
      botPid: bot.pid,
      mcpPid: () => mcp?.pid,
      async startMcp() {
        mcp ??= await start('mcp', [], () => mcpAnswers(`${dashboard}`, `${mcpHttp}`));
      },
      stopMcp,
      botBlocked: () => blocked(status.view()),
      readStatus(wanted) {
        if (isRead && !wanted) status.close();
        if (!isRead && wanted) status = createStatusClient({ socketPath, onEvent });
        isRead = wanted;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every door of the mcp process is open. */
export async function mcpAnswers(dashboardUrl: string, mcpUrl: string): Promise<boolean> {
  const [live, mcp] = [
    await call({ url: `${dashboardUrl}/livez`, timeoutMs: 1000 }),
    await call({ url: mcpUrl, timeoutMs: 1000 }),
  ];
  return live.status === 200 && mcp.status > 0;
}

async function answers(url: string): Promise<boolean> {
  return (await call({ url, timeoutMs: 1000 })).status === 200;
}

function blocked({ connected, status }: ReturnType<ReturnType<typeof createStatusClient>['view']>) {
  if (!connected || !status) return 'the bot has ended';
  return status.entriesAllowed ? undefined : status.entriesReason;
}

export interface LoadRates {
  copiesPerSecond: number;
  othersPerSecond: number;
  seed: number;
}

/** Puts the exchange under load (`/control/load`). */
export async function startLoad(exchangeUrl: string, rates: LoadRates): Promise<void> {
  const url = `${exchangeUrl}/control/load`;
  await callJson({ url, method: 'POST', body: { ...rates, usdc: 20 } });
}

export interface LoadReport {
  sent: [number: number, meantMs: number, sentMs: number][];
  orders: [orderId: string, atMs: number][];
  unfit: number;
  rows: number;
}

/** What happened since the last time. */
export async function readLoad(exchangeUrl: string): Promise<LoadReport> {
  return (await callJson({ url: `${exchangeUrl}/control/load` })) as LoadReport;
}
