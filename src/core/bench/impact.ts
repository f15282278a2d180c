import {
  type BlockPair,
  bootstrap,
  type Interval,
  meanDifference,
  quantileRatio,
} from './bootstrap.ts';
import { figure } from './figure.ts';
import { meanOf, quantileOf, sortedCopy } from './quantiles.ts';
import type { Condition, Treatment } from './schedule.ts';
import { typicalDifference, typicalRatio } from './typical.ts';
import { type Status, verdict, worst } from './verdict.ts';

/** What one span of time under one condition gave. */
export interface Block {
  condition: Condition;
  /** Seconds since the run began. */
  startSeconds: number;
  seconds: number;
  /** Moment a leader's fill was meant to appear -> our order at the exchange, ms. */
  latencies: number[];
  /** Moment a question to the bot was meant to be asked -> its answer, ms. */
  responses: number[];
  /** Fills for which no order came, and why the bot says so. */
  skipped: Record<string, number>;
  /** Fills without any decision by the end of the run; each is in `latencies` with its age. */
  unanswered: number;
  /** Percent of one core. */
  botCpuPercent: number;
  mcpCpuPercent: number;
  botRssMb: number;
  mcpRssMb: number;
  /** Percent of the whole machine, everybody's. */
  hostCpuPercent: number;
}

/** Four blocks of one treatment (core/bench/schedule.ts). */
export interface QuadRecord {
  treatment: Treatment;
  blocks: Block[];
}

/** The plan's budgets for what the mcp process may cost. */
const BUDGETS = {
  latencyMs: 100,
  latencyRatio: 1.05,
  memoryMb: 100,
  cpuPercent: 1,
  responseRatio: 1.1,
} as const;

export interface ImpactRow {
  metric: string;
  /** With unit, as a person reads it. */
  without: string;
  with: string;
  maxAllowable: string;
  status: Status;
  /** Which condition "with" is, and which figures were judged. */
  basis: string;
  judged: Judged[];
}

export interface Judged {
  name: string;
  interval: Interval;
  most: number;
  status: Status;
  /** An excess that is proved fails the row; that it cannot be told decides nothing. */
  watched: boolean;
}

/** What the mcp process takes, idle, beside a feed as quiet as a real one: percent of one core. */
export interface Calm {
  copiesPerSecond: number;
  othersPerSecond: number;
  mcpCpuPercents: number[];
}

export interface JudgeOptions {
  seed: number;
  resamples?: number;
}

/** The plan's table, each status from an interval against its budget. */
export function judgeImpact(
  quads: readonly QuadRecord[],
  calm: Calm,
  options: JudgeOptions,
): ImpactRow[] {
  const of = (treatment: Treatment) => quads.filter((quad) => quad.treatment === treatment);
  return [
    latencyRow(of('busy'), options),
    memoryRow(of('idle'), options),
    calmCpuRow(calm),
    responseRow(of('busy')),
  ];
}

/** The same questions for the other treatment, and CPU under the load: shown beside the table. */
export function judgeDetails(quads: readonly QuadRecord[], options: JudgeOptions): ImpactRow[] {
  const of = (treatment: Treatment) => quads.filter((quad) => quad.treatment === treatment);
  return [
    latencyRow(of('idle'), options),
    memoryRow(of('busy'), options),
    cpuRow(of('idle')),
    cpuRow(of('busy')),
    responseRow(of('idle')),
  ];
}

function latencyRow(quads: readonly QuadRecord[], options: JudgeOptions): ImpactRow {
  const pairs = quads.map((quad) => pairOf(quad, 'latencies'));
  const absolute = bootstrap(pairs, (some) => pooled(some, 'with', 0.99), options);
  const judged = [
    judge('p50, with / without', typicalRatio(pairs, 0.5), BUDGETS.latencyRatio),
    judge('p99 with, ms', absolute, BUDGETS.latencyMs),
    watch('p99, with / without', quantileRatio(pairs, 0.99, options), BUDGETS.latencyRatio),
  ];
  const side = (name: keyof BlockPair) =>
    `p50 ${ms(pooled(pairs, name, 0.5))}, p99 ${ms(pooled(pairs, name, 0.99))}`;
  return rowOf('Trading latency', quads, judged, {
    without: side('without'),
    with: side('with'),
    maxAllowable: '< 100 ms and < 5 % increase',
  });
}

function responseRow(quads: readonly QuadRecord[]): ImpactRow {
  const pairs = quads.map((quad) => pairOf(quad, 'responses'));
  const ratio = typicalRatio(pairs, 0.5);
  return rowOf(
    'Response time',
    quads,
    [judge('p50, with / without', ratio, BUDGETS.responseRatio)],
    {
      without: ms(pooled(pairs, 'without', 0.5)),
      with: ms(pooled(pairs, 'with', 0.5)),
      maxAllowable: '+10 %',
    },
  );
}

