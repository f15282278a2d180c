import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/plan/checks.ts';
import type { Evidence, Result } from '../../src/plan/evidence.ts';
import { htmlOf } from '../../src/plan/report/html.ts';
import { junitOf } from '../../src/plan/report/junit.ts';
import { figureWords, markdownOf } from '../../src/plan/report/markdown.ts';
import { reportOf } from '../../src/plan/report/model.ts';
import type { RunMeta } from '../../src/plan/store.ts';

const run: RunMeta = {
  schema: 'pmcp.verify.run',
  version: 1,
  id: '20260101T120000Z',
  startedAt: '2026-01-01T12:00:00.000Z',
  finishedAt: '2026-01-01T13:00:00.000Z',
  target: 'staging',
  host: 'host-1',
  tester: 'ann',
  pmcpVersion: '1.2.3',
  commit: 'c0ffee',
  quick: false,
  selfStarted: false,
  phases: [1, 2, 3, 4, 5, 6, 7, 8],
  allowed: [],
};

/** Everything passed, but these. */
function evidence(results: Record<string, Partial<Evidence>> = {}): Map<string, Evidence> {
  const all = checks.map(({ id }): Evidence => {
    const result: Result = 'PASS';
    const startedAt = run.startedAt;
    return {
      id,
      result,
      detail: 'as it should be',
      startedAt,
      durationMs: 12,
      commit: null,
      ...results[id],
    };
  });
  return new Map(all.map((one) => [one.id, one]));
}

const HEADINGS = [
  'Executive Summary',
  'Test Results',
  'Performance Summary',
  'Issues Found',
  'Recommendations',
  'Conclusion',
  'Sign-off',
];
const PHASE_HEADINGS = [
  'Phase 1: Unit Tests',
  'Phase 2: Integration Tests - Staging',
  'Phase 3: Performance Impact Testing',
  'Phase 4: Circuit Breaker Testing',
  'Phase 5: Integration with Main Bot',
  'Phase 6: Resource Limit Enforcement',
  'Phase 7: Deployment Scripts',
  'Phase 8: Production Readiness',
];

const performance = {
  metric: 'Trading latency',
  baseline: '45 ms',
  withMcp: '48 ms',
  change: '+6.7 %',
  result: 'FAIL',
} as const;
const BROKEN = {
  'phase-3/trading-latency': {
    result: 'FAIL',
    detail: 'too <slow> & "late" | by far',
    performance,
  },
  'phase-6/systemd-limits': { result: 'SKIPPED', detail: 'no systemctl' },
  'phase-8/performance-within-limits': { result: 'INCONCLUSIVE', detail: 'too noisy' },
  'phase-8/formatted': { result: 'FAIL', detail: 'one file', output: '\u0000 <b>' },
} satisfies Record<string, Partial<Evidence>>;

