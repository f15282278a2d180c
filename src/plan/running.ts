import { fetchHealth, openMcp, originOf, readStatusOnce } from '../observe/port.ts';
import type { Site } from './site.ts';

/** What a running installation says of itself. */
export type HealthDocument = Awaited<ReturnType<typeof fetchHealth>>;

export function dashboardOrigin({ config }: Pick<Site, 'config'>): string {
  return originOf(config.DASHBOARD_HOST, config.DASHBOARD_PORT);
}

export function metricsUrl({ config }: Site): string {
  return `${originOf(config.METRICS_HOST, config.METRICS_PORT)}/metrics`;
}

/** Rejects with what is wrong with it. */
export function health(site: Pick<Site, 'config'>): Promise<HealthDocument> {
  return fetchHealth(dashboardOrigin(site), site.config.DASHBOARD_TOKEN?.reveal());
}

const STATUS_MS = 3000;

/** Of the bot, by its socket. Rejects when there is none. */
export async function botStatus({ socketPath }: Pick<Site, 'socketPath'>) {
  const read = await readStatusOnce(socketPath, STATUS_MS);
  if ('problem' in read) throw new Error(read.problem);
  const { hello, status, atMs } = read;
  const decisions = Object.values(status.decisions).reduce((sum, count) => sum + count, 0);
  return { pid: hello.pid, mode: hello.mode, status, atMs, decisions };
}

export type McpName = 'codebase-search' | 'testing' | 'monitoring';

/** Calls a tool of one server over HTTP, as a client does. */
export async function callTool(site: Site, server: McpName, tool: string, timeoutMs: number) {
  const session = await openServer(site, server);
  try {
    return await session.call(tool, timeoutMs);
  } finally {
    await session.close();
  }
}

export function openServer({ config }: Site, server: McpName) {
  const url = `${originOf(config.MCP_HTTP_HOST, config.MCP_HTTP_PORT)}/mcp/${server}`;
  return openMcp(url, config.MCP_HTTP_TOKEN?.reveal());
}

/** Real milliseconds; rejects when it is interrupted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
