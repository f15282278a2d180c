import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { formatClock } from '../../src/clock.ts';
import type { StatusMessage } from '../../src/core/status.ts';
import { deriveWallets } from '../../src/core/wallets.ts';
import type {
  ActivityRow,
  ExchangeMarket,
  ExchangeOrder,
  ExchangeTrade,
  Leader,
} from '../../src/exchange/engine.ts';
import type { Audit, CashFlow } from '../../src/exchange/ledger-types.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { keccak256 } from '../../src/venue/keccak.ts';
import { freePort, type Running, startPmcp, temporaryDirectory } from './run.ts';

/** The three processes of a paper run, each on its own, with one clock that runs faster. */
export interface PaperWorld extends Control {
  readonly dataDir: string;
  readonly env: Record<string, string>;
  readonly speed: number;
  now(): number;
  exchange: Running;
  startBot(env?: Record<string, string>): Running;
  startMcp(): Running;
}

export interface Control {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  fault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
}

export interface WorldOptions {
  scenario: string;
  seed: number;
  speed: number;
  env?: Record<string, string>;
  /** Where the clock of the run begins; default: real time. */
  clockMs?: number;
}

/** What the exchange says of one account. */
export interface Account {
  wallet: string;
  orders: ExchangeOrder[];
  trades: ExchangeTrade[];
  flows: CashFlow[];
  flowsMicro: number;
  cashMicro: number;
  positions: { tokenId: string; conditionId: string; sizeMicro: number }[];
  activity: ActivityRow[];
  audit: Audit;
}

export interface ExchangeState {
  nowMs: number;
  accounts: { address: string }[];
  markets: ExchangeMarket[];
  audit: Audit;
}

/** Starts the exchange and returns what the others need to join it. */
export async function startWorld(options: WorldOptions): Promise<PaperWorld> {
  const dataDir = temporaryDirectory();
  const [exchangePort, dashboard, metrics, mcp] = await Promise.all([1, 2, 3, 4].map(freePort));
  const realMs = Date.now();
  const startMs = options.clockMs ?? realMs;
  const env: Record<string, string> = {
    PMCP_CLOCK: formatClock(startMs, realMs, options.speed),
    EXCHANGE_PORT: String(exchangePort),
    DASHBOARD_PORT: String(dashboard),
    METRICS_PORT: String(metrics),
    MCP_HTTP_PORT: String(mcp),
    ...options.env,
  };
  const { scenario, seed, speed } = options;
  const exchange = startPmcp(['exchange', '--scenario', scenario, '--seed', String(seed)], {
    dataDir,
    env,
  });
  const [, url = ''] = await exchange.waitFor(/paper exchange on (http:\/\/\S+)/, 60_000);
  const now = () => Math.round(startMs + (Date.now() - realMs) * speed);
  return {
    ...controlOf(url),
    dataDir,
    env,
    speed,
    now,
    exchange,
    startBot: (more = {}) => startPmcp(['bot', '--json'], { dataDir, env: { ...env, ...more } }),
    startMcp: () => startPmcp(['mcp'], { dataDir, env }),
  };
}

/** The side door of an exchange that runs. */
export function controlOf(url: string): Control {
  const control = async (path: string, init?: RequestInit) => {
    const reply = await fetch(`${url}/control/${path}`, {
      ...init,
      signal: AbortSignal.timeout(30_000),
    });
    if (!reply.ok) throw new Error(`/control/${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  };
  return {
    url,
    get: async <T>(path: string) => (await control(path)) as T,
    fault: async (fault) => {
      await control('faults', { method: 'POST', body: JSON.stringify(fault) });
    },
    clearFaults: async () => {
      await control('faults', { method: 'DELETE' });
    },
  };
}

export const account = (world: Control, wallet: string) =>
  world.get<Account>(`ledger?wallet=${wallet}`);

export const leadersOf = (world: Control) => world.get<Leader[]>('leaders');

/** The bot's own wallet: the deposit wallet of the only signer with an API key. */
export async function ourWallet(world: Control): Promise<string> {
  const { accounts } = await world.get<ExchangeState>('state');
  const [signer] = accounts;
  if (!signer || accounts.length > 1) throw new Error(`${accounts.length} accounts, and not one`);
  return deriveWallets(signer.address, keccak256).deposit;
}

/** A reader of the bot's status socket that keeps the latest status and counts what it hears. */
export function watchStatus(dataDir: string) {
  const { statusSocket } = pathsOf(dataDir);
  const net = process.getBuiltinModule('node:net');
  const heard = { statuses: 0, events: 0, dropped: 0 };
  let latest: Extract<StatusMessage, { type: 'status' }> | undefined;
  const socket = net.connect(statusSocket);
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as StatusMessage;
      if (message.type === 'status') {
        heard.statuses += 1;
        latest = message;
      } else if (message.type === 'event') heard.events += 1;
      else if (message.type === 'dropped') heard.dropped += message.count;
    }
  });
  socket.on('error', () => {});
  return { heard, latest: () => latest, close: () => socket.destroy() };
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Asks again until there is an answer; throws the last words of `ask` after `timeoutMs`. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  everyMs = 250,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await pause(everyMs);
  }
}

/** pids of all processes that work on this data directory. */
export function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const env = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return env.split('\0').includes(`DATA_DIR=${dataDir}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function socketsLeft(dataDir: string): string[] {
  const { statusSocket, controlSocket } = pathsOf(dataDir);
  return [statusSocket, controlSocket].filter((path) => existsSync(path));
}
