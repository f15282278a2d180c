/** Charts of a review as SVG text: no library, no script, colours by the page's own classes. */

export interface ChartSeries {
  name: string;
  /** Oldest first; null is a gap. */
  points: readonly (readonly [atMs: number, value: number | null])[];
}

export interface LineChart {
  kind: 'line';
  title: string;
  unit: string;
  fromMs: number;
  toMs: number;
  series: readonly ChartSeries[];
  /** A budget, drawn across. */
  limit?: { value: number; name: string };
  marks: readonly { atMs: number; name: string }[];
}

export interface BarChart {
  kind: 'bars';
  title: string;
  labels: readonly string[];
  /** Stacked, in this order; the class colours them. */
  stacks: readonly { name: string; tone: 's1' | 's2' | 's3' | 'bad' | 'good'; values: number[] }[];
}

/** Hours of days, each coloured by its worst verdict. */
export interface HourGrid {
  kind: 'grid';
  title: string;
  days: readonly { label: string; hours: readonly (string | null)[] }[];
}

export type Chart = LineChart | BarChart | HourGrid;

const WIDTH = 760;
const HEIGHT = 240;
const EDGE = { left: 56, right: 14, top: 40, bottom: 26 };
const INNER = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };

export function drawChart(chart: Chart): string {
  if (chart.kind === 'line')
    return frame(`${chart.title}, ${chart.unit}`, HEIGHT, drawLines(chart));
  if (chart.kind === 'bars') return frame(chart.title, HEIGHT, drawBars(chart));
  return frame(chart.title, EDGE.top + chart.days.length * ROW + 24, drawGrid(chart));
}

function frame(title: string, height: number, parts: readonly string[]): string {
  const name = escapeXml(title);
  return (
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${name}"><title>${name}</title>\n` +
    `${label(0, 15, title, 'start', 'title')}\n${parts.join('\n')}\n</svg>`
  );
}

const DAY_MS = 86_400_000;

function drawLines({ series, limit, marks, fromMs, toMs }: LineChart): string[] {
  const values = series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []));
  // A limit far above everything would flatten the lines: it is told in words instead.
  const high = Math.max(...values, 1e-9);
  const shown = limit && limit.value <= 2 * high ? limit : undefined;
  const axis = ticksOf(Math.max(high, shown?.value ?? 0));
  const x = (atMs: number) => EDGE.left + ((atMs - fromMs) / (toMs - fromMs)) * INNER.width;
  const y = (value: number) => EDGE.top + (1 - value / axis.top) * INNER.height;
  const parts = yAxis(axis, y);
  for (
    let day = Math.ceil(fromMs / DAY_MS) * DAY_MS;
    day < toMs;
    day += DAY_MS * everyDays(toMs - fromMs)
  ) {
    parts.push(label(x(day), HEIGHT - 8, new Date(day).toISOString().slice(5, 10), 'middle'));
  }
  for (const mark of marks) {
    const at = fixed(x(mark.atMs));
    parts.push(
      `<line class="mark" x1="${at}" x2="${at}" y1="${EDGE.top}" ` +
        `y2="${HEIGHT - EDGE.bottom}"><title>${escapeXml(mark.name)}</title></line>`,
    );
  }
  for (const [index, one] of series.entries()) {
    parts.push(...runsOf(one.points).map((run) => polyline(run, index, x, y)));
  }
  if (shown) {
    const at = y(shown.value);
    parts.push(
      `<line class="limit" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${fixed(at)}" ` +
        `y2="${fixed(at)}"/>`,
    );
    parts.push(label(WIDTH - EDGE.right, at - 4, shown.name, 'end', 'limit-name'));
  }
  const names = series.map(({ name }, index) => [name, `s${index + 1}`] as const);
  const far = limit && !shown ? ` (${limit.name}: not in view)` : '';
  return [...parts, legend(names), ...(far ? [label(WIDTH - EDGE.right, 15, far, 'end')] : [])];
}

function everyDays(spanMs: number): number {
  return Math.max(1, Math.ceil(spanMs / DAY_MS / 10));
}

/** Pieces without a gap. */
function runsOf(points: ChartSeries['points']): (readonly [number, number])[][] {
  const runs: (readonly [number, number])[][] = [[]];
  for (const [at, value] of points) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push([at, value]);
  }
  return runs.filter((run) => run.length > 0);
}

