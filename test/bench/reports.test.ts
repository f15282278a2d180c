import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareReports } from '../../src/bench/compare.ts';
import { keepReport, readReport } from '../../src/bench/history.ts';
import { machineWords, readMachine } from '../../src/bench/machine.ts';
import { drawPlot } from '../../src/bench/report/svg.ts';
import { tablesOf, timeWords } from '../../src/bench/report/tables.ts';
import { csvOf, htmlOf, markdownOf } from '../../src/bench/report/write.ts';
import type {
  ComponentReport,
  GoalRow,
  ImpactReport,
  ScaleReport,
  SuiteReport,
} from '../../src/bench/result.ts';
import { type Block, judgeDetails, judgeImpact } from '../../src/core/bench/impact.ts';
import { type Condition, createSchedule } from '../../src/core/bench/schedule.ts';
import { temporaryDirectory } from '../journeys/run.ts';

const machine = readMachine('1.2.3', import.meta.dirname);
const interval = { estimate: 1.1, low: 1, high: 1.3, confidence: 0.95, count: 9 };

const goal: GoalRow = {
  ...{ what: 'memory', unit: 'MB', measured: interval, most: 1.2, status: 'INCONCLUSIVE' },
};

function impact(factor = 1, rounds = 4): ImpactReport {
  let seconds = 0;
  const block = (condition: Condition): Block => {
    seconds += 2;
    const latencies = Array.from({ length: 20 }, (_, i) => factor * (2 + i / 10));
    return {
      ...{ condition, startSeconds: seconds, seconds: 2, latencies, responses: [0.5, 0.6] },
      ...{ skipped: { no_book: 1 }, unanswered: 0, botCpuPercent: 9, mcpCpuPercent: 0.2 },
      ...{ botRssMb: 120, mcpRssMb: condition === 'without' ? 0 : 70, hostCpuPercent: 30 },
    };
  };
  const quads = createSchedule(rounds, 1).map(({ treatment, blocks }) => ({
    treatment,
    blocks: blocks.map(block),
  }));
  const mcpCpuPercents = quads.length > 0 ? [0.5, 0.6, 0.5, 0.4, 0.5, 0.6] : [];
  const calm = { copiesPerSecond: 1, othersPerSecond: 33, mcpCpuPercents };
  const result = { precise: true, expectedHalfWidth: 0.02, biased: false, neededSeconds: 60 };
  return {
    ...{ kind: 'impact', machine, status: 'PASS', message: 'Good.', quads },
    options: {
      ...{ durationSeconds: 60, blockSeconds: 2, rate: 20, others: 200, seed: 1, precision: 0.05 },
    },
    rows: quads.length > 0 ? judgeImpact(quads, calm, { seed: 1, resamples: 50 }) : [],
    details: quads.length > 0 ? judgeDetails(quads, { seed: 1, resamples: 50 }) : [],
    ...{ goals: [goal], asked: { done: { search: 3 }, failed: {} } },
    warmUp: { blocks: 4, stationary: true },
    control: { ratio: interval, result },
    ...{ held: 'nice 10 only: no systemd here', calm },
    ...{ skipped: { no_book: 3 }, unanswered: 0, copied: 600 },
  };
}

const component: ComponentReport = {
  ...{ kind: 'component', name: 'core', machine, status: 'PASS', goals: [goal] },
  rows: [
    {
      ...{ what: 'check', nanoseconds: 7, peer: 'rival, "the" <other>', peerNanoseconds: 7e6 },
      ...{ ratio: interval, goal: 1.5, status: 'PASS' },
    },
    {
      ...{ what: 'call', nanoseconds: 7000, peer: 'bare', peerNanoseconds: 7e3 },
      ...{ ratio: interval, goal: null, status: null },
    },
  ],
  absent: ['opossum: not installed'],
  notes: ['quiet'],
};

const scale: ScaleReport = {
  ...{ kind: 'scale', machine, status: 'FAIL' },
  rows: [
    {
      ...{ what: 'row', unit: 'wallets', exponent: interval, atMost: 0, status: 'FAIL' },
      points: [
        { size: 25, cost: 0.4 },
        { size: 100_000, cost: 0.5 },
      ],
    },
  ],
};

const all: SuiteReport = {
  ...{ kind: 'all', machine, status: 'FAIL', reports: [impact(), component, scale] },
};

