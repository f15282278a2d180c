import { call, keepAlive } from '../http.ts';
import { type McpClient, openMcpClient } from '../mcp-client.ts';
import type { Stand } from './stand.ts';

/** What an assistant at work, Prometheus and a few people looking ask of the mcp process. */
export interface BusyWork {
  /** Requests that were answered, by kind. */
  readonly done: Readonly<Record<string, number>>;
  readonly failed: number;
  stop(): Promise<void>;
}

/** Each at its own pace, per second. */
const PACES = { search: 1, tool: 4, health: 5, metrics: 2 } as const;
type Kind = keyof typeof PACES;

export async function startBusyWork(stand: Stand): Promise<BusyWork> {
  const agent = keepAlive(8);
  const search = await openMcpClient(`${stand.mcpUrl}/mcp/codebase-search`, agent);
  const monitoring = await openMcpClient(`${stand.mcpUrl}/mcp/monitoring`, agent);
  const done: Record<string, number> = {};
  let failed = 0;
  let turn = 0;
  const works: Record<Kind, () => Promise<unknown>> = {
    search: () => {
      // Another query each time: an answer from the cache would cost nothing.
      turn += 1;
      return search.callTool('search_code', { query: `limit.{0,${turn % 50}}Micro` });
    },
    tool: () => monitoring.callTool('get_system_health', {}),
    health: () => call({ url: `${stand.dashboardUrl}/health`, agent }),
    metrics: () => call({ url: `${stand.metricsUrl}/metrics`, agent }),
  };
  const under = new Set<Promise<void>>();
  const timers = (Object.keys(PACES) as Kind[]).map((kind) =>
    setInterval(() => {
      const work = works[kind]().then(
        () => {
          done[kind] = (done[kind] ?? 0) + 1;
        },
        () => {
          failed += 1;
        },
      );
      under.add(work);
      work.finally(() => under.delete(work));
    }, 1000 / PACES[kind]),
  );
  return {
    done,
    get failed() {
      return failed;
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(under);
      await Promise.all(
        [search, monitoring].map((client: McpClient) => client.close().catch(() => {})),
      );
      agent.destroy();
    },
  };
}
