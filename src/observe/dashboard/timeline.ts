import { type ChartPoint, FIGURES, type FigureName, type HistoryState } from './state.ts';

/** A chart: which figures, in which unit. */
export interface ChartSpec {
  id: string;
  title: string;
  unit: 'USDC' | 'ms' | '%' | 'MB';
  series: readonly { figure: FigureName; name: string }[];
  /** Where the scale begins: at zero, near full, or where the figures are. */
  scale: 'zero' | 'full' | 'free';
  /** A step without a measurement is no gap in knowledge. */
  sparse: boolean;
}

const line = (figure: FigureName, name: string) => ({ figure, name });

export const CHARTS: readonly ChartSpec[] = [
  {
    id: 'equity',
    title: 'Equity',
    unit: 'USDC',
    series: [line('equityUsdc', 'equity')],
    scale: 'free',
    sparse: false,
  },
  {
    id: 'exposure',
    title: 'Exposure',
    unit: 'USDC',
    series: [line('exposureUsdc', 'at risk')],
    scale: 'zero',
    sparse: false,
  },
  {
    id: 'internal',
    title: 'Latency, internal',
    unit: 'ms',
    series: [line('internalP50Ms', 'p50'), line('internalP99Ms', 'p99')],
    scale: 'zero',
    sparse: true,
  },
  {
    id: 'feed',
    title: 'Latency, feed',
    unit: 'ms',
    series: [line('feedP50Ms', 'p50'), line('feedP99Ms', 'p99')],
    scale: 'zero',
    sparse: true,
  },
  {
    id: 'ack',
    title: 'Latency, acknowledgement',
    unit: 'ms',
    series: [line('ackP50Ms', 'p50'), line('ackP99Ms', 'p99')],
    scale: 'zero',
    sparse: true,
  },
  {
    id: 'completeness',
    title: 'Discovery completeness',
    unit: '%',
    series: [line('completenessPercent', 'seen live')],
    scale: 'full',
    sparse: false,
  },
  {
    id: 'cpu',
    title: 'CPU, of one core',
    unit: '%',
    series: [line('botCpuPercent', 'bot'), line('mcpCpuPercent', 'mcp')],
    scale: 'zero',
    sparse: false,
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: 'MB',
    series: [line('botMemoryMb', 'bot'), line('mcpMemoryMb', 'mcp')],
    scale: 'zero',
    sparse: false,
  },
];

/** The history with one more moment, and what is older than the span left out. */
export function extend(history: HistoryState, point: ChartPoint, nowMs: number): HistoryState {
  const newest = history.at.at(-1) ?? Number.NEGATIVE_INFINITY;
  const length = history.toMs - history.fromMs;
  const fromMs = nowMs - length;
  const moved = { ...history, fromMs, toMs: nowMs };
  // Longer spans are summed up by the server; here a finer point would stand beside sums.
  if (history.span !== '15m' || point.atMs <= newest) return moved;
  const first = history.at.findIndex((atMs) => atMs >= fromMs);
  const kept = first === -1 ? history.at.length : first;
  const series = Object.fromEntries(
    FIGURES.map((name) => [name, [...history.series[name].slice(kept), point.figures[name]]]),
  ) as HistoryState['series'];
  return {
    ...moved,
    at: [...history.at.slice(kept), point.atMs],
    series,
    mcpBusy: [...history.mcpBusy.slice(kept), point.mcpBusy],
  };
}

/** The y scale of a chart, with room above its highest figure. */
export function rangeOf(
  scale: ChartSpec['scale'],
  min: number | null,
  max: number | null,
): [number, number] {
  if (min === null || max === null) return scale === 'full' ? [90, 100] : [0, 1];
  if (scale === 'full') return [Math.min(90, Math.floor(min)), 100];
  if (scale === 'zero') return [0, max > 0 ? max * 1.15 : 1];
  const room = Math.max((max - min) * 0.15, Math.abs(max) * 0.001, 0.01);
  return [min - room, max + room];
}