describe('the template', () => {
  const markdown = markdownOf(reportOf(run, evidence()));

  test('has its headings, in their order and nothing between them', () => {
    const headings = [...markdown.matchAll(/^## (.+)$/gm)].map(([, words]) => words);
    expect(headings.slice(0, HEADINGS.length)).toEqual(HEADINGS);
    expect(headings.slice(HEADINGS.length).every((one) => one?.startsWith('Appendix'))).toBe(true);
    const phases = [...markdown.matchAll(/^### (Phase \d: [^(\n]+)$/gm)].map(([, one]) => one);
    expect(phases).toEqual(PHASE_HEADINGS);
    expect(markdown.startsWith('# MCP Integration Test Report - 2026-01-01 12:00 UTC\n')).toBe(
      true,
    );
  });

  test('of a run where all passed says ready, and what comes next', () => {
    expect(markdown).toContain('**Overall Status**: PASS');
    expect(markdown).toContain('**Overall Assessment**: READY\n');
    expect(markdown).toContain('- Monitor for 24 hours before enabling auto-features');
    expect(markdown).toContain('## Issues Found\n\nNone.');
    expect(markdown.match(/\*\*Result\*\*: PASS/g)).toHaveLength(8);
    expect(markdown).not.toContain('- [ ]  ');
  });

  test('has a matrix of six objectives and fourteen criteria', () => {
    const appendix = markdown.slice(markdown.indexOf('## Appendix A'));
    const rows = appendix
      .slice(0, appendix.indexOf('## Appendix B'))
      .match(/^\| \d+ \| .+ PASS .+ \|$/gm);
    expect(rows).toHaveLength(20);
  });
});

test('of a broken one: issues by severity, with description and fix, and what blocks', () => {
  const report = reportOf(run, evidence(BROKEN));
  expect(report.issues.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
    'Critical phase-3/trading-latency',
    'High phase-6/systemd-limits',
    'Medium phase-8/performance-within-limits',
    'Low phase-8/formatted',
  ]);
  expect(report).toMatchObject({
    verdict: 'NOT READY',
    blockers: ['phase-3/trading-latency', 'phase-6/systemd-limits'],
  });
  const markdown = markdownOf(report);
  expect(markdown).toContain('| Trading latency | 45 ms | 48 ms | +6.7 % | FAIL |');
  expect(markdown).toContain('- Description: too &lt;slow> & "late" | by far');
  expect(markdown).toContain('**Overall Assessment**: NOT READY');
  expect(markdown).toMatch(/- `phase-6\/systemd-limits`/);
  expect(report.recommendations.join('\n')).toMatch(
    /Resolve first: Trading latency[\s\S]*no systemctl/,
  );
  expect(report.criteria[4]).toMatchObject({ result: 'FAIL' });
  expect(report.criteria[9]).toMatchObject({ result: 'SKIPPED' });
});

test('a part of the plan is never ready, nor is what nobody could tell', () => {
  const part = reportOf({ ...run, phases: [4] }, evidence());
  expect(part).toMatchObject({ verdict: 'READY', ready: false, partial: true });
  expect(markdownOf(part)).toContain('NOT READY (phases 4 pass; the others were not run)');
  const id = 'phase-3/cpu-usage';
  const untold = reportOf(run, evidence({ [id]: { result: 'INCONCLUSIVE' } }));
  expect(markdownOf(untold)).toContain('NOT READY (INCONCLUSIVE)');
});

test('what shortens the plan is said at the top', () => {
  const meta = { ...run, quick: true, selfStarted: true, finishedAt: null, commit: null };
  const html = htmlOf(reportOf(meta, evidence()));
  for (const words of [
    'Quick run',
    'Interrupted',
    'an installation of its own',
    'unknown commit',
  ]) {
    expect(html).toContain(words);
  }
});

test('a check that was not made is missing, not passed', () => {
  const found = evidence();
  found.delete('phase-4/idempotent');
  const report = reportOf(run, found);
  expect(report.verdict).toBe('NOT READY');
  expect(junitOf(report)).toContain('<error message="it was not made" type="MISSING"/>');
});

test('HTML: nothing from outside, nothing unescaped', () => {
  const html = htmlOf(reportOf(run, evidence(BROKEN)));
  expect(html).not.toMatch(/(?:src|href)=|@import|url\(/);
  expect(html).toContain('too &lt;slow&gt; &amp; &quot;late&quot;');
  expect(html).not.toContain('<slow>');
  for (const heading of HEADINGS) expect(html).toContain(`<h2>${heading}</h2>`);
});

test('JUnit: valid, counted, and an open required check is an error', () => {
  const xml = junitOf(reportOf(run, evidence(BROKEN)));
  expect(XMLValidator.validate(xml)).toBe(true);
  const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
    xml,
  );
  expect(testsuites).toMatchObject({
    tests: String(checks.length),
    failures: '2',
    errors: '2',
    skipped: '0',
  });
  expect(testsuites.testsuite).toHaveLength(8);
  const cases = testsuites.testsuite.flatMap((one: { testcase: object[] }) => one.testcase);
  expect(cases).toHaveLength(checks.length);
  expect(cases.filter((one: object) => 'failure' in one)).toHaveLength(2);
});

test('figures are rounded, and need no threshold', () => {
  expect(figureWords({ figure: 1.23456, threshold: 5, unit: 'ms' })).toBe('1.235 (5) ms');
  expect(figureWords({ figure: 200 })).toBe('200');
  expect(figureWords({})).toBe('');
});

test('a figure near its limit is to be watched', () => {
  const near = { figure: 93, threshold: 100, unit: 'ms' };
  const { recommendations } = reportOf(run, evidence({ 'phase-2/trading-latency-baseline': near }));
  expect(recommendations.join('\n')).toContain(
    'Watch Verify trading latency baseline: 93 ms of 100',
  );
});