function polyline(
  run: readonly (readonly [number, number])[],
  index: number,
  x: (atMs: number) => number,
  y: (value: number) => number,
): string {
  const [only] = run;
  if (run.length === 1 && only) {
    return `<circle class="s${index + 1} dot" cx="${fixed(x(only[0]))}" cy="${fixed(y(only[1]))}" r="2"/>`;
  }
  const points = run.map(([at, value]) => `${fixed(x(at))},${fixed(y(value))}`).join(' ');
  return `<polyline class="s${index + 1}" points="${points}"/>`;
}

function drawBars({ labels, stacks }: BarChart): string[] {
  const totals = labels.map((_, index) =>
    stacks.reduce((sum, { values }) => sum + (values[index] ?? 0), 0),
  );
  const axis = ticksOf(Math.max(...totals, 1), true);
  const y = (value: number) => EDGE.top + (1 - value / axis.top) * INNER.height;
  const step = INNER.width / Math.max(1, labels.length);
  const parts = yAxis(axis, y);
  const nth = Math.ceil(labels.length / 14);
  for (const [index, name] of labels.entries()) {
    const left = EDGE.left + index * step + step * 0.15;
    let below = 0;
    for (const { values, tone } of stacks) {
      const value = values[index] ?? 0;
      if (value === 0) continue;
      const top = y(below + value);
      parts.push(
        `<rect class="${tone}" x="${fixed(left)}" y="${fixed(top)}" ` +
          `width="${fixed(step * 0.7)}" height="${fixed(y(below) - top)}"/>`,
      );
      below += value;
    }
    if (index % nth === 0) parts.push(label(left + step * 0.35, HEIGHT - 8, name, 'middle'));
  }
  return [...parts, legend(stacks.map(({ name, tone }) => [name, tone] as const))];
}

const ROW = 17;
const VERDICTS = [
  ['healthy', 'good'],
  ['degraded', 'warn'],
  ['critical', 'bad'],
  ['not seen', 'none'],
] as const;

function drawGrid({ days }: HourGrid): string[] {
  const step = INNER.width / 24;
  const parts = days.flatMap(({ label: name, hours }, row) => {
    const top = EDGE.top + row * ROW;
    const cells = hours.map((verdict, hour) => {
      const tone = VERDICTS.find(([known]) => known === verdict)?.[1] ?? 'none';
      const tip = `${name} ${String(hour).padStart(2, '0')}:00 UTC: ${verdict ?? 'not seen'}`;
      return (
        `<rect class="${tone}" x="${fixed(EDGE.left + hour * step)}" y="${top}" ` +
        `width="${fixed(step - 1.5)}" height="${ROW - 2}"><title>${tip}</title></rect>`
      );
    });
    return [label(EDGE.left - 6, top + 12, name, 'end'), ...cells];
  });
  const bottom = EDGE.top + days.length * ROW + 12;
  for (const hour of [0, 6, 12, 18]) {
    parts.push(
      label(EDGE.left + hour * step, bottom, `${String(hour).padStart(2, '0')}:00`, 'start'),
    );
  }
  return [...parts, legend(VERDICTS)];
}

interface Axis {
  top: number;
  ticks: number[];
}

/** From 0 to a round number, in four to six steps; `whole` for what is counted. */
function ticksOf(high: number, whole = false): Axis {
  const power = 10 ** Math.floor(Math.log10(high / 4));
  const round = power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= high / 4) ?? 10);
  const step = whole ? Math.max(1, Math.round(round)) : round;
  const count = Math.ceil(high / step);
  return { top: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) };
}

function yAxis({ ticks }: Axis, y: (value: number) => number): string[] {
  return ticks.flatMap((value) => {
    const at = fixed(y(value));
    const words = String(Number(value.toPrecision(3)));
    return [
      `<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/>`,
      label(EDGE.left - 6, y(value) + 4, words, 'end'),
    ];
  });
}

function legend(names: readonly (readonly [name: string, tone: string])[]): string {
  let at = EDGE.left;
  return names
    .map(([name, tone]) => {
      const left = at;
      at += 30 + name.length * 6.6;
      return (
        `<rect class="${tone} key" x="${fixed(left)}" y="22" width="10" ` +
        `height="10"/>${label(left + 14, 31, name, 'start')}`
      );
    })
    .join('');
}

function label(x: number, y: number, words: string, anchor: string, name = ''): string {
  const style = name ? ` class="${name}"` : '';
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}"${style}>${escapeXml(words)}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

export function escapeXml(words: string): string {
  return words.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
