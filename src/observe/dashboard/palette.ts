/** The colours of the style sheet, for the canvas, which knows no variables. */
export interface ChartColors {
  lines: readonly string[];
  dim: string;
  line: string;
  mark: string;
  card: string;
  busy: string;
  font: string;
}

export function readColors(): ChartColors {
  const probe = document.createElement('span');
  document.body.append(probe);
  const color = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    lines: [color('line-1'), color('line-2')],
    dim: color('dim'),
    line: color('rule'),
    mark: color('mark'),
    card: color('card'),
    busy: color('busy'),
    font: `${pixels(11.5)}px system-ui, sans-serif`,
  };
  probe.remove();
  return colors;
}

/** Pixels at the usual size of text, scaled to the reader's. */
export function pixels(usual: number): number {
  const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round((usual * size) / 14);
}
