import type { Covered, PhaseResult, Report } from './model.ts';
import {
  assessment,
  BLOCK_RULES,
  dateOf,
  environmentOf,
  overall,
  READY_STEPS,
  remarks,
  resultWords,
} from './wording.ts';

/** The plan's report template, filled; its headings word for word. */
export function markdownOf(report: Report): string {
  const { run } = report;
  const parts = [
    `# MCP Integration Test Report - ${dateOf(run)}`,
    '## Executive Summary',
    [
      `- **Test Date**: ${dateOf(run)}`,
      `- **Tester**: ${run.tester} (pmcp ${run.pmcpVersion})`,
      `- **Environment**: ${environmentOf(run)}`,
      `- **Overall Status**: ${overall(report)}`,
    ].join('\n'),
    ...list(remarks(report)),
    '## Test Results',
    ...report.phases.map(phase),
    '## Performance Summary',
    performance(report),
    '## Issues Found',
    issues(report),
    '## Recommendations',
    'Based on testing results:',
    report.recommendations.map((words, at) => `${at + 1}. ${words}`).join('\n'),
    '## Conclusion',
    conclusion(report),
    '## Sign-off',
    '**Tester**: ______________________________ [Name, Signature]  \n' +
      '**Date**: ______________________________  \n' +
      '**Approved**: [ ] YES [ ] NO',
    '## Appendix A: Objectives and Success Criteria',
    matrix('Testing Objectives', report.objectives),
    matrix('Success Criteria', report.criteria),
    '## Appendix B: Evidence',
    ...report.phases.flatMap(evidence),
  ];
  return `${parts.join('\n\n')}\n`;
}

function list(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.map((line) => `> ${line}`).join('\n>\n')];
}

function phase({ number, title, left, result, lines }: PhaseResult): string {
  const boxes = lines.map(({ title: words, evidence: one, required }) => {
    const box = one?.result === 'PASS' ? 'x' : ' ';
    const optional = required ? '' : ' (optional)';
    const why = one?.result === 'PASS' ? '' : ` — ${one?.result ?? 'NOT MADE'}`;
    return `- [${box}] ${text(words)}${optional}${why}`;
  });
  const words = left ? 'NOT RUN' : resultWords(result);
  return `### Phase ${number}: ${title}\n\n${boxes.join('\n')}\n\n**Result**: ${words}`;
}

function performance({ performance: rows }: Report): string {
  const head = ['Metric', 'Baseline', 'With MCP', 'Change', 'Status'];
  if (rows.length === 0) return 'Not measured in this run: see phase 3.';
  const body = rows.map((row) => [row.metric, row.baseline, row.withMcp, row.change, row.result]);
  return table(head, body);
}

function issues({ issues: found }: Report): string {
  if (found.length === 0) return 'None.';
  return found
    .map(
      ({ title, id, result, severity, description, fix }, at) =>
        `${at + 1}. ${text(title)} (${result}, \`${id}\`)\n` +
        `   - Severity: ${severity}\n` +
        `   - Description: ${text(description)}\n` +
        `   - Fix: ${text(fix)}`,
    )
    .join('\n\n');
}

function conclusion(report: Report): string {
  const { ready, blockers } = report;
  const verdict = `**Overall Assessment**: ${assessment(report)}`;
  if (ready) return `${verdict}\n\n${READY_STEPS.map((step) => `- ${step}`).join('\n')}`;
  const named = blockers.map((id) => `- \`${id}\``);
  const rest = named.length > 0 ? named : ['- what could not be told, and what was not run'];
  const rules = BLOCK_RULES.map((rule) => `- ${rule}`).join('\n');
  return `${verdict}\n\nBlock on:\n\n${rules}\n\nBlocked by:\n\n${rest.join('\n')}`;
}

function matrix(title: string, rows: readonly Covered[]): string {
  const lines = rows.map(({ number, words, result, checks }) => [
    String(number),
    words,
    result,
    checks.map((one) => `${one.id} ${one.result ?? 'not made'}`).join(', '),
  ]);
  return `### ${title}\n\n${table(['#', 'What', 'Result', 'Evidence'], lines)}`;
}

function evidence({ number, title, lines }: PhaseResult): string[] {
  const made = lines.filter((line) => line.evidence);
  if (made.length === 0) return [];
  const rows = made.map(({ id, evidence: one }) => [
    id,
    one?.result ?? '',
    one?.detail ?? '',
    figureWords(one ?? {}),
    one?.command ?? '',
  ]);
  const head = ['Check', 'Result', 'Found', 'Figure (threshold)', 'Command'];
  return [`### Phase ${number}: ${title} (evidence)\n\n${table(head, rows)}`];
}

export function figureWords({
  figure,
  threshold,
  unit,
}: {
  figure?: number;
  threshold?: number;
  unit?: string;
}): string {
  if (figure === undefined) return '';
  const limit = threshold === undefined ? '' : ` (${threshold})`;
  return `${Math.round(figure * 1000) / 1000}${limit}${unit === undefined ? '' : ` ${unit}`}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const cell = (words: string) => text(words).replaceAll('|', '\\|');

/** One line, and nothing in it that Markdown would take for HTML. */
function text(words: string): string {
  return words.replace(/\s+/g, ' ').replaceAll('<', '&lt;').trim();
}
