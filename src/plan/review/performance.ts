/** The second week: whether the release made trading slower or anything larger. */
import type { Interval } from '../../core/bench/bootstrap.ts';
import type { Status } from '../../core/bench/verdict.ts';
import type { Chart } from './chart.ts';
import { type Compared, compare } from './compare.ts';
import { type Block, type Cell, type Section, type Tone, text, toned } from './document.ts';
import { BEFORE_MS, DAY_MS, type ReviewInput, within } from './facts.ts';
import { byDay, latencyMs } from './figures.ts';
import { figure } from './summary.ts';
import { iso } from './week.ts';

const TONES: Record<Status, Tone> = { PASS: 'good', FAIL: 'bad', INCONCLUSIVE: 'warn' };

export function performanceSection(input: ReviewInput): Section {
  const rows = compare(input);
  const unclear = rows.filter(({ why }) => why !== undefined);
  const blocks: Block[] = [
    text(
      'The 14 days before the release beside the time from it to the end of this week. ' +
        'Intervals hold the truth with 95 % confidence and rest on whole days; PASS needs all ' +
        'of the interval within what the plan allows.',
    ),
    {
      kind: 'table',
      head: ['What', 'Before', 'After', 'Change (95 % interval)', 'Allowed', 'Verdict'],
      rows: rows.map(comparedRow),
    },
    ...(unclear.length > 0
      ? [{ kind: 'list' as const, items: unclear.map(({ what, why }) => `${what}: ${why}.`) }]
      : []),
    { kind: 'chart', chart: dailyLatency(input) },
  ];
  return { title: 'Before and after the release', blocks };
}

function comparedRow({
  what,
  unit,
  before,
  after,
  change,
  changeIs,
  most,
  status,
}: Compared): Cell[] {
  const ratio = changeIs === 'ratio';
  return [
    what,
    figure(before, unit),
    figure(after, unit),
    change ? changeWords(change, ratio, unit) : 'cannot be told',
    ratio ? `+${Math.round((most - 1) * 100)} %` : `+${most} ${unit}`,
    toned(status, TONES[status]),
  ];
}

function changeWords({ estimate, low, high }: Interval, ratio: boolean, unit: string): string {
  const words = (value: number) => {
    const shown = (ratio ? (value - 1) * 100 : value).toFixed(1).replace('-0.0', '0.0');
    return shown.startsWith('-') ? shown : `+${shown}`;
  };
  return `${words(estimate)} ${ratio ? '%' : unit} (${words(low)} to ${words(high)})`;
}

function dailyLatency({ samples, release, week }: ReviewInput): Chart {
  const fromMs = release.atMs - BEFORE_MS;
  const line = (name: string, q: number) => ({
    name,
    points: byDay(samples, fromMs).map((day) => {
      const at = fromMs + (Math.floor(((day[0]?.atMs ?? 0) - fromMs) / DAY_MS) + 0.5) * DAY_MS;
      return [at, latencyMs(day, 'internal', q)] as const;
    }),
  });
  return {
    kind: 'line',
    title: 'Trading latency of each day; the line is the release',
    unit: 'ms',
    fromMs,
    toMs: week.toMs,
    series: [line('p50', 0.5), line('p99', 0.99)],
    marks: [{ atMs: release.atMs, name: release.words }],
  };
}

export function benchSection(input: ReviewInput): Section {
  const benches = within(input.benches, input.week);
  const title = 'Benchmark of the week';
  if (benches.length === 0) {
    const words =
      'None was recorded in this week. `pmcp bench --with-mcp` measures what the mcp process ' +
      'costs trading, and keeps its report for the next review.';
    return { title, blocks: [text(words)] };
  }
  const rows = benches.map(({ atMs, name, status, words }): Cell[] => {
    const tone = TONES[status as Status];
    return [iso(atMs), name, tone ? toned(status, tone) : status, words];
  });
  return { title, blocks: [{ kind: 'table', head: ['When', 'What', 'Verdict', 'Figures'], rows }] };
}
