import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EncodedSourceMap } from '@jridgewell/trace-mapping';
import v8 from '@vitest/coverage-v8';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageMapData } from '@vitest/istanbul-lib-coverage';
import type { CoverageProviderModule } from 'vitest/node';
import { createPlainTally, createTally, type FunctionCounts } from './counts.ts';
import { fileCoverage } from './istanbul.ts';
import { pointsOf, startsOf } from './points.ts';

/**
 * vitest's own V8 coverage, with two differences: counts are taken at the points of the original
 * TypeScript, and what the product's processes executed (journeys) is counted too. Both run
 * different code made from the same sources; see docs/decisions/0006-coverage.md.
 */
const root = resolve(import.meta.dirname, '../..');
const childrenDirectory = resolve(root, 'coverage/children');

const emptyMap: EncodedSourceMap = { version: 3, names: [], sources: [], mappings: '' };

interface Transformed {
  code: string;
  map?: Partial<EncodedSourceMap>;
}

async function remapCoverage(
  url: string,
  shift: number,
  { code, map }: Transformed,
  functions: FunctionCounts[],
): Promise<CoverageMapData> {
  const path = url.replace(/^file:\/\//, '');
  const source = readFileSync(path, 'utf8');
  // A file that no test loaded comes without a map, and counts as never run.
  const tally = createTally(
    code,
    { ...emptyMap, ...map, sources: [path] },
    new Map([[path, source]]),
  );
  tally.add(functions, shift);
  return { [path]: fileCoverage(path, source, tally.countsIn(path)) };
}

interface Script {
  url: string;
  functions: FunctionCounts[];
}

/**
 * Coverage of the original sources by what the children ran of a project: the bundle in its `dist`,
 * and sources as they are, which Node runs without their types.
 */
export function childCoverage(directory: string, project: string): CoverageMapData[] {
  const home = pathToFileURL(`${project}/`).href;
  const isOurs = ({ url }: Script) =>
    url.startsWith(home) &&
    /^(?:dist\/.*\.[cm]?js|(?:src|commands)\/.*\.ts)$/.test(url.slice(home.length));
  const bundles = new Map<string, ReturnType<typeof openBundle>>();
  for (const name of readdirSync(directory)) {
    for (const script of scriptsIn(resolve(directory, name))) {
      if (!isOurs(script)) continue;
      const path = fileURLToPath(script.url);
      const bundle =
        bundles.get(script.url) ?? (path.endsWith('.ts') ? openSource(path) : openBundle(path));
      bundles.set(script.url, bundle);
      bundle.tally.add(script.functions);
    }
  }
  return [...bundles.values()].flatMap(({ tally, originals }) =>
    [...originals].map(([path, source]) => ({
      [path]: fileCoverage(path, source, tally.countsIn(path)),
    })),
  );
}

/** A process that is killed while it writes its coverage leaves half a file, which counts nothing. */
function scriptsIn(path: string): Script[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).result;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function openSource(path: string) {
  const text = readFileSync(path, 'utf8');
  const tally = createPlainTally(path, startsOf(pointsOf(path, text)));
  return { tally, originals: new Map([[path, text]]) };
}

function openBundle(path: string) {
  const bundled = readFileSync(path, 'utf8');
  // The bundler's own helpers, and chunks that only load others, have no sources and no map.
  const mapPath = `${path}.map`;
  const map = existsSync(mapPath)
    ? JSON.parse(readFileSync(mapPath, 'utf8'))
    : { sources: [], mappings: '' };
  const sources: string[] = map.sources.map((source: string) => resolve(path, '..', source));
  const own = sources.filter((source) => !source.includes('/node_modules/'));
  const originals = new Map(own.map((source) => [source, readFileSync(source, 'utf8')]));
  const tally = createTally(bundled, { ...map, sources }, originals);
  return { tally, originals };
}

function createProvider(): V8CoverageProvider {
  const provider = new V8CoverageProvider();
  const ofTests = provider.generateCoverage.bind(provider);
  return Object.assign(provider, {
    remapCoverage,
    async generateCoverage(context: Parameters<typeof ofTests>[0]) {
      const map = await ofTests(context);
      const known = new Set(map.files());
      for (const data of childCoverage(childrenDirectory, root)) {
        if (Object.keys(data).every((path) => known.has(path))) map.merge(data);
      }
      return map;
    },
  });
}

const module: CoverageProviderModule = {
  ...v8,
  async getProvider() {
    rmSync(childrenDirectory, { recursive: true, force: true });
    mkdirSync(childrenDirectory, { recursive: true });
    process.env['PMCP_COVERAGE_DIR'] = childrenDirectory;
    return createProvider();
  },
};

export default module;
