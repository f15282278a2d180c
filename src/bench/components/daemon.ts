import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { FailedError } from '../../errors.ts';
import { readDisk, readHost, readProcess } from '../../host/vitals.ts';
import { startBareHttp } from '../bare-servers.ts';
import { openDashboards } from '../dashboards.ts';
import { medianGoal, timeGoal } from '../goals.ts';
import { keepAlive } from '../http.ts';
import { openStand, type Stand, startLoad } from '../impact/stand.ts';
import { openMcpClient } from '../mcp-client.ts';
import { openMcpStand } from '../mcp-stand.ts';
import { pause } from '../program.ts';
import type { GoalRow } from '../result.ts';
import { measureInTurns } from '../rounds.ts';
import { cpuPercents, rssMbOf } from '../usage.ts';
import type { Component, ComponentOptions } from './component.ts';

const CALLS = 10_000;
const CALLS_PER_ROUND = 700;
const STARTS = 7;
const DASHBOARDS = 200;
const SPANS = 4;
const READING_MS = 200;
/** How long after its work the process may take to give memory back, seconds for each round. */
const REST_SECONDS = 2;

/** What the mcp process costs by itself: memory, CPU, start, and its readings of the host. */
export const benchDaemon: Component = async (options) => {
  const { onProgress } = options;
  onProgress('memory: idle, after calls, later');
  const goals = await memoryGoals(options);
  onProgress('starts');
  goals.push(await startGoal(options));
  onProgress('CPU beside a bot that trades: idle, with dashboards');
  goals.push(...(await besideBotGoals(options)), await tickGoal(options));
  const notes = ['memory: resident, beyond that of a bare node:http process'];
  return { rows: [], goals, absent: [], notes };
};

async function memoryGoals(options: ComponentOptions): Promise<GoalRow[]> {
  const { rounds, signal, seed } = options;
  const dataDir = join(options.dataDir, 'memory');
  const bare = await startBareHttp({ ...options, dataDir, body: 'ok' });
  const stand = await openMcpStand({ ...options, dataDir });
  const agent = keepAlive(16);
  try {
    const readings = async () => {
      const found: number[] = [];
      for (let n = 0; n < rounds; n += 1) {
        await pause(READING_MS, signal);
        found.push(rssMbOf(stand.program.pid) - rssMbOf(bare.program.pid));
      }
      return found;
    };
    const goal = (what: string, most: number, found: number[]) =>
      medianGoal({ what: `mcp memory ${what}`, unit: 'MB', most }, found, { seed });
    const idle = await readings();
    const client = await openMcpClient(`${stand.mcpUrl}/mcp/monitoring`, agent);
    const calls = Math.min(CALLS, CALLS_PER_ROUND * rounds);
    let left = calls;
    const worker = async () => {
      for (; left > 0; left -= 1) await client.callTool('get_circuit_breaker_state', {});
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const after = await readings();
    const restSeconds = REST_SECONDS * rounds;
    await pause(1000 * restSeconds, signal);
    return [
      goal('idle', 45, idle),
      goal(`after ${calls} tool calls`, 70, after),
      goal(`${restSeconds} s later`, 55, await readings()),
    ];
  } finally {
    agent.destroy();
    await stand.program.stop();
    await bare.program.stop();
  }
}

async function startGoal(options: ComponentOptions): Promise<GoalRow> {
  const times: number[] = [];
  for (let round = 0; round < Math.min(STARTS, options.rounds); round += 1) {
    options.signal.throwIfAborted();
    const dataDir = join(options.dataDir, `start-${round}`);
    const stand = await openMcpStand({ ...options, dataDir });
    times.push(stand.program.readySeconds * 1000);
    await stand.program.stop();
  }
  const goal = { what: 'mcp process: start to first answers of all doors', unit: 'ms', most: 250 };
  return medianGoal(goal, times, options);
}

async function besideBotGoals(options: ComponentOptions): Promise<GoalRow[]> {
  const { self, seed, signal, rounds } = options;
  const dataDir = join(options.dataDir, 'beside');
  const stand = await openStand({ self, dataDir, onEvent: () => {} });
  try {
    await startLoad(stand.exchangeUrl, { copiesPerSecond: 2, othersPerSecond: 20, seed });
    await stand.startMcp();
    const pid = stand.mcpPid() ?? 0;
    await pause(3000, signal);
    const spans = { spans: Math.min(SPANS, rounds), seconds: Math.max(1, rounds), signal };
    const idle = await cpuPercents(pid, spans);
    const dashboards = openDashboards(stand.dashboardUrl, DASHBOARDS);
    await pause(1000, signal);
    const busy = await cpuPercents(pid, { ...spans, seconds: Math.max(1, rounds / 2) });
    const received = dashboards.received();
    dashboards.close();
    if (received === 0) throw new FailedError('no dashboard was told anything');
    const goal = (what: string, most: number, found: number[]) =>
      medianGoal({ what: `mcp CPU ${what}`, unit: '% of a core', most }, found, { seed });
    return [
      goal('idle, beside a bot that trades', 0.5, idle),
      goal(`with ${DASHBOARDS} open dashboards`, 5, busy),
      await stdioGoal(options, stand, dataDir),
    ];
  } finally {
    await stand.close();
  }
}

/** A client's own start of `pmcp mcp --stdio`, to the answer to its first message. */
async function stdioGoal(
  options: ComponentOptions,
  stand: Stand,
  dataDir: string,
): Promise<GoalRow> {
  const times: number[] = [];
  for (let round = 0; round < options.rounds && stand.mcpPid(); round += 1) {
    options.signal.throwIfAborted();
    times.push(await firstAnswerMs(options, dataDir));
  }
  const goal = { what: '`pmcp mcp --stdio`: start to first answer', unit: 'ms', most: 100 };
  return medianGoal(goal, times, options);
}

async function firstAnswerMs({ self }: ComponentOptions, dataDir: string): Promise<number> {
  const startTick = performance.now();
  const args = [...self.args, 'mcp', '--stdio', 'monitoring', '--data-dir', dataDir];
  const child = spawn(self.command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const hello = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'pmcp-bench', version: '1' },
  };
  const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello };
  child.stdin.write(`${JSON.stringify(message)}\n`);
  const [answer] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const ms = performance.now() - startTick;
  child.kill();
  if (String(answer).includes('"result"')) return ms;
  throw new FailedError(`pmcp mcp --stdio: no answer (${String(answer).slice(0, 200)})`);
}

/** What one look at host and process costs this thread. */
async function tickGoal(options: ComponentOptions): Promise<GoalRow> {
  const subject = 'tick';
  const run = (times: number) => {
    for (let i = 0; i < times; i += 1) {
      readHost();
      readProcess(process.pid);
      readDisk(options.dataDir);
    }
  };
  const timings = await measureInTurns([{ name: subject, run }], { ...options, clock: 'cpu' });
  const what = 'vitals of host and process, one tick';
  return timeGoal(timings, { what, unit: 'ms', most: 1, subject, nanoseconds: 1e6 }, options);
}
