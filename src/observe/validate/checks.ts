import type { Config } from '../../config/schema.ts';
import { parseExposition } from '../../core/exposition.ts';
import { judgedLatency } from '../../core/order-latency.ts';
import { type Finding, failed, off, passed, type Target, unknown } from '../../core/validation.ts';
import { reasonOf } from '../../errors.ts';
import { type ComponentName, components } from '../components.ts';
import type { HealthDocument } from '../health.ts';
import { readStatusOnce } from '../status-client.ts';
import { fetchHealth } from './health-view.ts';
import { mcpChecks } from './mcp-checks.ts';
import { ask, originOf } from './probe.ts';
import { resourceChecks } from './resource-checks.ts';

/** What the checks look at, and what they share. */
export interface Installation {
  config: Config;
  target: Target;
  socketPath: string;
  /** Version of this program, which is the one that was deployed. */
  release: string;
  signal: AbortSignal;
  /** Between two looks at a figure that is sampled, real ms. */
  sampleMs: number;
}

export interface Check {
  name: string;
  /** Of the integration test plan. */
  phase: 2 | 5 | 6;
  /** Only after a deploy. */
  postDeploy?: true;
  /** Takes up to minutes: for a deploy, that is what its observation window is for. */
  slow?: true;
  run(at: Installation): Promise<Finding>;
}

/** In the order of the plan. A further check is one further entry. */
export const checks: readonly Check[] = [
  { name: 'dashboard answers', phase: 2, run: dashboard },
  { name: 'environment is the one meant', phase: 2, run: environment },
  ...components.map(
    ({ name }): Check => ({
      name: `component ${name}`,
      phase: name === 'main_bot' || name === 'trade_executor' ? 5 : 2,
      run: (at) => component(at, name),
    }),
  ),
  { name: 'metrics keep their contract', phase: 2, run: metrics },
  ...mcpChecks,
  { name: 'trading latency below 100 ms', phase: 2, run: latency },
  { name: 'bot is alive and its status flows', phase: 5, run: botFlows },
  { name: 'both breakers are armed', phase: 6, run: breakers },
  ...resourceChecks,
  { name: 'bot and monitoring run this release', phase: 5, postDeploy: true, run: releases },
];

/** Its document; what cannot be fetched is another check's failure, and unknown to this one. */
async function withHealth(
  at: Installation,
  judge: (health: HealthDocument) => Finding | Promise<Finding>,
): Promise<Finding> {
  try {
    return await judge(await health(at));
  } catch (error) {
    return unknown(reasonOf(error));
  }
}

function health({ config }: Installation): Promise<HealthDocument> {
  const origin = originOf(config.DASHBOARD_HOST, config.DASHBOARD_PORT);
  return fetchHealth(origin, config.DASHBOARD_TOKEN?.reveal());
}

async function dashboard(at: Installation): Promise<Finding> {
  if (!at.config.DASHBOARD_ENABLED) return failed('switched off by DASHBOARD_ENABLED');
  try {
    const { status } = await health(at);
    return passed(`HTTP 200, verdict ${status}`);
  } catch (error) {
    return failed(`${reasonOf(error)}. Is \`pmcp mcp\` running?`);
  }
}

function environment(at: Installation): Promise<Finding> {
  return withHealth(at, (document) =>
    document.environment === at.target
      ? passed(document.environment)
      : failed(
          `it says ${document.environment}, not ${at.target}: set ENVIRONMENT, or ask another`,
        ),
  );
}

function component(at: Installation, name: ComponentName): Promise<Finding> {
  return withHealth(at, ({ components: all }) => {
    const { status, message } = all[name];
    if (status === 'healthy') return passed(message);
    if (status === 'unknown') return unknown(message);
    if (status !== 'disabled') return failed(`${status}: ${message}`);
    if (name === 'alert_system' && at.target === 'production') {
      return failed(`nobody would be told of trouble: ${message}`);
    }
    return name === 'monitoring' ? unknown(message) : off(message);
  });
}

/** Names that /metrics always has. */
export const METRICS_CONTRACT = [
  'pmcp_build_info',
  'pmcp_component_health',
  'pmcp_trade_decisions_total',
  'pmcp_orders_total',
  'pmcp_trade_latency_seconds',
  'pmcp_breaker_tripped',
  'pmcp_breaker_trips_total',
  'pmcp_daily_loss_usdc',
  'pmcp_exposure_usdc',
  'pmcp_discovery_completeness_ratio',
  'pmcp_process_cpu_ratio',
  'pmcp_process_resident_memory_bytes',
  'pmcp_alerts_total',
  'pmcp_health_check_duration_seconds',
  'pmcp_mcp_tool_calls_total',
  'pmcp_mcp_tool_duration_seconds',
];

