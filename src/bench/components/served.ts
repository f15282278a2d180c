import { type BareServer, startBareHttp, startBareSdk } from '../bare-servers.ts';
import { callOk, keepAlive } from '../http.ts';
import { openMcpClient } from '../mcp-client.ts';
import { openMcpStand } from '../mcp-stand.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component, ComponentOptions, ComponentResult } from './component.ts';

const CONNECTIONS = 16;

/** GET /health of the mcp process, beside a bare node:http server that sends the same bytes. */
export const benchHealth: Component = (options) =>
  benchPage(options, { path: '/health', of: 'dashboardUrl', goal: 1.25 });

/** GET /metrics, likewise. */
export const benchMetrics: Component = (options) =>
  benchPage(options, { path: '/metrics', of: 'metricsUrl', goal: 1.25 });

async function benchPage(
  options: ComponentOptions,
  page: { path: string; of: 'dashboardUrl' | 'metricsUrl'; goal: number },
): Promise<ComponentResult> {
  const stand = await openMcpStand(options);
  let bare: BareServer | undefined;
  const agent = keepAlive(CONNECTIONS);
  try {
    const url = `${stand[page.of]}${page.path}`;
    const { text, headers } = await callOk({ url, agent });
    const contentType = headers['content-type'] ?? 'text/plain';
    bare = await startBareHttp({ ...options, body: text, contentType });
    const ours = `GET ${page.path}`;
    const peer = 'bare node:http';
    const bareUrl = `${bare.url}/`;
    const timings = await measureInTurns(
      [
        manyAtOnce(ours, () => callOk({ url, agent })),
        manyAtOnce(peer, () => callOk({ url: bareUrl, agent })),
      ],
      { ...options, clock: 'wall' },
    );
    const row = compareTimings(timings, { what: ours, ours, peer, goal: page.goal }, options);
    const notes = [`${text.length} bytes, ${CONNECTIONS} connections, time per request`];
    return { rows: [row], absent: [], notes };
  } finally {
    agent.destroy();
    await bare?.program.stop();
    await stand.program.stop();
  }
}

/** tools/call of a small tool over HTTP, beside the bare official SDK with the same answer. */
export const benchMcp: Component = async (options) => {
  const stand = await openMcpStand(options);
  let bare: BareServer | undefined;
  const agent = keepAlive(2 * CONNECTIONS);
  try {
    bare = await startBareSdk({ ...options, body: 'x'.repeat(400) });
    const [ours, theirs] = [
      await openMcpClient(`${stand.mcpUrl}/mcp/monitoring`, agent),
      await openMcpClient(`${bare.url}/mcp`, agent),
    ];
    const tool = 'get_circuit_breaker_state';
    const peer = 'bare SDK server';
    const timings = await measureInTurns(
      [
        manyAtOnce('tools/call', () => ours.callTool(tool, {})),
        manyAtOnce(peer, () => theirs.callTool('echo', {})),
      ],
      { ...options, clock: 'wall' },
    );
    const comparing = { what: `tools/call ${tool}`, ours: 'tools/call', peer, goal: 1.11 };
    const row = compareTimings(timings, comparing, options);
    return { rows: [row], absent: [], notes: [`${CONNECTIONS} calls at a time, time per call`] };
  } finally {
    agent.destroy();
    await bare?.program.stop();
    await stand.program.stop();
  }
};

/** Closed loop over some connections: what counts is how many are answered in a span. */
function manyAtOnce(name: string, once: () => Promise<unknown>): Subject {
  return {
    name,
    async run(times) {
      let left = times;
      const worker = async () => {
        while (left > 0) {
          left -= 1;
          await once();
        }
      };
      await Promise.all(Array.from({ length: Math.min(times, CONNECTIONS) }, worker));
    },
  };
}
