import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoots } from '../../../src/mcp/search/roots.ts';
import { parseCobertura } from '../../../src/mcp/testing/coverage/cobertura.ts';
import { currentCoverage } from '../../../src/mcp/testing/coverage/current.ts';
import { parseJsonCoverage } from '../../../src/mcp/testing/coverage/json-reports.ts';
import { parseLcov } from '../../../src/mcp/testing/coverage/lcov.ts';
import { ranges } from '../../../src/mcp/testing/coverage/report.ts';
import {
  type CoverageVerdict,
  createCoverageCheck,
} from '../../../src/mcp/testing/coverage-tools.ts';

const LCOV =
  'TN:\nSF:src/core/a.ts\nDA:1,3\nDA:2,0\nDA:3,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n' +
  'SF:src/b.ts\nDA:1,1\nend_of_record\n';
const COBERTURA = `<?xml version="1.0"?><coverage timestamp="1700000000" version="7"><packages><package><classes>
<class filename="core/a.py"><lines>
<line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/>
<line number="2" hits="0"/></lines></class>
</classes></package></packages></coverage>`;
const COVERAGE_PY = JSON.stringify({
  meta: { timestamp: '2026-01-02T03:04:05' },
  files: {
    'core/a.py': {
      executed_lines: [1, 2],
      missing_lines: [4, 5],
      summary: { num_branches: 4, covered_branches: 3 },
    },
    broken: 7,
  },
});
const ISTANBUL = (path: string) =>
  JSON.stringify({
    [path]: {
      path,
      statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 2 } } },
      s: { 0: 1, 1: 0 },
      b: { 0: [1, 0] },
    },
  });

test('a report without branches, stamp or well-formed lines says only what it says', async () => {
  const bare = `<coverage><class filename="a.py"><lines>
    <line number="1"/><line number="x" hits="3"/><line number="2" hits="1"/></lines></class>
    <class filename="a.py"><lines><line number="1" hits="2"/></lines></class>
    <class filename="empty.py"/><class/></coverage>`;
  expect(await parseCobertura(bare)).toEqual({
    format: 'cobertura',
    madeAtMs: undefined,
    files: [
      { path: 'a.py', lines: { covered: 2, total: 2 }, branches: undefined, uncovered: [] },
      { path: 'empty.py', lines: { covered: 0, total: 0 }, branches: undefined, uncovered: [] },
    ],
  });
  const inMs = '<coverage timestamp="1700000000000"></coverage>';
  expect((await parseCobertura(inMs))?.madeAtMs).toBe(1_700_000_000_000);
  expect(await parseCobertura('<coverage-of-something-else/>')).toBeUndefined();
  const python = { meta: {}, files: { 'a.py': { executed_lines: [1], missing_lines: 'none' } } };
  expect(parseJsonCoverage(JSON.stringify(python))).toEqual({
    format: 'coverage.py',
    madeAtMs: undefined,
    files: [{ path: 'a.py', lines: { covered: 1, total: 1 }, branches: undefined, uncovered: [] }],
  });
  const start = { line: 1 };
  const js = { path: 'a.js', statementMap: { 0: { start }, 1: { start } }, s: { 0: 2 }, b: {} };
  expect(parseJsonCoverage(JSON.stringify({ 'a.js': js }))?.files).toEqual([
    { path: 'a.js', lines: { covered: 1, total: 1 }, branches: undefined, uncovered: [] },
  ]);
});

