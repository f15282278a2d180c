import uPlot from 'uplot';
import { h } from './dom.ts';
import { chartNumber, clockTime, UNKNOWN } from './format.ts';
import { drawBusy, drawMarks, markNear } from './overlay.ts';
import { type ChartColors, pixels } from './palette.ts';
import type { HistoryState } from './state.ts';
import { type ChartSpec, rangeOf } from './timeline.ts';
import { MARK_NAMES } from './wording.ts';

/** One chart with its figures in words and as a table. */
export interface Chart {
  element: HTMLElement;
  show(history: HistoryState): void;
  /** After a change of colours or of the size of text. */
  redraw(colors: ChartColors): void;
}

/** Rows of the table beside a chart. */
const TABLE_ROWS = 60;
/** The second line of a chart, so that lines differ without colours. */
const DASHED = [6, 3];

export function createChart(spec: ChartSpec, initial: ChartColors): Chart {
  const parts = elementsOf(spec);
  let history: HistoryState | undefined;
  let colors = initial;
  let plot: uPlot | undefined;

  const read = (index: number | null | undefined) => {
    if (!history) return;
    const at = index ?? history.at.length - 1;
    for (const [number, { figure }] of spec.series.entries()) {
      const value = history.series[figure][at];
      const output = parts.values[number];
      if (output) output.textContent = chartNumber(value, spec.unit);
    }
    const atMs = history.at[at];
    const mark = index === null || index === undefined ? undefined : nearMark(history, at);
    const text = atMs === undefined ? '' : clockTime(atMs, history.toMs);
    parts.when.textContent = mark ? `${MARK_NAMES[mark.kind].name}: ${mark.detail}` : text;
  };
  const build = () => {
    plot?.destroy();
    plot = undefined;
    if (!history) return;
    const options = optionsOf(spec, colors, {
      width: parts.canvas.clientWidth,
      height: parts.canvas.clientHeight,
      history: () => history,
      read,
    });
    plot = new uPlot(options, dataOf(spec, history), parts.canvas);
  };
  new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = parts.canvas;
    if (plot && (plot.width !== width || plot.height !== height)) plot.setSize({ width, height });
  }).observe(parts.canvas);
  parts.details.addEventListener('toggle', () => fill());
  const fill = () => {
    if (history && parts.details.hasAttribute('open')) {
      parts.rows.replaceChildren(...tableRows(spec, history));
    }
  };

  return {
    element: parts.element,
    show(next) {
      history = next;
      if (plot) plot.setData(dataOf(spec, next));
      else build();
      if (plot?.cursor.idx === null || plot?.cursor.idx === undefined) read(null);
      fill();
    },
    redraw(next) {
      colors = next;
      build();
      read(null);
    },
  };
}

function elementsOf(spec: ChartSpec) {
  const values = spec.series.map(() => h('b', {}, UNKNOWN));
  const keys = spec.series.map(({ name }, index) =>
    h(
      'span',
      { class: 'key' },
      h('span', { class: `swatch line-${index + 1}`, 'aria-hidden': 'true' }),
      `${name} `,
      values[index] ?? null,
    ),
  );
  const when = h('span', { class: 'when dim' });
  const canvas = h('div', { class: 'canvas', 'aria-hidden': 'true' });
  const rows = h('tbody');
  const heads = ['Time', ...spec.series.map(({ name }) => `${name}, ${spec.unit}`)];
  const details = h(
    'details',
    {},
    h('summary', {}, 'Table', h('span', { class: 'hidden' }, ` of ${spec.title}`)),
    h(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': `${spec.title}, figures`, tabindex: '0' },
      h(
        'table',
        {},
        h('caption', { class: 'hidden' }, `${spec.title}, newest first`),
        h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
        rows,
      ),
    ),
  );
  const titleId = `chart-${spec.id}`;
  const element = h(
    'figure',
    { class: 'card chart', 'aria-labelledby': titleId },
    h(
      'figcaption',
      {},
      h('h3', { id: titleId }, spec.title),
      h('p', { class: 'keys' }, ...keys, when),
    ),
    canvas,
    details,
  );
  return { element, canvas, values, when, rows, details };
}

