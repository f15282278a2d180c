import { figureWords } from './markdown.ts';
import type { Covered, Line, PhaseResult, Report } from './model.ts';
import { STYLE } from './style.ts';
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

/** One file that needs no other and no network, for the screen and for paper. */
export function htmlOf(report: Report): string {
  const { run } = report;
  const title = `MCP Integration Test Report - ${dateOf(run)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style></head><body>
<header><h1>${safe(title)}</h1>
<p class="verdict ${classOf(overall(report))}">${safe(assessment(report))}</p></header>
<h2>Executive Summary</h2>
${summary(report)}
<h2>Test Results</h2>
${report.phases.map(phase).join('\n')}
<h2>Performance Summary</h2>
${performance(report)}
<h2>Issues Found</h2>
${issues(report)}
<h2>Recommendations</h2>
<p>Based on testing results:</p>
${ordered(report.recommendations)}
<h2>Conclusion</h2>
${conclusion(report)}
<h2>Sign-off</h2>
<table class="sign"><tbody>
<tr><th scope="row">Tester</th><td class="line"></td><td class="hint">Name, Signature</td></tr>
<tr><th scope="row">Date</th><td class="line"></td><td></td></tr>
<tr><th scope="row">Approved</th><td>&#9744; YES &nbsp; &#9744; NO</td><td></td></tr>
</tbody></table>
<h2 class="appendix">Appendix A: Objectives and Success Criteria</h2>
${matrix('Testing Objectives', report.objectives)}
${matrix('Success Criteria', report.criteria)}
<h2 class="appendix">Appendix B: Evidence</h2>
${report.phases.map(evidence).join('\n')}
</body></html>
`;
}

function summary(report: Report): string {
  const { run, counts } = report;
  const rows = [
    ['Test Date', dateOf(run)],
    ['Tester', `${run.tester} (pmcp ${run.pmcpVersion})`],
    ['Environment', environmentOf(run)],
  ].map(([name = '', words = '']) => `<dt>${name}</dt><dd>${safe(words)}</dd>`);
  const tiles = Object.entries(counts).map(
    ([name, count]) => `<li class="${classOf(name)}"><b>${count}</b> ${name}</li>`,
  );
  const status = overall(report);
  return `<dl>${rows.join('')}<dt>Overall Status</dt><dd>${mark(status)}</dd></dl>
<ul class="tiles">${tiles.join('')}</ul>
${remarks(report)
  .map((words) => `<p class="remark">${safe(words)}</p>`)
  .join('\n')}`;
}

function phase({ number, title, left, result, lines }: PhaseResult): string {
  const items = lines.map((line) => {
    const words = line.evidence?.result ?? 'NOT MADE';
    const why =
      words === 'PASS' ? '' : `<span class="why">${safe(line.evidence?.detail ?? '')}</span>`;
    const optional = line.required ? '' : ' (optional)';
    return `<li>${mark(words)} <span>${safe(line.title)}${optional}${why}</span></li>`;
  });
  const verdict = left ? 'NOT RUN' : resultWords(result);
  return `<section><h3>Phase ${number}: ${safe(title)}</h3>
<ul class="checks">${items.join('\n')}</ul>
<p class="result"><b>Result</b>: ${mark(verdict)}</p></section>`;
}

function performance({ performance: rows }: Report): string {
  if (rows.length === 0) return '<p>Not measured in this run: see phase 3.</p>';
  const cells = rows.map((row) => [
    safe(row.metric),
    safe(row.baseline),
    safe(row.withMcp),
    safe(row.change),
    mark(row.result),
  ]);
  return table(['Metric', 'Baseline', 'With MCP', 'Change', 'Status'], cells);
}

function issues({ issues: found }: Report): string {
  if (found.length === 0) return '<p>None.</p>';
  const items = found.map(
    (one) => `<li><b>${safe(one.title)}</b> ${mark(one.result)} <code>${safe(one.id)}</code>
<dl><dt>Severity</dt><dd class="severity ${one.severity}">${one.severity}</dd>
<dt>Description</dt><dd>${prose(one.description)}</dd>
<dt>Fix</dt><dd>${prose(one.fix)}</dd></dl></li>`,
  );
  return `<ol class="issues">${items.join('\n')}</ol>`;
}

