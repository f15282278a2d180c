import { createFills, type Fills } from '../../core/bench/fills.ts';
import type { Block } from '../../core/bench/impact.ts';
import type { Condition } from '../../core/bench/schedule.ts';
import type { BotEvent } from '../../core/status.ts';
import { type HostReading, readHost } from '../../host/vitals.ts';
import { pause } from '../program.ts';
import { type Usage, usageOf } from '../usage.ts';
import type { Probe } from './probe.ts';
import { readLoad, type Stand } from './stand.ts';

/** Watches blocks of time; what became of their fills may show only later. */
export interface Witness {
  /** Lets a block pass and returns its number. */
  watch(condition: Condition, seconds: number, signal: AbortSignal): Promise<number>;
  /** What is known of a block by now. */
  block(index: number): Block;
  /** Reads what has happened since the last block; called before the last look. */
  settle(): Promise<void>;
  /** Fills that no market was fit for. */
  unfit(): number;
}

/** Takes the bot's decisions: given to the stand before it opens. */
export function createDecisionLog(): { fills: Fills; onEvent(event: BotEvent): void } {
  const fills = createFills();
  return {
    fills,
    onEvent(event) {
      if (event.kind === 'decision') fills.decided(event.fillId, event.orderId, event.reason);
    },
  };
}

interface Reading {
  tick: number;
  bot: Usage;
  mcp: Usage;
  host: HostReading;
}

type Watched = Omit<Block, 'latencies' | 'skipped' | 'unanswered'>;

export function createWitness(stand: Stand, probe: Probe, fills: Fills): Witness {
  const startTick = performance.now();
  const blocks: Watched[] = [];
  let latestMs = 0;
  let unfit = 0;
  const collect = async (block: number | undefined) => {
    const report = await readLoad(stand.exchangeUrl);
    for (const [number, meantMs, sentMs] of report.sent) {
      fills.sent(number, meantMs, block);
      latestMs = Math.max(latestMs, sentMs);
    }
    for (const [orderId, atMs] of report.orders) fills.arrived(orderId, atMs);
    unfit += report.unfit;
  };
  const read = (): Reading => ({
    tick: performance.now(),
    bot: usageOf(stand.botPid),
    mcp: usageOf(stand.mcpPid()),
    host: readHost(),
  });
  return {
    async watch(condition, seconds, signal) {
      await collect(undefined);
      probe.take();
      const before = read();
      await pause(seconds * 1000, signal);
      const after = read();
      const responses = probe.take();
      const index = blocks.length;
      await collect(index);
      blocks.push({
        condition,
        startSeconds: (before.tick - startTick) / 1000,
        responses,
        ...spent(before, after),
      });
      return index;
    },
    block: (index) => ({ ...(blocks[index] as Watched), ...fills.block(index, latestMs) }),
    settle: () => collect(undefined),
    unfit: () => unfit,
  };
}

function spent(before: Reading, after: Reading) {
  const seconds = (after.tick - before.tick) / 1000;
  const percent = (name: 'bot' | 'mcp') =>
    (100 * Math.max(0, after[name].cpuSeconds - before[name].cpuSeconds)) / seconds;
  const hostSpan = after.host.cpuTotalSeconds - before.host.cpuTotalSeconds;
  const hostBusy = after.host.cpuBusySeconds - before.host.cpuBusySeconds;
  return {
    seconds,
    botCpuPercent: percent('bot'),
    mcpCpuPercent: percent('mcp'),
    botRssMb: after.bot.rssMb,
    mcpRssMb: after.mcp.rssMb,
    hostCpuPercent: hostSpan > 0 ? (100 * hostBusy) / hostSpan : 0,
  };
}
