import type { Evidence } from '../evidence.ts';
import type { Line, Report } from './model.ts';

/** For continuous integration: a suite a phase, a case a check. */
export function junitOf(report: Report): string {
  const phases = report.phases.filter(({ left }) => !left);
  const lines = phases.flatMap((phase) => phase.lines);
  const suites = phases.map(
    ({ number, title, lines: cases }) =>
      `  <testsuite name="${safe(`Phase ${number}: ${title}`)}" ${countsOf(cases)} ` +
      `timestamp="${report.run.startedAt.slice(0, 19)}" hostname="${safe(report.run.host)}">\n` +
      `${cases.map((one) => caseOf(one, number)).join('\n')}\n  </testsuite>`,
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites name="pmcp verify" ${countsOf(lines)}>\n${suites.join('\n')}\n</testsuites>\n`
  );
}

function countsOf(lines: readonly Line[]): string {
  const count = (is: (line: Line) => boolean) => lines.filter(is).length;
  const seconds = lines.reduce((sum, { evidence }) => sum + (evidence?.durationMs ?? 0), 0) / 1000;
  return (
    `tests="${lines.length}" failures="${count(isFailure)}" errors="${count(isError)}" ` +
    `skipped="${count(isSkipped)}" time="${seconds.toFixed(3)}"`
  );
}

const isFailure = ({ evidence }: Line) => evidence?.result === 'FAIL';
const isError = ({ evidence, required }: Line) =>
  required && (evidence === undefined || isBlocking(evidence));
const isBlocking = ({ result }: Evidence) => result === 'SKIPPED' || result === 'INCONCLUSIVE';
const isSkipped = (line: Line) =>
  !line.required && (line.evidence === undefined || isBlocking(line.evidence));

/** A required check without an answer is an error: CI must not be green on it. */
function caseOf(line: Line, phase: number): string {
  const { id, title, evidence } = line;
  const seconds = ((evidence?.durationMs ?? 0) / 1000).toFixed(3);
  const head = `    <testcase classname="phase-${phase}" name="${safe(`${title} [${id}]`)}" time="${seconds}"`;
  const words = safe(evidence?.detail ?? 'it was not made');
  const output = evidence?.output;
  const said = output ? `<system-out>${safe(output)}</system-out>` : '';
  const name = isFailure(line) ? 'failure' : isError(line) ? 'error' : 'skipped';
  if (evidence?.result === 'PASS') return said === '' ? `${head}/>` : `${head}>${said}</testcase>`;
  const type = name === 'skipped' ? '' : ` type="${evidence?.result ?? 'MISSING'}"`;
  return `${head}><${name} message="${words}"${type}/>${said}</testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** Also without the control characters that XML 1.0 does not know at all. */
function safe(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replace(/[&<>"\n]/g, (character) => ENTITIES[character] ?? character);
}