function memoryRow(quads: readonly QuadRecord[], options: JudgeOptions): ImpactRow {
  const used = ({ botRssMb, mcpRssMb }: Block) => botRssMb + mcpRssMb;
  const difference = meanDifference(
    quads.map((quad) => differenceOf(quad, used)),
    options,
  );
  return rowOf('Memory', quads, [judge('difference, MB', difference, BUDGETS.memoryMb)], {
    without: `${figure(meanOver(quads, 'without', used))} MB`,
    with: `${figure(meanOver(quads, 'with', used))} MB`,
    maxAllowable: '+100 MB',
  });
}

/**
 * The budget is for monitoring as it runs all day. It reads what the bot tells, so that its work grows
 * with the copies; the load that latency needs is some ten times what any feed brings.
 */
function calmCpuRow({ copiesPerSecond, othersPerSecond, mcpCpuPercents }: Calm): ImpactRow {
  const interval = typicalDifference(mcpCpuPercents);
  const judged = [judge('mcp process, points', interval, BUDGETS.cpuPercent)];
  return {
    ...{ metric: 'CPU', without: 'mcp 0 %', with: `mcp ${figure(meanOf(mcpCpuPercents))} %` },
    ...{ maxAllowable: '+1 %', status: worst(judged.map(({ status }) => status)), judged },
    basis:
      `mcp idle, ${copiesPerSecond} fill a second to copy among ${othersPerSecond} others, ` +
      `${mcpCpuPercents.length} spans`,
  };
}

/** What the process itself takes; the bot's own varies by more than the budget from run to run. */
function cpuRow(quads: readonly QuadRecord[]): ImpactRow {
  const more = (used: (block: Block) => number) =>
    typicalDifference(quads.map((quad) => differenceOf(quad, used)));
  const judged = [
    judge('mcp process, points', more(mcpCpu), BUDGETS.cpuPercent),
    watch('bot, more points', more(botCpu), BUDGETS.cpuPercent),
  ];
  const side = (name: keyof BlockPair) =>
    `bot ${figure(meanOver(quads, name, botCpu))} %, mcp ${figure(meanOver(quads, name, mcpCpu))} %`;
  return rowOf('CPU under this load', quads, judged, {
    without: side('without'),
    with: side('with'),
    maxAllowable: '+1 %',
  });
}

const botCpu = ({ botCpuPercent }: Block) => botCpuPercent;
const mcpCpu = ({ mcpCpuPercent }: Block) => mcpCpuPercent;

type Shown = Pick<ImpactRow, 'without' | 'with' | 'maxAllowable'>;

function rowOf(
  metric: string,
  quads: readonly QuadRecord[],
  judged: ImpactRow['judged'],
  shown: Shown,
): ImpactRow {
  const basis = `mcp ${quads[0]?.treatment ?? 'never run'}, ${quads.length} quads of blocks`;
  const deciding = judged.filter(({ watched, status }) => !watched || status === 'FAIL');
  return { metric, ...shown, status: worst(deciding.map(({ status }) => status)), basis, judged };
}

function judge(name: string, interval: Interval, most: number): Judged {
  return { name, interval, most, status: verdict(interval, most), watched: false };
}

function watch(name: string, interval: Interval, most: number): Judged {
  return { ...judge(name, interval, most), watched: true };
}

/** All readings of the two blocks with, and of the two without. */
export function pairOf({ blocks }: QuadRecord, what: 'latencies' | 'responses'): BlockPair {
  const all = (isWith: boolean) =>
    Float64Array.from(sideOf(blocks, isWith).flatMap((block) => block[what]));
  return { without: all(false), with: all(true) };
}

function sideOf(blocks: readonly Block[], isWith: boolean): Block[] {
  return blocks.filter(({ condition }) => (condition === 'without') !== isWith);
}

function pooled(pairs: readonly BlockPair[], side: keyof BlockPair, q: number): number {
  return quantileOf(sortedCopy(pairs.flatMap((pair) => Array.from(pair[side]))), q);
}

function differenceOf({ blocks }: QuadRecord, used: (block: Block) => number): number {
  const mean = (isWith: boolean) => meanOf(sideOf(blocks, isWith).map(used));
  return mean(true) - mean(false);
}

function meanOver(
  quads: readonly QuadRecord[],
  side: keyof BlockPair,
  used: (block: Block) => number,
): number {
  return meanOf(quads.flatMap(({ blocks }) => sideOf(blocks, side === 'with').map(used)));
}

function ms(value: number): string {
  return `${figure(value)} ms`;
}
