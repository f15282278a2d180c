import { type Chart, createChart } from './chart.ts';
import { byId, type Child, h, none, table, time, update } from './dom.ts';
import { clockTime, count, milliseconds } from './format.ts';
import { readColors } from './palette.ts';
import {
  type DashboardState,
  type HistoryState,
  SPANS,
  type SpanName,
  type StageName,
} from './state.ts';
import { CHARTS, extend } from './timeline.ts';
import { MARK_NAMES, STAGE_NAMES } from './wording.ts';

/** All charts of one span, kept current. */
export interface Charts {
  state(state: DashboardState): void;
  redraw(): void;
}

/** Sums of longer spans change once a minute. */
const REREAD_MS = 60_000;

export function createCharts(): Charts {
  let span: SpanName = SPANS[0];
  let history: HistoryState | undefined;
  let readTick = Number.NEGATIVE_INFINITY;
  let marks = -1;
  const colors = readColors();
  const charts: Chart[] = CHARTS.map((spec) => createChart(spec, colors));
  byId('charts').append(...charts.map(({ element }) => element));

  const show = () => {
    if (!history) return;
    for (const chart of charts) chart.show(history);
    update('marks', history.marks, (list) => [markTable(list, history?.toMs ?? 0)]);
    update('comparison', history.comparison, () => [comparisonTable(history as HistoryState)]);
  };
  const read = async () => {
    readTick = performance.now();
    const wanted = span;
    const answer = await fetch(`/api/history?span=${wanted}`).catch(() => undefined);
    if (!answer?.ok || wanted !== span) return;
    history = (await answer.json()) as HistoryState;
    show();
  };
  byId('spans').append(
    ...SPANS.map((name) =>
      spanChoice(name, name === span, () => {
        span = name;
        void read();
      }),
    ),
  );

  return {
    state(state) {
      const due = performance.now() - readTick > REREAD_MS;
      if (due || marks !== state.marks) {
        marks = state.marks;
        void read();
      }
      if (!history || !state.point) return;
      history = extend(history, state.point, state.atMs);
      show();
    },
    redraw() {
      const next = readColors();
      for (const chart of charts) chart.redraw(next);
    },
  };
}

function spanChoice(name: SpanName, chosen: boolean, choose: () => void): HTMLElement {
  const id = `span-${name}`;
  const input = h('input', { type: 'radio', name: 'span', id, value: name });
  if (chosen) input.setAttribute('checked', '');
  input.addEventListener('change', choose);
  return h('span', {}, input, h('label', { for: id }, name));
}

function markTable(marks: HistoryState['marks'], nowMs: number): Child {
  if (marks.length === 0) {
    return none('No deploy, rollback, restart, halt or breaker trip in this span.');
  }
  const rows = marks
    .slice(-12)
    .reverse()
    .map(({ atMs, kind, detail }) => [
      h(
        'span',
        { class: 'mark' },
        h('span', { class: 'letter' }, MARK_NAMES[kind].letter),
        MARK_NAMES[kind].name,
      ),
      detail,
      time(atMs, clockTime(atMs, nowMs)),
    ]);
  const columns = [{ title: 'Mark' }, { title: 'What' }, { title: 'When' }];
  return table('What the dashed lines in the charts mean, newest first', columns, rows);
}

function stageName(stage: StageName): Child {
  const { name, meaning } = STAGE_NAMES[stage];
  return h('span', { class: 'wordy' }, name, h('span', { class: 'second' }, meaning));
}

function comparisonTable({ comparison, busyFromPercent }: HistoryState): Child {
  const stages = ['internal', 'feed', 'ack'] as const;
  const rows = stages.flatMap((stage) =>
    (['idle', 'busy'] as const).map((load) => {
      const { count: measured, p50Ms, p99Ms } = comparison[stage][load];
      return [
        stageName(stage),
        h('span', { class: 'brief' }, load),
        count(measured),
        milliseconds(p50Ms),
        milliseconds(p99Ms),
      ];
    }),
  );
  const columns = [
    { title: 'Stage' },
    { title: 'MCP' },
    { title: 'Measured', number: true },
    { title: 'p50', number: true },
    { title: 'p99', number: true },
  ];
  return h(
    'div',
    {},
    table('Latency by stage, apart by whether the mcp process was busy', columns, rows),
    h(
      'p',
      { class: 'dim' },
      `Busy: the mcp process takes ${busyFromPercent} % of a core or more; shaded in the charts.`,
    ),
  );
}