test('every format gives the same figures for the same facts', async () => {
  expect(parseLcov(LCOV)?.files[0]).toEqual({
    path: 'src/core/a.ts',
    lines: { covered: 1, total: 3 },
    branches: { covered: 1, total: 2 },
    uncovered: [[2, 3]],
  });
  expect(await parseCobertura(COBERTURA)).toMatchObject({
    madeAtMs: 1_700_000_000_000,
    files: [
      {
        path: 'core/a.py',
        lines: { covered: 1, total: 2 },
        branches: { covered: 1, total: 2 },
        uncovered: [[2, 2]],
      },
    ],
  });
  expect(parseJsonCoverage(COVERAGE_PY)?.files).toEqual([
    {
      path: 'core/a.py',
      lines: { covered: 2, total: 4 },
      branches: { covered: 3, total: 4 },
      uncovered: [[4, 5]],
    },
  ]);
  expect(parseJsonCoverage(ISTANBUL('/p/a.ts'))?.files).toEqual([
    {
      path: '/p/a.ts',
      lines: { covered: 1, total: 2 },
      branches: { covered: 1, total: 2 },
      uncovered: [[2, 2]],
    },
  ]);
  expect(ranges([3, 1, 2, 9, 9])).toEqual([
    [1, 3],
    [9, 9],
  ]);
});

test.each([
  '',
  '{}',
  '[]',
  '{"a":1}',
  'null',
  '<coverage',
  '<x/>',
  'garbage',
  '{"meta":{},"files":[]}',
])('%j is no report', async (text) => {
  expect(parseLcov(text)).toBeUndefined();
  expect(parseJsonCoverage(text)).toBeUndefined();
  expect(await parseCobertura(text)).toBeUndefined();
});

let root: string;
const signal = new AbortController().signal;
const put = (path: string, text: string, ageSeconds = 0) => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const at = Date.now() / 1_000 - ageSeconds;
  utimesSync(file, at, at);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pmcp-coverage-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('age and commit are stated, and what changed since makes it stale', async () => {
  await expect(currentCoverage(root, Date.now(), signal)).rejects.toThrow(/no coverage report/);
  put('src/core/a.ts', 'x', 100);
  put('src/b.ts', 'x', 100);
  put('lcov.info', LCOV, 50);
  const fresh = await currentCoverage(root, Date.now(), signal);
  expect(fresh).toMatchObject({
    path: 'lcov.info',
    lines: { covered: 2, total: 4 },
    commit: null,
    staleBecause: [],
  });
  expect(fresh.ageMs).toBeGreaterThan(49_000);
  put('src/core/a.ts', 'y');
  rmSync(join(root, 'src/b.ts'));
  expect((await currentCoverage(root, Date.now(), signal)).staleBecause).toEqual([
    'src/core/a.ts changed since',
    'src/b.ts no longer there',
  ]);
});

test('a commit after the report makes it stale', async () => {
  put('src/core/a.ts', 'x', 100);
  put('src/b.ts', 'x', 100);
  put('lcov.info', LCOV, 50);
  const git = (...argv: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { cwd: root });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'all');
  const { staleBecause, commit } = await currentCoverage(root, Date.now(), signal);
  expect(staleBecause).toEqual(['the checked-out commit is newer']);
  expect(commit).toBeNull();
});

test('verification: passed, failed, dropped, and unknown while stale', async () => {
  const verdicts: CoverageVerdict[] = [];
  const project = {
    root,
    roots: await createRoots([root]),
    node: process.execPath,
    timeMs: 1_000,
    memoryBytes: 1e9,
    nowMs: () => Date.now(),
  };
  const check = createCoverageCheck(project, 0.5, (verdict) => verdicts.push(verdict));
  put('src/core/a.ts', 'x', 100);
  put('src/b.ts', 'x', 100);
  put('lcov.info', LCOV, 50);
  expect(await check.verify({ signal })).toMatchObject({
    status: 'passed',
    coverage: 0.5,
    meetsThreshold: true,
    dropped: false,
  });
  put('lcov.info', LCOV.replace('DA:1,3', 'DA:1,0'), 40);
  expect(await check.verify({ signal })).toMatchObject({
    status: 'failed',
    coverage: 0.25,
    dropped: true,
    before: 0.5,
  });
  put('src/b.ts', 'y');
  expect(await check.verify({ signal })).toMatchObject({
    status: 'unknown',
    current: false,
    meetsThreshold: false,
  });
  expect(verdicts).toHaveLength(2);
});
