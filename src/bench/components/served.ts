import { quantileOf, sortedCopy } from '../../core/bench/quantiles.ts';
import { type BareServer, startBareHttp, startBareSdk } from '../bare-servers.ts';
import { medianGoal, quantileGoal } from '../goals.ts';
import { callOk, keepAlive } from '../http.ts';
import { openMcpClient } from '../mcp-client.ts';
import { openMcpStand } from '../mcp-stand.ts';
import { openLoop } from '../open-loop.ts';
import type { GoalRow } from '../result.ts';
import { compareTimings, measureInTurns, type Subject } from '../rounds.ts';
import type { Component, ComponentOptions, ComponentResult } from './component.ts';

const CONNECTIONS = 16;
/** Of a span of time at a fixed rate. */
const SPAN_SECONDS = 2;
const MOST_SERIES = 300;
/** Calls in a row, for a p99 of each side. */
const CALLS = 400;

interface Page {
  path: string;
  of: 'dashboardUrl' | 'metricsUrl';
  /** At this rate, p99 within so many milliseconds. */
  perSecond: number;
  ms: number;
}

/** GET /health of the mcp process, beside a bare node:http server that sends the same bytes. */
export const benchHealth: Component = (options) =>
  benchPage(options, { path: '/health', of: 'dashboardUrl', perSecond: 500, ms: 5 });

/** GET /metrics, likewise. */
export const benchMetrics: Component = (options) =>
  benchPage(options, { path: '/metrics', of: 'metricsUrl', perSecond: 10, ms: 2 });

async function benchPage(options: ComponentOptions, page: Page): Promise<ComponentResult> {
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
    const ask = () => callOk({ url, agent });
    const timings = await measureInTurns(
      [manyAtOnce(ours, ask), manyAtOnce(peer, () => callOk({ url: bareUrl, agent }))],
      { ...options, clock: 'wall' },
    );
    // 0.8 of its throughput.
    const row = compareTimings(timings, { what: ours, ours, peer, goal: 1.25 }, options);
    const goals = [await paceGoal(options, page, ask)];
    if (page.of === 'metricsUrl') goals.push(seriesGoal(options, text));
    const notes = [`${text.length} bytes, ${CONNECTIONS} connections, time per request`];
    return { rows: [row], goals, absent: [], notes };
  } finally {
    agent.destroy();
    await bare?.program.stop();
    await stand.program.stop();
  }
}

async function paceGoal(
  { rounds, signal, seed }: ComponentOptions,
  { path, perSecond, ms }: Page,
  once: () => Promise<unknown>,
): Promise<GoalRow> {
  const spans: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    spans.push(await openLoop({ perSecond, seconds: SPAN_SECONDS, signal }, once));
  }
  const what = `GET ${path} p99 at ${perSecond} requests/s`;
  return quantileGoal({ what, unit: 'ms', most: ms }, 0.99, spans, { seed });
}

/** Counted, not measured: the same each time. */
function seriesGoal({ rounds, seed }: ComponentOptions, text: string): GoalRow {
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const counts = Array.from({ length: rounds }, () => series);
  return medianGoal({ what: 'GET /metrics', unit: 'series', most: MOST_SERIES }, counts, { seed });
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
    const callOurs = () => ours.callTool(tool, {});
    const callTheirs = () => theirs.callTool('echo', {});
    const timings = await measureInTurns(
      [manyAtOnce('tools/call', callOurs), manyAtOnce(peer, callTheirs)],
      { ...options, clock: 'wall' },
    );
    // 0.9 of its throughput.
    const comparing = { what: `tools/call ${tool}`, ours: 'tools/call', peer, goal: 1.11 };
    const row = compareTimings(timings, comparing, options);
    const goals = [await tailGoal(options, callOurs, callTheirs)];
    const notes = [`${CONNECTIONS} calls at a time, time per call`];
    return { rows: [row], goals, absent: [], notes };
  } finally {
    agent.destroy();
    await bare?.program.stop();
    await stand.program.stop();
  }
};

/** p99 of ours over that of the peer, in turns. */
async function tailGoal(
  { rounds, signal, seed }: ComponentOptions,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
): Promise<GoalRow> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted();
    const isOursFirst = round % 2 === 0;
    const first = await tailOf(isOursFirst ? ours : theirs);
    const second = await tailOf(isOursFirst ? theirs : ours);
    ratios.push(isOursFirst ? first / second : second / first);
  }
  const goal = { what: 'tools/call p99 / bare SDK server', unit: 'x', most: 1.3 };
  return medianGoal(goal, ratios, { seed });
}

async function tailOf(once: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const timed = async () => {
    const tick = performance.now();
    await once();
    times.push(performance.now() - tick);
  };
  await manyAtOnce('', timed).run(CALLS);
  return quantileOf(sortedCopy(times), 0.99);
}

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
