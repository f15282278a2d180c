import type { Block } from '../../core/bench/impact.ts';
import { quantileOf, sortedCopy } from '../../core/bench/quantiles.ts';
import { CONDITIONS, type Condition } from '../../core/bench/schedule.ts';
import { createSpectrum } from '../../core/bench/spectrum.ts';
import type { ImpactReport, ScaleReport } from '../result.ts';
import { drawPlot } from './svg.ts';

const COLOURS: Readonly<Record<Condition, string>> = {
  without: '#2f6f4f',
  idle: '#3465a4',
  busy: '#c4591c',
};
const NAMES: Readonly<Record<Condition, string>> = {
  without: 'without mcp',
  idle: 'mcp idle',
  busy: 'mcp busy',
};

export function impactPlots({ quads }: ImpactReport): string[] {
  const blocks = quads.flatMap((quad) => quad.blocks);
  if (blocks.length === 0) return [];
  const of = (condition: Condition) => blocks.filter((block) => block.condition === condition);
  const overTime = (title: string, yTitle: string, value: (block: Block) => number) =>
    drawPlot({
      title,
      xTitle: 'seconds since the start',
      yTitle,
      series: CONDITIONS.map((condition) => ({
        name: NAMES[condition],
        colour: COLOURS[condition],
        dots: true,
        points: of(condition).map((block) => [block.startSeconds, value(block)] as const),
      })),
    });
  const quantile = (q: number) => (block: Block) => quantileOf(sortedCopy(block.latencies), q);
  return [
    byPercentile(of),
    overTime('Median latency of each block', 'ms', quantile(0.5)),
    overTime('99th percentile of each block', 'ms', quantile(0.99)),
    overTime('CPU of bot and mcp process', '% of a core', (b) => b.botCpuPercent + b.mcpCpuPercent),
    overTime('Memory of bot and mcp process', 'MB', (b) => b.botRssMb + b.mcpRssMb),
  ];
}

/** Each further nine takes the same room, as in HdrHistogram's own plots. */
function byPercentile(of: (condition: Condition) => Block[]): string {
  const shares = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999];
  const nines = (q: number) => 1 / (1 - q);
  return drawPlot({
    title: 'Trading latency by percentile',
    xTitle: 'percentile',
    yTitle: 'ms',
    logX: true,
    logY: true,
    xTicks: [0, 0.5, 0.9, 0.99, 0.999].map((q) => [nines(q), `${q * 100}`] as const),
    series: CONDITIONS.map((condition) => {
      const spectrum = createSpectrum(of(condition).flatMap(({ latencies }) => latencies));
      const points = shares.map((q) => [nines(q), spectrum.quantile(q)] as const);
      const { colour, name } = { colour: COLOURS[condition], name: NAMES[condition] };
      return { name, colour, points: points.filter(([, ms]) => Number.isFinite(ms)) };
    }),
  });
}

export function scalePlots({ rows }: ScaleReport): string[] {
  const measured = rows.filter(({ points }) => points.length > 0);
  return measured.map(({ what, unit, points }) =>
    drawPlot({
      title: what,
      xTitle: unit,
      yTitle: 'microseconds',
      logX: true,
      logY: true,
      series: [
        {
          name: 'measured',
          colour: COLOURS.idle,
          dots: true,
          points: points.map(({ size, cost }) => [size, cost] as const),
        },
      ],
    }),
  );
}