export async function readMetrics({ config }: Pick<Installation, 'config'>) {
  const url = `${originOf(config.METRICS_HOST, config.METRICS_PORT)}/metrics`;
  const { status, body } = await ask({ url });
  if (status !== 200) throw new Error(`${url} answers HTTP ${status}`);
  const read = parseExposition(body);
  if ('problem' in read) throw new Error(`${url}: no Prometheus text: ${read.problem}`);
  return read;
}

async function metrics(at: Installation): Promise<Finding> {
  if (!at.config.METRICS_ENABLED) return failed('switched off by METRICS_ENABLED');
  try {
    const { families, samples } = await readMetrics(at);
    const missing = METRICS_CONTRACT.filter((name) => !families.has(name));
    if (missing.length > 0) return failed(`missing: ${missing.join(', ')}`);
    return passed(`${samples.size} series of ${families.size} metrics`);
  } catch (error) {
    return failed(reasonOf(error));
  }
}

const MAX_LATENCY_MS = 100;

function latency(at: Installation): Promise<Finding> {
  return withHealth(at, async ({ performance: { trading_latency_ms: measured } }) => {
    const { p50, p99 } = measured;
    if (p50 === null || p99 === null) return unknown('no order was placed since the bot started');
    const figures = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
    if (p99 < MAX_LATENCY_MS) return passed(figures);
    // Of how many orders that is, the bot knows; where it cannot be asked, it counts.
    const read = await readStatusOnce(at.socketPath, STATUS_MS);
    if ('problem' in read) return failed(`${figures}; 100 ms are allowed`);
    const { count } = read.status.latency.internal;
    const { ms, words } = judgedLatency({ count, p50Ms: p50, p99Ms: p99 });
    return ms < MAX_LATENCY_MS ? passed(words) : failed(`${words}; 100 ms are allowed`);
  });
}

const STATUS_MS = 3000;

async function botFlows({ socketPath }: Installation): Promise<Finding> {
  const first = await readStatusOnce(socketPath, STATUS_MS);
  if ('problem' in first) return failed(first.problem);
  const { pid } = first.hello;
  const end = performance.now() + STATUS_MS;
  while (performance.now() < end) {
    const next = await readStatusOnce(socketPath, STATUS_MS);
    if ('problem' in next) return failed(next.problem);
    if (next.hello.pid !== pid)
      return failed(`it was started anew just now (pid ${next.hello.pid})`);
    if (next.atMs > first.atMs) {
      const { mode, entriesAllowed, entriesReason } = next.status;
      const entries = entriesAllowed ? 'new trades allowed' : `no new trades: ${entriesReason}`;
      return passed(`pid ${pid}, ${mode}, ${entries}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return failed(`pid ${pid} publishes nothing new: it hangs, restart it`);
}

async function breakers({ socketPath }: Installation): Promise<Finding> {
  const read = await readStatusOnce(socketPath, STATUS_MS);
  if ('problem' in read) return unknown(read.problem);
  const { trading, mcp } = read.status.breaker;
  if (trading.kind === 'armed' && mcp.kind === 'armed') return passed('trading and mcp');
  return failed(`trading is ${trading.kind}, mcp is ${mcp.kind}: see \`pmcp breaker status\``);
}

async function releases(at: Installation): Promise<Finding> {
  const read = await readStatusOnce(at.socketPath, STATUS_MS);
  if ('problem' in read) return unknown(read.problem);
  try {
    const { samples } = await readMetrics(at);
    const info = [...samples.keys()].find((series) => series.startsWith('pmcp_build_info'));
    const monitor = /version="([^"]*)"/.exec(info ?? '')?.[1] ?? 'nobody knows which';
    const found = `bot ${read.hello.release}, monitoring ${monitor}`;
    // A deploy of monitoring leaves the bot running, so only monitoring must be the new one.
    return monitor === at.release
      ? passed(found)
      : failed(`${found}; this is ${at.release}: restart what is older`);
  } catch (error) {
    return unknown(reasonOf(error));
  }
}