function conclusion(report: Report): string {
  const words = `<b class="${classOf(overall(report))}">${safe(assessment(report))}</b>`;
  const verdict = `<p><b>Overall Assessment</b>: ${words}</p>`;
  const list = (lines: readonly string[]) =>
    `<ul>${lines.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`;
  if (report.ready) return `${verdict}\n${list(READY_STEPS)}`;
  const { blockers } = report;
  const named = blockers.length > 0 ? blockers : ['what could not be told, and what was not run'];
  return `${verdict}\n<p>Block on:</p>${list(BLOCK_RULES)}\n<p>Blocked by:</p>${list(named)}`;
}

function matrix(title: string, rows: readonly Covered[]): string {
  const cells = rows.map(({ number, words, result, checks }) => [
    String(number),
    safe(words),
    mark(result),
    checks
      .map((one) => `<code class="${classOf(one.result ?? '')}">${safe(one.id)}</code>`)
      .join(' '),
  ]);
  return `<h3>${title}</h3>\n${table(['#', 'What', 'Result', 'Evidence'], cells, 'matrix')}`;
}

function evidence({ number, title, lines }: PhaseResult): string {
  const made = lines.filter((line) => line.evidence);
  if (made.length === 0) return '';
  const head = ['Check', 'Result', 'Found', 'Figure (threshold)'];
  let former = '';
  const rows = made.flatMap((line) => {
    const output = outputOf(line);
    // Several checks of one run have the same to show.
    const shown = output === former ? '' : output;
    former = output;
    const below = shown === '' ? [] : [`<tr><td colspan="4"><pre>${safe(shown)}</pre></td></tr>`];
    return [`<tr class="${below.length > 0 ? 'more' : ''}">${evidenceCells(line)}</tr>`, ...below];
  });
  return `<h3>Phase ${number}: ${safe(title)}</h3>\n${tableOf(head, rows, 'evidence')}`;
}

function outputOf({ evidence: one }: Line): string {
  const parts = [one?.command, one?.output].filter((text) => text !== undefined && text !== '');
  return shortened(parts.join('\n'));
}

function evidenceCells({ id, how, evidence: one }: Line): string {
  return [
    `<code>${safe(id)}</code><br><small>${safe(how)}</small>`,
    mark(one?.result ?? ''),
    safe(one?.detail ?? ''),
    safe(figureWords(one ?? {})),
  ]
    .map((cell) => `<td>${cell}</td>`)
    .join('');
}

function table(head: readonly string[], rows: readonly string[][], name = ''): string {
  const cells = (row: readonly string[]) => row.map((one) => `<td>${one}</td>`).join('');
  return tableOf(
    head,
    rows.map((row) => `<tr>${cells(row)}</tr>`),
    name,
  );
}

function tableOf(head: readonly string[], rows: readonly string[], name: string): string {
  const th = head.map((words) => `<th scope="col">${words}</th>`).join('');
  const body = `<tbody>${rows.join('\n')}</tbody>`;
  return `<table class="${name}"><thead><tr>${th}</tr></thead>${body}</table>`;
}

function ordered(lines: readonly string[]): string {
  return `<ol>${lines.map((line) => `<li>${prose(line)}</li>`).join('')}</ol>`;
}

/** With `commands` set as such. */
function prose(text: string): string {
  return safe(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** All of it is in the evidence file. */
function shortened(text: string): string {
  const lines = text.split('\n');
  const rest = lines.length - OUTPUT_LINES;
  const shown = lines.slice(0, OUTPUT_LINES).map((line) => line.slice(0, OUTPUT_COLUMNS));
  return rest > 0 ? [...shown, `… ${rest} lines more`].join('\n') : shown.join('\n');
}

const OUTPUT_LINES = 8;
const OUTPUT_COLUMNS = 160;

function mark(result: string): string {
  return `<b class="mark ${classOf(result)}">${safe(result)}</b>`;
}

function classOf(result: string): string {
  const [first = ''] = result.split(' ');
  return ['PASS', 'FAIL', 'SKIPPED', 'INCONCLUSIVE'].includes(first) ? first : 'NONE';
}

function safe(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
