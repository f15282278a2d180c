/** Latency, memory and CPU before and after a release, with intervals: the plan's second week. */
import { bootstrapTwo, type Interval } from '../../core/bench/bootstrap.ts';
import { meanOf } from '../../core/bench/quantiles.ts';
import { type Status, verdict } from '../../core/bench/verdict.ts';
import { BEFORE_MS, HOUR_MS, type HourSample, type ReviewInput } from './facts.ts';
import { byDay, type Gauge, gaugeOf, latencyCount, latencyMs, type Stage } from './figures.ts';

/** The plan: latency at most 5 % more, 100 MB and 1 % of CPU more. */
const MOST_RATIO = 1.05;
const MOST_MEMORY_MB = 100;
const MOST_CPU_PERCENT = 1;
/** Fewer measured orders than this on a side give no quantile worth comparing. */
const FEWEST_ORDERS = 200;
const SEED = 7;

export interface Compared {
  what: string;
  unit: 'ms' | 'MB' | '%';
  before: number | null;
  after: number | null;
  /** Ratio of latencies, difference of everything else; undefined: it cannot be told. */
  change: Interval | undefined;
  changeIs: 'ratio' | 'difference';
  most: number;
  status: Status;
  /** Why it cannot be told. */
  why: string | undefined;
}

interface Sides {
  before: HourSample[];
  after: HourSample[];
}

/** The hour of the release itself belongs to neither side. */
function sidesOf({ samples, release, week }: ReviewInput): Sides {
  const { atMs } = release;
  const before = samples.filter(
    (one) => one.atMs >= atMs - BEFORE_MS && one.atMs + HOUR_MS <= atMs,
  );
  const after = samples.filter((one) => one.atMs >= atMs + HOUR_MS && one.atMs < week.toMs);
  return { before, after };
}

export function compare(input: ReviewInput): Compared[] {
  const sides = sidesOf(input);
  const days = {
    before: byDay(sides.before, input.release.atMs),
    after: byDay(sides.after, input.release.atMs),
  };
  const latency = (stage: Stage, q: number) => latencyRow(sides, days, stage, q);
  return [
    latency('internal', 0.5),
    latency('internal', 0.99),
    latency('ack', 0.5),
    gaugeRow(days, 'botRssBytes', 'Memory of the bot', 'MB', MOST_MEMORY_MB),
    gaugeRow(days, 'mcpRssBytes', 'Memory of the mcp process', 'MB', MOST_MEMORY_MB),
    gaugeRow(days, 'botCpuPercent', 'CPU of the bot', '%', MOST_CPU_PERCENT),
    gaugeRow(days, 'mcpCpuPercent', 'CPU of the mcp process', '%', MOST_CPU_PERCENT),
  ];
}

interface Days {
  before: HourSample[][];
  after: HourSample[][];
}

const STAGES: Record<Stage, string> = {
  feed: 'Feed latency',
  internal: 'Trading latency in the bot',
  ack: 'Answer of the venue',
};

function latencyRow(sides: Sides, days: Days, stage: Stage, q: number): Compared {
  const of = (samples: readonly HourSample[]) => latencyMs(samples, stage, q);
  const measured = (some: HourSample[][]) => some.filter((day) => latencyCount(day, stage) > 0);
  const [before, after] = [measured(days.before), measured(days.after)];
  const fewest = Math.min(latencyCount(sides.before, stage), latencyCount(sides.after, stage));
  const why =
    fewest < FEWEST_ORDERS
      ? `${fewest} orders on one side; ${FEWEST_ORDERS} are needed`
      : undefined;
  const ratio = (a: readonly HourSample[][], b: readonly HourSample[][]) =>
    (of(b.flat()) ?? Number.NaN) / (of(a.flat()) ?? Number.NaN);
  const change = why
    ? undefined
    : bootstrapTwo(before, after, ratio, { seed: SEED, resamples: 500 });
  return judged({
    what: `${STAGES[stage]}, p${q * 100}`,
    unit: 'ms',
    before: of(sides.before),
    after: of(sides.after),
    change,
    changeIs: 'ratio',
    most: MOST_RATIO,
    why,
  });
}

const BYTES_PER_MB = 1_000_000;

function gaugeRow(
  days: Days,
  gauge: Gauge,
  what: string,
  unit: 'MB' | '%',
  most: number,
): Compared {
  const scale = unit === 'MB' ? BYTES_PER_MB : 1;
  const means = (some: HourSample[][]) =>
    some.flatMap((day) => {
      const values = gaugeOf(day, gauge);
      return values.length === 0 ? [] : meanOf(values) / scale;
    });
  const [before, after] = [means(days.before), means(days.after)];
  const difference = (a: readonly number[], b: readonly number[]) => meanOf(b) - meanOf(a);
  return judged({
    what,
    unit,
    before: before.length === 0 ? null : meanOf(before),
    after: after.length === 0 ? null : meanOf(after),
    change: bootstrapTwo(before, after, difference, { seed: SEED }),
    changeIs: 'difference',
    most,
    why: undefined,
  });
}

function judged(row: Omit<Compared, 'status'>): Compared {
  const { change } = row;
  if (change && Number.isFinite(change.low)) return { ...row, status: verdict(change, row.most) };
  const why = row.why ?? `${change?.count ?? 0} days on one side; 4 are needed`;
  return { ...row, change: undefined, status: 'INCONCLUSIVE', why };
}
