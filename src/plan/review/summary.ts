/** The enhanced monitoring of every week: health, resources, latency, day by day. */
import type { Chart, LineChart } from './chart.ts';
import { type Block, type Cell, type Section, text, toned } from './document.ts';
import { alertsOf, DAY_MS, HOUR_MS, type HourSample, type ReviewInput, within } from './facts.ts';
import { byDay, type Gauge, gaugeOf, healthyShare, latencyMs, quantileFrom } from './figures.ts';
import { tripsOf } from './trips.ts';

const BYTES_PER_MB = 1_000_000;

export function monitoringSection(input: ReviewInput): Section {
  const hours = within(input.samples, input.week);
  const blocks: Block[] = [
    text(overall(input, hours)),
    { kind: 'table', head: HEAD, rows: byDay(hours, input.week.fromMs).map(dayRow(input)) },
    { kind: 'chart', chart: grid(hours, input) },
    { kind: 'chart', chart: latencyChart(hours, input) },
    {
      kind: 'chart',
      chart: gaugeChart(hours, input, 'Memory', 'MB', ['botRssBytes', 'mcpRssBytes']),
    },
    {
      kind: 'chart',
      chart: gaugeChart(hours, input, 'CPU', '%', ['botCpuPercent', 'mcpCpuPercent']),
    },
  ];
  return { title: 'Monitoring', blocks };
}

const HEAD = ['Day', 'Hours', 'Healthy', 'p50', 'p99', 'Bot', 'mcp', 'mcp CPU', 'Alerts', 'Trips'];

function overall({ decisions, week }: ReviewInput, hours: readonly HourSample[]): string {
  const of = Math.round((week.toMs - week.fromMs) / HOUR_MS);
  const critical = hours.filter(({ health }) => health === 'critical').length;
  const healthy = percent(healthyShare(hours));
  const trades =
    decisions.copied + decisions.skipped === 0
      ? 'No decision is kept of this week.'
      : `${decisions.copied} trades were copied and ${decisions.skipped} skipped.`;
  return (
    `${hours.length} of ${of} hours were seen, ${healthy} of them healthy throughout; ` +
    `${critical} had a critical minute. ${trades} Latency is that of the bot itself, from ` +
    `the row to the order on the socket; memory and CPU are medians of hourly means.`
  );
}

function dayRow(input: ReviewInput) {
  const trips = tripsOf(input.marks);
  const alerts = alertsOf(input);
  return (hours: HourSample[]): Cell[] => {
    const first = hours[0]?.atMs ?? 0;
    const fromMs = input.week.fromMs + Math.floor((first - input.week.fromMs) / DAY_MS) * DAY_MS;
    const inDay = (atMs: number) => atMs >= fromMs && atMs < fromMs + DAY_MS;
    const share = healthyShare(hours);
    const tripped = trips.filter(({ atMs }) => inDay(atMs)).length;
    return [
      dayName(fromMs),
      String(hours.length),
      toned(percent(share), share === 1 ? 'good' : (share ?? 0) >= 0.95 ? 'warn' : 'bad'),
      figure(latencyMs(hours, 'internal', 0.5), 'ms'),
      figure(latencyMs(hours, 'internal', 0.99), 'ms'),
      figure(middle(hours, 'botRssBytes'), 'MB'),
      figure(middle(hours, 'mcpRssBytes'), 'MB'),
      figure(middle(hours, 'mcpCpuPercent'), '%'),
      String(alerts.filter(({ raisedAtMs }) => inDay(raisedAtMs)).length),
      tripped > 0 ? toned(String(tripped), 'warn') : '0',
    ];
  };
}

function middle(hours: readonly HourSample[], gauge: Gauge): number | null {
  const value = quantileFrom(gaugeOf(hours, gauge), 0.5);
  return value !== null && gauge.endsWith('Bytes') ? value / BYTES_PER_MB : value;
}

/** By calendar days of UTC, from the day of the week's begin to that of its end. */
function grid(hours: readonly HourSample[], { week, nowMs }: ReviewInput): Chart {
  const found = new Map(hours.map(({ atMs, health }) => [atMs - (atMs % HOUR_MS), health]));
  const days = [];
  const end = Math.min(week.toMs, nowMs);
  for (let day = week.fromMs - (week.fromMs % DAY_MS); day < end; day += DAY_MS) {
    const verdicts = Array.from(
      { length: 24 },
      (_, hour) => found.get(day + hour * HOUR_MS) ?? null,
    );
    days.push({ label: dayName(day), hours: verdicts });
  }
  return { kind: 'grid', title: 'Worst verdict of each hour', days };
}

function latencyChart(hours: readonly HourSample[], input: ReviewInput): Chart {
  const line = (q: number) => ({
    name: `p${q * 100}`,
    points: withGaps(hours, (one) => latencyMs([one], 'internal', q)),
  });
  const series = [line(0.5), line(0.99)];
  const limit = { value: 100, name: 'the plan allows 100 ms' };
  return lines(input, { title: 'Trading latency in the bot', unit: 'ms', series, limit });
}

const GAUGES: Record<Gauge, string> = {
  botRssBytes: 'bot',
  botCpuPercent: 'bot',
  mcpRssBytes: 'mcp process',
  mcpCpuPercent: 'mcp process',
};

function gaugeChart(
  hours: readonly HourSample[],
  input: ReviewInput,
  title: string,
  unit: 'MB' | '%',
  gauges: readonly Gauge[],
): Chart {
  const scale = unit === 'MB' ? BYTES_PER_MB : 1;
  const series = gauges.map((gauge) => ({
    name: GAUGES[gauge],
    points: withGaps(hours, (one) => {
      const value = one[gauge];
      return value === null ? null : value / scale;
    }),
  }));
  return lines(input, { title, unit: unit === '%' ? '% of a core' : unit, series });
}

type Lines = Pick<LineChart, 'title' | 'unit' | 'series' | 'limit'>;

/** With what happened as lines across; breakers have a chart of their own. */
function lines({ week, marks }: ReviewInput, chart: Lines): LineChart {
  const shown = within(marks, week).filter(({ kind }) => kind !== 'breaker' && kind !== 'bench');
  const { fromMs, toMs } = week;
  return {
    kind: 'line',
    ...chart,
    fromMs,
    toMs,
    marks: shown.map(({ atMs, kind, detail }) => ({ atMs, name: `${kind}: ${detail}` })),
  };
}

/** A missing hour is a gap, not a slope. */
function withGaps(
  hours: readonly HourSample[],
  value: (hour: HourSample) => number | null,
): (readonly [number, number | null])[] {
  return hours.flatMap((hour, index) => {
    const before = hours[index - 1];
    const isGap = before && hour.atMs - before.atMs > 1.5 * HOUR_MS;
    const point = [hour.atMs, value(hour)] as const;
    return isGap ? [[hour.atMs - 1, null] as const, point] : [point];
  });
}

function dayName(atMs: number): string {
  return new Date(atMs).toISOString().slice(5, 10);
}

export function figure(value: number | null, unit: string): string {
  if (value === null) return 'not measured';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return 'unknown';
  const value = share * 100;
  return `${value === 100 || value < 10 ? Number(value.toPrecision(2)) : value.toFixed(1)} %`;
}
