import { openDashboards } from '../dashboards.ts';
import { callOk, keepAlive } from '../http.ts';
import { type McpClient, openMcpClient } from '../mcp-client.ts';
import { pause } from '../program.ts';
import type { Stand } from './stand.ts';

/** What assistants at work, Prometheus and people looking ask of the mcp process. */
export interface BusyWork {
  readonly done: Readonly<BusyCount['done']>;
  stop(): Promise<void>;
}

/** What was answered while it was busy, by kind: work that failed would look cheap. */
export interface BusyCount {
  done: Record<string, number>;
  failed: Record<string, number>;
}

/** Each at its own pace, per second. */
const PACES = { search: 1, tool: 4, health: 5, metrics: 2 } as const;
const DASHBOARDS = 20;
const TEST_PAUSE_MS = 250;

/** Adds to `count` until it is stopped. */
export async function startBusyWork(
  stand: Stand,
  count: BusyCount = { done: {}, failed: {} },
): Promise<BusyWork> {
  const agent = keepAlive(8);
  const open = (server: string) => openMcpClient(`${stand.mcpUrl}/mcp/${server}`, agent);
  const clients = [await open('codebase-search'), await open('testing'), await open('monitoring')];
  const [search, testing, monitoring] = clients as [McpClient, McpClient, McpClient];
  const dashboards = openDashboards(stand.dashboardUrl, DASHBOARDS);
  let turn = 0;
  let isOver = false;
  const counted = (kind: string, work: Promise<unknown>) => {
    const add = (to: Record<string, number>) => () => {
      if (!isOver) to[kind] = (to[kind] ?? 0) + 1;
    };
    return work.then(add(count.done), add(count.failed));
  };
  const works: Record<keyof typeof PACES, () => Promise<unknown>> = {
    search: () => {
      // Another query each time: an answer from the cache would cost nothing.
      turn += 1;
      return search.callTool('search_code', { query: `limit.{0,${turn % 50}}Micro` });
    },
    tool: () => monitoring.callTool('get_system_health', {}),
    health: () => callOk({ url: `${stand.dashboardUrl}/health`, agent }),
    metrics: () => callOk({ url: `${stand.metricsUrl}/metrics`, agent }),
  };
  const under = new Set<Promise<void>>();
  const timers = (Object.keys(PACES) as (keyof typeof PACES)[]).map((kind) =>
    setInterval(() => {
      const work = counted(kind, works[kind]());
      under.add(work);
      work.finally(() => under.delete(work));
    }, 1000 / PACES[kind]),
  );
  // One test run after the other, as long as it is busy.
  const tests = (async () => {
    while (!isOver) {
      await counted('test run', testing.callTool('run_tests', {}));
      await pause(TEST_PAUSE_MS);
    }
  })();
  return {
    done: count.done,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(under);
      count.done['page told'] = (count.done['page told'] ?? 0) + dashboards.received();
      isOver = true;
      dashboards.close();
      // Ends the run that is under way, if any.
      await Promise.all(clients.map((client) => client.close().catch(() => {})));
      agent.destroy();
      await tests;
    },
  };
}
