/**
 * Counts what an installation is asked and how often that fails: what a deploy compares before and
 * after. It asks by itself too, lest an idle installation had nothing to compare.
 */
import type { Config } from '../../config/schema.ts';
import type { Tally } from '../../core/canary.ts';
import type { Exposition } from '../../core/exposition.ts';
import { reasonOf } from '../../errors.ts';
import { readStatusOnce } from '../status-client.ts';
import { readMetrics } from './checks.ts';
import { fetchHealth } from './health-view.ts';
import { SERVERS } from './mcp-checks.ts';
import { openMcp } from './mcp-client.ts';
import { originOf } from './probe.ts';

export interface Tallies {
  /** Requests that this count made itself. */
  requests: Tally;
  /** What the first of them that failed said. */
  firstError: string | null;
  /** Since the mcp process started; null: it cannot be asked. */
  toolCalls: Tally | null;
  /** Since the bot started; null: it cannot be asked. */
  orders: Tally | null;
  /** null: it cannot be asked. */
  bot: { pid: number; startedAtMs: number; entriesAllowed: boolean; unknownOrders: number } | null;
  /** null: it cannot be asked. */
  health: { status: 'healthy' | 'degraded' | 'critical'; withinLimits: boolean } | null;
}

export interface TallyRequest {
  config: Config;
  socketPath: string;
  /** How often health, metrics and one MCP server are asked, in turn. */
  rounds: number;
  signal: AbortSignal;
}

const STATUS_MS = 3000;

export async function takeTallies(request: TallyRequest): Promise<Tallies> {
  const { config, socketPath, rounds, signal } = request;
  const requests: Tally = { count: 0, errors: 0 };
  let firstError: string | null = null;
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    requests.count += 1;
    try {
      return await work();
    } catch (error) {
      requests.errors += 1;
      firstError ??= reasonOf(error);
      return null;
    }
  };
  const asks = requestsOf(config);
  let health: Tallies['health'] = null;
  let toolCalls: Tally | null = null;
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    if (asks.health) health = (await attempt(asks.health)) ?? health;
    if (asks.metrics) toolCalls = (await attempt(asks.metrics)) ?? toolCalls;
    const server = asks.servers[round % asks.servers.length];
    if (server) await attempt(server);
  }
  return { requests, firstError, toolCalls, health, ...(await botOf(socketPath)) };
}

function requestsOf(config: Config) {
  const origin = originOf(config.DASHBOARD_HOST, config.DASHBOARD_PORT);
  const health = async () => {
    const document = await fetchHealth(origin, config.DASHBOARD_TOKEN?.reveal());
    return { status: document.status, withinLimits: document.resource_limits.within_limits };
  };
  const metrics = async () => toolCallsOf(await readMetrics({ config }));
  const servers = SERVERS.filter(({ key }) => config[key]).map(({ name }) => async () => {
    const url = `${originOf(config.MCP_HTTP_HOST, config.MCP_HTTP_PORT)}/mcp/${name}`;
    const session = await openMcp(url, config.MCP_HTTP_TOKEN?.reveal());
    await session.close();
  });
  return {
    health: config.DASHBOARD_ENABLED ? health : undefined,
    metrics: config.METRICS_ENABLED ? metrics : undefined,
    servers,
  };
}

function toolCallsOf({ samples }: Exposition): Tally {
  const tally: Tally = { count: 0, errors: 0 };
  for (const [series, value] of samples) {
    if (!series.startsWith('pmcp_mcp_tool_calls_total{')) continue;
    tally.count += value;
    if (series.includes('result="error"')) tally.errors += value;
  }
  return tally;
}

async function botOf(socketPath: string): Promise<Pick<Tallies, 'bot' | 'orders'>> {
  const read = await readStatusOnce(socketPath, STATUS_MS);
  if ('problem' in read) return { bot: null, orders: null };
  const { pid, startedAtMs } = read.hello;
  const { entriesAllowed, unknownOrders, orders } = read.status;
  const of = (...outcomes: string[]) =>
    outcomes.reduce((sum, outcome) => sum + (orders[outcome] ?? 0), 0);
  const errors = of('rejected', 'unknown');
  return {
    bot: { pid, startedAtMs, entriesAllowed, unknownOrders },
    orders: { count: of('accepted') + errors, errors },
  };
}
