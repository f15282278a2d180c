/** Prometheus' text format, as far as it takes to tell whether an endpoint speaks it. */
export interface Exposition {
  /** Families by their TYPE lines. */
  families: ReadonlySet<string>;
  /** Value by series as written, such as `up{job="x"}`. */
  samples: ReadonlyMap<string, number>;
}

const COMMENT = /^#/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (?:counter|gauge|histogram|summary|untyped)$/;
const SAMPLE =
  /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)(?: -?\d+)?$/;

/** The text, or the first line that is none of its format. */
export function parseExposition(text: string): Exposition | { problem: string } {
  const families = new Set<string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const family = TYPE.exec(line)?.[1];
    if (family !== undefined) families.add(family);
    if (line === '' || COMMENT.test(line)) continue;
    const [, series, value = ''] = SAMPLE.exec(line) ?? [];
    if (series === undefined || !isNumber(value)) return { problem: line.slice(0, 100) };
    samples.set(series, Number(value.replace(/^([+-]?)inf$/i, '$1Infinity')));
  }
  return { families, samples };
}

/** In any case, as Prometheus reads it: prom-client writes Nan. */
function isNumber(text: string): boolean {
  return /^(?:NaN|[+-]?Inf)$/i.test(text) || (text !== '' && Number.isFinite(Number(text)));
}