describe('a report', () => {
  test('of everything begins with each goal and what became of it', () => {
    const [summary] = tablesOf(all);
    const rows = summary?.rows.map(([part, what, , , status]) => [part, what, status]);
    expect(rows).toEqual([
      ['impact', 'Trading latency', expect.any(String)],
      ['impact', 'Memory', 'PASS'],
      ['impact', 'CPU', 'PASS'],
      ['impact', 'Response time', 'PASS'],
      ['impact', 'memory', 'INCONCLUSIVE'],
      ['core', 'check / rival, "the" <other>', 'PASS'],
      ['core', 'memory', 'INCONCLUSIVE'],
      ['core', 'not measured: opossum: not installed', 'INCONCLUSIVE'],
      ['scale', 'row: growth with wallets', 'FAIL'],
    ]);
    expect(summary?.notes.join()).toMatch(/1 FAIL, 3 INCONCLUSIVE$/);
    expect(markdownOf(all)).toMatch(/^# Benchmarks\n[\s\S]*\nMeasured [\s\S]*\n## Goals\n/);
    expect(htmlOf(all).match(/<svg /g)?.length).toBeGreaterThan(5);
  });

  test('has the plan’s columns', () => {
    const [table] = tablesOf(impact());
    expect(table?.head).toEqual(['Metric', 'Without MCP', 'With MCP', 'Max Allowable', 'Status']);
    expect(table?.rows.map(([metric]) => metric)).toEqual([
      'Trading latency',
      'Memory',
      'CPU',
      'Response time',
    ]);
    expect(table?.notes.join('\n')).toContain('600 copied, 0 unanswered, skipped: no_book 3');
  });

  test('without blocks says what the control said', () => {
    expect(tablesOf({ ...impact(1, 0), goals: [] })).toHaveLength(1);
    expect(htmlOf(impact(1, 0))).not.toContain('<svg');
  });

  test('is one page that fetches nothing and runs nothing', () => {
    for (const report of [impact(), component, scale]) {
      const html = htmlOf(report);
      expect(html).not.toMatch(/<script|src=|href=|url\(|@import/);
      expect(html).toContain(`class="${report.status}"`);
    }
    expect(htmlOf(impact()).match(/<svg /g)).toHaveLength(5);
    expect(htmlOf(scale)).toContain('<circle');
    expect(htmlOf(component)).toContain('rival, &#34;the&#34; &#60;other&#62;');
  });

  test('as Markdown names machine, versions and commit', () => {
    const text = markdownOf(all);
    expect(text).toContain('| What | Time | Beside |');
    expect(text).toContain('| check | 7.00 ns | rival, "the" <other> | 7.00 ms |');
    expect(text).toContain('not measured: opossum: not installed');
    expect(text).toContain('25, 100,000 wallets');
    expect(text).toContain(machineWords(machine));
    expect(machineWords({ ...machine, commit: null })).toContain('pmcp 1.2.3;');
    expect(readMachine('1', '/').commit).toBeNull();
  });

  test('as CSV holds every reading', () => {
    const lines = csvOf(impact()).trim().split('\r\n');
    expect(lines[0]).toBe('condition,block_start_s,latency_ms,response_ms');
    expect(lines).toHaveLength(1 + 48 * 20);
    expect(lines[1]).toMatch(/^without,\d+\.000,2\.0000,0\.5000$/);
    expect(lines[20]).toMatch(/^without,\d+\.000,3\.9000,$/);
    expect(csvOf(component)).toContain('"rival, ""the"" <other>"');
  });

  test('times have units', () => {
    expect([7, 7000, 7e6].map(timeWords)).toEqual(['7.00 ns', '7.00 us', '7.00 ms']);
  });
});

describe('history', () => {
  test('a kept report can be read and compared', () => {
    const directory = temporaryDirectory();
    const path = keepReport(directory, impact());
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ schema: 'pmcp.bench' });
    const compared = compareReports(impact(2), readReport(path), path);
    expect(compared.lines.map(({ what }) => what)).toEqual([
      'latency p50 without, ms',
      'latency p99 without, ms',
      'latency p50 with, ms',
      'latency p99 with, ms',
    ]);
    for (const { ratio, low, high } of compared.lines) {
      expect(ratio).toBeCloseTo(2, 4);
      expect(low).toBeLessThanOrEqual(ratio);
      expect(high).toBeGreaterThanOrEqual(ratio);
    }
    const report = { ...impact(2), compared };
    expect(tablesOf(report).at(-1)?.title).toContain(path);
  });

  test('components are compared row by row', () => {
    const path = keepReport(temporaryDirectory(), component);
    const now = { ...component, rows: component.rows.slice(0, 1) };
    expect(compareReports(now, readReport(path), path).lines).toHaveLength(1);
    const other = { ...component, rows: component.rows.map((row) => ({ ...row, peer: 'new' })) };
    expect(compareReports(other, component, path).lines).toEqual([]);
    expect(tablesOf({ ...now, compared: compareReports(now, component, path) })).toHaveLength(3);
  });

  test('what is no report, or of another kind, is refused', () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'x.json');
    expect(() => readReport(file)).toThrow(/no such file/);
    writeFileSync(file, '{}');
    expect(() => readReport(file)).toThrow(/is no report/);
    expect(() => compareReports(scale, component, file)).toThrow(
      /is of core, and this run of scale/,
    );
    const signer = { ...component, name: 'signer' };
    expect(() => compareReports(component, signer, file)).toThrow(/is of signer/);
  });
});

test('plots take zeros, single points and wide ranges', () => {
  const axes = { title: 't', xTitle: 'x', yTitle: 'y' };
  const one = { ...axes, series: [{ name: 'a', colour: 'red', points: [[1, 1] as const] }] };
  expect(drawPlot({ ...one, logX: true, logY: true })).not.toContain('NaN');
  const wide = [1, 1e3, 1e7].map((x) => [x, x] as const);
  const plot = drawPlot({
    ...{ ...axes, logX: true, logY: true },
    series: [{ name: 'a', colour: 'red', points: wide }],
  });
  expect(plot).not.toContain('NaN');
  expect(plot).toContain('1e+6');
  const zero = { ...axes, series: [{ name: 'a', colour: 'red', points: [[0, 0] as const] }] };
  expect(drawPlot(zero)).not.toContain('NaN');
});
