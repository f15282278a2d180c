import { join } from 'node:path';
import { bootstrap, quantileRatio } from '../../core/bench/bootstrap.ts';
import { createRandom } from '../../core/bench/random.ts';
import { between, countOf, type LatencySpan, merge, quantile } from '../../core/latency-delta.ts';
import type { BotStatus } from '../../core/status.ts';
import { InconclusiveError } from '../../errors.ts';
import { createStatusClient } from '../../observe/port.ts';
import { floorWords } from '../floor.ts';
import { goalOf, medianGoal } from '../goals.ts';
import { startProbe } from '../impact/probe.ts';
import { openStand, readLoad, type Stand, startLoad } from '../impact/stand.ts';
import { pause } from '../program.ts';
import type { GoalRow } from '../result.ts';
import { rssMbOf } from '../usage.ts';
import type { Component, ComponentOptions } from './component.ts';

const LOAD = { copiesPerSecond: 20, othersPerSecond: 280 };
const WARM_UP_MS = 5000;
/** Of one reading of the latency; ten minutes at 300 rounds. */
const SPAN_MS = 2000;
const PUBLISH_MS = 1000;
const PROBES_PER_SECOND = 100;
/** Rows after which the bot's memory is read (all from 15 rounds on), and how fast they come. */
const ROWS = 1_000_000;
const ROWS_PER_SQUARE = 5000;
const ROWS_PER_SECOND = 5000;
/** A machine that cannot send them so fast gets so many times as long. */
const MOST_TIMES_LONGER = 2;
const READING_MS = 200;
const FLOOR_TIMES = 200;
const FLOOR_TIMES_PER_ROUND = 10;

/** The bot alone under load: its own latency, what publishing costs it, and its memory. */
export const benchTrading: Component = async (options) => {
  const { self, dataDir, seed, signal, onProgress } = options;
  onProgress('what disk and processor give');
  const times = Math.min(FLOOR_TIMES, FLOOR_TIMES_PER_ROUND * options.rounds);
  const floor = await floorWords(dataDir, { times, signal });
  const stand = await openStand({ self, dataDir, onEvent: () => {} });
  try {
    await startLoad(stand.exchangeUrl, { ...LOAD, seed });
    await pause(WARM_UP_MS, signal);
    onProgress('latency inside the bot');
    const goals = await latencyGoals(options);
    onProgress('what publishing costs');
    goals.push(await publishGoal(options, stand));
    onProgress('memory after many rows');
    goals.push(await memoryGoal(options, stand));
    const notes = [
      'no mcp process; exchange and this program share the machine with the bot',
      floor,
    ];
    return { rows: [], goals, absent: [], notes };
  } finally {
    await stand.close();
  }
};

/** Feed row received to signed order on the socket, as the bot itself measures it. */
async function latencyGoals(options: ComponentOptions): Promise<GoalRow[]> {
  const { dataDir, rounds, signal, seed } = options;
  let latest: BotStatus | undefined;
  const socketPath = join(dataDir, 'run', 'status.sock');
  const client = createStatusClient({
    socketPath,
    onStatus: (status) => {
      latest = status;
    },
  });
  try {
    const spans: LatencySpan[] = [];
    let before: BotStatus['latency']['internal'] | undefined;
    while (spans.length < rounds) {
      await pause(SPAN_MS, signal);
      const after = latest?.latency.internal;
      if (!after) throw new InconclusiveError('the bot tells no status');
      if (before) spans.push(between(before, after));
      before = after;
    }
    const copies = countOf(merge(spans));
    const goal = (q: number, most: number) => {
      const statistic = (some: readonly LatencySpan[]) =>
        1000 * (quantile(merge(some), q) ?? Number.NaN);
      const what = `latency inside the bot, p${100 * q} of ${copies} copies among 300 rows/s`;
      return goalOf({ what, unit: 'ms', most }, bootstrap(spans, statistic, { seed }));
    };
    return [goal(0.5, 1), goal(0.99, 5)];
  } finally {
    client.close();
  }
}

/** The bot's answers at a fixed rate, with somebody who reads its status and with nobody. */
async function publishGoal(options: ComponentOptions, stand: Stand): Promise<GoalRow> {
  const { dataDir, rounds, signal, seed } = options;
  const random = createRandom(seed);
  const probe = startProbe(join(dataDir, 'run', 'control.sock'), PROBES_PER_SECOND);
  try {
    const pairs = [];
    for (let round = 0; round < rounds; round += 1) {
      const pair: Record<'with' | 'without', number[]> = { with: [], without: [] };
      const sides =
        random() < 0.5 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const side of sides) {
        stand.readStatus(side === 'with');
        await pause(PUBLISH_MS / 4, signal);
        probe.take();
        await pause(PUBLISH_MS, signal);
        pair[side] = probe.take();
      }
      pairs.push(pair);
    }
    const what = 'answers of the bot p99, status published / not';
    return goalOf({ what, unit: 'x', most: 1.05 }, quantileRatio(pairs, 0.99, { seed }));
  } finally {
    probe.stop();
    stand.readStatus(true);
  }
}

async function memoryGoal(options: ComponentOptions, stand: Stand): Promise<GoalRow> {
  const { rounds, signal, seed } = options;
  const rows = Math.min(ROWS, ROWS_PER_SQUARE * rounds ** 2);
  const rates = { copiesPerSecond: 20, othersPerSecond: ROWS_PER_SECOND - 20, seed };
  await startLoad(stand.exchangeUrl, rates);
  const seconds = (MOST_TIMES_LONGER * rows) / ROWS_PER_SECOND;
  let seen = 0;
  for (let at = 0; at < seconds && seen < rows; at += 1) {
    await pause(1000, signal);
    seen += (await readLoad(stand.exchangeUrl)).rows;
  }
  await startLoad(stand.exchangeUrl, { ...LOAD, seed });
  const readings: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    await pause(READING_MS, signal);
    readings.push(rssMbOf(stand.botPid));
  }
  const what = `bot memory after ${seen.toLocaleString('en')} rows`;
  return medianGoal({ what, unit: 'MB', most: 150 }, readings, { seed });
}
