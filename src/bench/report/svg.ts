/** Plots as text: no library, no script, nothing fetched. */
export interface Series {
  name: string;
  colour: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Dots instead of a line. */
  dots?: boolean;
}

export interface Plot {
  title: string;
  xTitle: string;
  yTitle: string;
  series: readonly Series[];
  /** Positions and labels on the x axis; drawn from the data when left out. */
  xTicks?: readonly (readonly [x: number, label: string])[];
  logX?: boolean;
  logY?: boolean;
}

const WIDTH = 760;
const HEIGHT = 320;
const EDGE = { left: 64, right: 16, top: 34, bottom: 44 };

export function drawPlot(plot: Plot): string {
  const points = plot.series.flatMap((one) => [...one.points]);
  const xAxis = axis(
    points.map(([x]) => x),
    plot.logX === true,
  );
  const yAxis = axis(
    points.map(([, y]) => y),
    plot.logY === true,
  );
  const x = (value: number) => EDGE.left + xAxis.at(value) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number) =>
    HEIGHT - EDGE.bottom - yAxis.at(value) * (HEIGHT - EDGE.top - EDGE.bottom);
  const parts = [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(plot.title)}">`,
    `<title>${escapeHtml(plot.title)}</title>`,
    text(EDGE.left, 18, plot.title, 'start', 'bold'),
    text(WIDTH / 2, HEIGHT - 6, plot.xTitle, 'middle'),
    text(8, EDGE.top - 8, plot.yTitle, 'start'),
  ];
  for (const value of yAxis.ticks) {
    const at = fixed(y(value));
    parts.push(
      `<line class="g" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/>`,
    );
    parts.push(text(EDGE.left - 6, y(value) + 4, tickWords(value), 'end'));
  }
  const xTicks = plot.xTicks ?? xAxis.ticks.map((value) => [value, tickWords(value)] as const);
  for (const [value, label] of xTicks) {
    parts.push(text(x(value), HEIGHT - EDGE.bottom + 16, label, 'middle'));
  }
  for (const [index, one] of plot.series.entries()) {
    parts.push(drawSeries(one, x, y));
    const legend = EDGE.left + 220 + index * 150;
    parts.push(`<rect x="${legend}" y="9" width="10" height="10" fill="${one.colour}"/>`);
    parts.push(text(legend + 14, 18, one.name, 'start'));
  }
  return `${parts.join('\n')}\n</svg>`;
}

function drawSeries(one: Series, x: (v: number) => number, y: (v: number) => number): string {
  if (one.dots) {
    return one.points
      .map(
        ([a, b]) => `<circle cx="${fixed(x(a))}" cy="${fixed(y(b))}" r="3" fill="${one.colour}"/>`,
      )
      .join('');
  }
  const line = one.points.map(([a, b]) => `${fixed(x(a))},${fixed(y(b))}`).join(' ');
  return `<polyline points="${line}" fill="none" stroke="${one.colour}" stroke-width="1.6"/>`;
}

/** From data to 0..1, with four to eight ticks at round numbers. */
function axis(values: readonly number[], log: boolean) {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const low = log ? Math.min(...finite, 1e9) : 0;
  const high = Math.max(...finite, log ? 0 : 1e-9);
  const scale = log ? Math.log10 : (value: number) => value;
  const [from, to] = [scale(low), scale(high)];
  const at = (value: number) => (to === from ? 0.5 : (scale(value) - from) / (to - from));
  return { at, ticks: log ? logTicks(low, high) : linearTicks(high) };
}

function linearTicks(high: number): number[] {
  const step = roundUp(high / 6);
  return Array.from({ length: Math.floor(high / step) + 1 }, (_, index) => index * step);
}

function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const step of [1, 2, 5]) {
      const value = power * step;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks.length > 9 ? ticks.filter((_, index) => index % 3 === 0) : ticks;
}

/** The next of 1, 2, 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((step) => step * power >= value) ?? 10);
}

function tickWords(value: number): string {
  return value >= 1e6 ? value.toExponential(0) : String(Number(value.toPrecision(3)));
}

function text(x: number, y: number, words: string, anchor: string, weight = 'normal'): string {
  return (
    `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}" font-weight="${weight}">` +
    `${escapeHtml(words)}</text>`
  );
}

function fixed(value: number): string {
  return value.toFixed(1);
}

export function escapeHtml(words: string): string {
  return words.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
