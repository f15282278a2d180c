import type uPlot from 'uplot';
import { type ChartColors, pixels } from './palette.ts';
import type { HistoryState } from './state.ts';
import { MARK_NAMES } from './wording.ts';

/** What lies over and under the lines of a chart: marks, and when the mcp process was busy. */

/** A dashed line across the chart, with a letter: what it means is listed below the charts. Marks so
 * close that their letters would cover each other share one place. */
export function drawMarks(plot: uPlot, colors: ChartColors, history: HistoryState | undefined) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const size = pixels(13) * ratio;
  const labels: { x: number; letters: Set<string> }[] = [];
  ctx.save();
  ctx.font = `600 ${pixels(9.5) * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const { atMs, kind } of history?.marks ?? []) {
    const x = Math.round(plot.valToPos(atMs, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colors.mark;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const last = labels.at(-1);
    const { letter } = MARK_NAMES[kind];
    if (last && x - last.x < size * (last.letters.size + 1)) last.letters.add(letter);
    else labels.push({ x, letters: new Set([letter]) });
  }
  for (const { x, letters } of labels) {
    const text = [...letters].join('');
    const width = Math.max(size, ctx.measureText(text).width + size / 2);
    ctx.fillStyle = colors.mark;
    ctx.fillRect(x - width / 2, bbox.top - size, width, size);
    ctx.fillStyle = colors.card;
    ctx.fillText(text, x, bbox.top - size / 2 + ratio / 2);
  }
  ctx.restore();
}

export function drawBusy(plot: uPlot, colors: ChartColors, history: HistoryState | undefined) {
  if (!history) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colors.busy;
  for (const [index, busy] of history.mcpBusy.entries()) {
    const atMs = history.at[index];
    if (!busy || atMs === undefined) continue;
    const left = Math.max(bbox.left, plot.valToPos(atMs, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(atMs + history.stepMs, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** The mark within one step of a moment. */
export function markNear({ marks, stepMs }: HistoryState, atMs: number) {
  return marks.find((mark) => Math.abs(mark.atMs - atMs) <= stepMs);
}
