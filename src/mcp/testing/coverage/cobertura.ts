import { parseXml, type XmlElement } from '../xml.ts';
import { type CoverageReport, type FileCoverage, type Ratio, ranges } from './report.ts';

/** Cobertura XML, as coverage.py, vitest, jest and many others write it. */
export async function parseCobertura(text: string): Promise<CoverageReport | undefined> {
  if (!/<coverage[\s>]/.test(text)) return undefined;
  const root = (await parseXml(text))?.find((element) => element.name === 'coverage');
  if (!root) return undefined;
  const byPath = new Map<string, { hits: Map<number, number>; branches: Ratio }>();
  for (const element of descendants(root, 'class')) {
    const path = element.attributes['filename'];
    if (path === undefined) continue;
    const file = byPath.get(path) ?? { hits: new Map(), branches: { covered: 0, total: 0 } };
    byPath.set(path, file);
    const lines = element.children.find((child) => child.name === 'lines')?.children ?? [];
    for (const { attributes } of lines) addLine(file, attributes);
  }
  const stamp = Number(root.attributes['timestamp']);
  // Some writers give seconds, some milliseconds.
  const madeAtMs = stamp > 0 ? (stamp < 1e11 ? stamp * 1_000 : stamp) : undefined;
  return {
    format: 'cobertura',
    files: [...byPath].map(([path, file]) => toFile(path, file)),
    madeAtMs,
  };
}

function addLine(
  file: { hits: Map<number, number>; branches: Ratio },
  attributes: Record<string, string>,
): void {
  const line = Number(attributes['number']);
  if (!Number.isInteger(line)) return;
  file.hits.set(line, (file.hits.get(line) ?? 0) + Number(attributes['hits'] ?? 0));
  const condition = /\((\d+)\/(\d+)\)/.exec(attributes['condition-coverage'] ?? '');
  file.branches.covered += Number(condition?.[1] ?? 0);
  file.branches.total += Number(condition?.[2] ?? 0);
}

function toFile(
  path: string,
  { hits, branches }: { hits: Map<number, number>; branches: Ratio },
): FileCoverage {
  const uncovered = [...hits].filter(([, count]) => count === 0).map(([line]) => line);
  const lines = { covered: hits.size - uncovered.length, total: hits.size };
  return {
    path,
    lines,
    branches: branches.total > 0 ? branches : undefined,
    uncovered: ranges(uncovered),
  };
}

function* descendants(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (child.name === name) yield child;
    yield* descendants(child, name);
  }
}
