import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCoverageMap, type FileCoverage } from '@vitest/istanbul-lib-coverage';
import { rolldown } from 'rolldown';
import { transformSync } from 'rolldown/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childCoverage } from './provider.ts';

/**
 * The same source, run as a bundle, as vitest transforms it and as it is, must give the same counts
 * at the same points: those that its comments expect.
 */
const directory = mkdtempSync(join(tmpdir(), 'pmcp-coverage-'));
const source = join(directory, 'src/sample.ts');
const text = readFileSync(join(import.meta.dirname, 'sample.ts'), 'utf8');
const bundled = join(directory, 'dist/bundled/sample.mjs');
const transformed = join(directory, 'dist/transformed/sample.mjs');

beforeAll(async () => {
  mkdirSync(join(directory, 'src'));
  writeFileSync(source, text);
  await bundle();
  transform();
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function bundle(): Promise<void> {
  const build = await rolldown({ input: source, platform: 'node' });
  const output = { dir: dirname(bundled), entryFileNames: 'sample.mjs', sourcemap: true } as const;
  await build.write({ ...output, format: 'esm' });
  await build.close();
}

function transform(): void {
  const { code, map } = transformSync(source, text, { sourcemap: true });
  mkdirSync(dirname(transformed), { recursive: true });
  writeFileSync(transformed, code);
  writeFileSync(`${transformed}.map`, JSON.stringify({ ...map, sources: ['../../src/sample.ts'] }));
}

/** Runs a form of the sample, each argument in a process of its own, and reads its coverage. */
function coverageOf(form: string, ...sides: string[]): FileCoverage {
  const written = mkdtempSync(join(directory, 'children-'));
  for (const side of sides) {
    execFileSync(process.execPath, [form, side], {
      env: { NODE_V8_COVERAGE: written },
    });
  }
  const map = createCoverageMap({});
  for (const data of childCoverage(written, directory)) map.merge(data);
  return map.fileCoverageFor(source);
}

/** Line number to what its comment expects. */
const expected = new Map(
  text.split('\n').flatMap((line, index) => {
    const match = /\/\/ (\d+) (\d+)(?: \[([\d,]+)\])?$/.exec(line);
    if (!match) return [];
    const [, left, right, arms] = match;
    // A comment alone on its line speaks of the line above.
    const number = line.trimStart().startsWith('//') ? index : index + 1;
    return [[number, { left: Number(left), right: Number(right), arms }] as const];
  }),
);

function linesExpected(count: (line: { left: number; right: number }) => number) {
  return Object.fromEntries([...expected].map(([line, counts]) => [line, count(counts)]));
}

function branches(coverage: FileCoverage) {
  const { branchMap, b } = coverage.data;
  return Object.fromEntries(
    Object.entries(branchMap).map(([id, { loc }]) => [loc.start.line, b[id]?.join(',')]),
  );
}

test.each([
  ['bundled', bundled],
  ['transformed', transformed],
  ['plain', source],
])('lines and branches of the %s form are counted as they ran', (_name, form) => {
  expect(coverageOf(form, 'left').getLineCoverage()).toEqual(linesExpected(({ left }) => left));
  const both = coverageOf(form, 'left', 'right');
  expect(both.getLineCoverage()).toEqual(linesExpected(({ left, right }) => left + right));
  expect(branches(both)).toEqual(
    Object.fromEntries(
      [...expected].flatMap(([line, { arms }]) => (arms === undefined ? [] : [[line, arms]])),
    ),
  );
});

test('the union of both forms has the points of one, and loses nothing that either covered', () => {
  const union = createCoverageMap({});
  const left = coverageOf(bundled, 'left');
  const right = coverageOf(transformed, 'right');
  union.addFileCoverage(left.data);
  union.addFileCoverage(right.data);
  const merged = union.fileCoverageFor(source);
  expect(merged.data.statementMap).toEqual(left.data.statementMap);
  expect(Object.keys(merged.data.branchMap)).toEqual(Object.keys(left.data.branchMap));
  expect(merged.getLineCoverage()).toEqual(linesExpected(({ left: a, right: b }) => a + b));
});

test('scripts outside the bundle are not counted', () => {
  const written = mkdtempSync(join(directory, 'children-'));
  cpSync(source, join(directory, 'other.mjs'));
  const script = { url: pathToFileURL(join(directory, 'other.mjs')).href, functions: [] };
  writeFileSync(join(written, 'coverage-1.json'), JSON.stringify({ result: [script] }));
  expect(childCoverage(written, directory)).toEqual([]);
});

test('half a file, of a process that was killed while it wrote, counts nothing', () => {
  const written = mkdtempSync(join(directory, 'children-'));
  writeFileSync(join(written, 'coverage-1.json'), '{"result":[{"scriptId":"1","url":"fi');
  expect(childCoverage(written, directory)).toEqual([]);
});