function nearMark(history: HistoryState, index: number) {
  const atMs = history.at[index];
  return atMs === undefined ? undefined : markNear(history, atMs);
}

function dataOf({ series, sparse }: ChartSpec, history: HistoryState): uPlot.AlignedData {
  const columns = series.map(({ figure }) => history.series[figure]);
  if (!sparse) return [history.at, ...columns];
  // The chart leads a line across undefined, as nothing was measured, but not across null.
  const watched = history.series.mcpMemoryMb;
  const bridged = columns.map((column) =>
    column.map((value, index) => value ?? (watched[index] === null ? null : undefined)),
  );
  return [history.at, ...bridged];
}

function tableRows(spec: ChartSpec, history: HistoryState): HTMLElement[] {
  const first = Math.max(0, history.at.length - TABLE_ROWS);
  return history.at
    .slice(first)
    .map((atMs, offset) => {
      const cells = spec.series.map(({ figure }) =>
        h(
          'td',
          { class: 'number' },
          chartNumber(history.series[figure][first + offset], spec.unit),
        ),
      );
      return h('tr', {}, h('th', { scope: 'row' }, clockTime(atMs, history.toMs)), ...cells);
    })
    .reverse();
}

interface Hooks {
  width: number;
  height: number;
  history(): HistoryState | undefined;
  read(index: number | null | undefined): void;
}

function optionsOf(spec: ChartSpec, colors: ChartColors, hooks: Hooks): uPlot.Options {
  const { width, height, history, read } = hooks;
  const span = (): [number, number] => {
    const shown = history();
    return shown ? [shown.fromMs, shown.toMs] : [0, 1];
  };
  const axis = {
    stroke: colors.dim,
    font: colors.font,
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
  };
  const latency = spec.unit === 'ms';
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    cursor: { sync: { key: 'pmcp' }, y: false, drag: { x: false, y: false } },
    padding: [pixels(14), pixels(10), 0, 0],
    scales: {
      x: { range: span },
      y: { range: (_plot, min, max) => rangeOf(spec.scale, min, max) },
    },
    axes: [
      { ...axis, space: pixels(64), size: pixels(22), values: timeLabels },
      {
        ...axis,
        space: pixels(28),
        size: (_plot, labels) => pixels(14 + 6.6 * longest(labels ?? [])),
        values: (_plot, splits) => splits.map((value) => axisLabel(value, spec, splits)),
      },
    ],
    series: [
      {},
      ...spec.series.map(({ name }, index) => ({
        label: name,
        stroke: colors.lines[index] ?? colors.dim,
        width: 1.75,
        points: { size: pixels(4), fill: colors.lines[index] ?? colors.dim },
        ...(index > 0 && { dash: DASHED }),
      })),
    ],
    hooks: {
      drawClear: [(plot) => latency && drawBusy(plot, colors, history())],
      draw: [(plot) => drawMarks(plot, colors, history())],
      setCursor: [(plot) => read(plot.cursor.idx)],
    },
  };
}

function longest(labels: readonly string[]): number {
  return Math.max(2, ...labels.map((label) => label.length));
}

/** Local time, and the day where one begins. */
function timeLabels(_plot: uPlot, splits: number[]): string[] {
  const days = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 36 * 3_600_000;
  return splits.map((atMs) => {
    const at = new Date(atMs);
    if (days) return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  });
}

/** Without the noise of binary fractions. */
function tidy(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function axisLabel(value: number, { unit }: ChartSpec, splits: readonly number[]): string {
  const step = Math.abs((splits[1] ?? 1) - (splits[0] ?? 0));
  const digits = [0, 1, 2].find((one) => Number.isInteger(tidy(step * 10 ** one))) ?? 3;
  if (unit === 'ms' && (splits.at(-1) ?? 0) >= 1000) {
    return `${(value / 1000).toFixed(step < 1000 ? 1 : 0)} s`;
  }
  const text = value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === 'ms' || unit === '%' ? `${text} ${unit}` : text;
}
