import type { FileCoverageData, Range } from '@vitest/istanbul-lib-coverage';
import { type CountOf, startsOfLines } from './counts.ts';
import { pointsOf, type Span } from './points.ts';

/** The report of one original source, in the form that istanbul's reporters read. */
export function fileCoverage(path: string, source: string, countOf: CountOf): FileCoverageData {
  const points = pointsOf(path, source);
  const rangeOf = rangesIn(source);
  const count = ({ start, end }: Span) => countOf(start, end) ?? 0;
  const data: FileCoverageData = {
    path,
    statementMap: {},
    fnMap: {},
    branchMap: {},
    s: {},
    f: {},
    b: {},
  };
  for (const [index, statement] of points.statements.entries()) {
    data.statementMap[index] = rangeOf(statement);
    data.s[index] = count(statement);
  }
  for (const [index, { name, declaration, body }] of points.functions.entries()) {
    const loc = rangeOf(body);
    data.fnMap[index] = { name, decl: rangeOf(declaration), loc, line: loc.start.line };
    data.f[index] = count(body);
  }
  for (const [index, { kind, whole, arms }] of points.branches.entries()) {
    const loc = rangeOf(whole);
    const locations = arms.map((arm) => (arm ? rangeOf(arm) : loc));
    data.branchMap[index] = { loc, type: kind, locations, line: loc.start.line };
    // An unwritten `else` was taken as often as the `if` was reached and not entered.
    const entered = arms.map((arm) => (arm ? count(arm) : 0));
    const taken = entered.reduce((sum, each) => sum + each, 0);
    data.b[index] = arms.map((arm, at) =>
      arm ? (entered[at] ?? 0) : Math.max(0, count(whole) - taken),
    );
  }
  return data;
}

function rangesIn(source: string): (span: Span) => Range {
  const starts = startsOfLines(source);
  const place = (offset: number) => {
    let line = starts.findLastIndex((start) => start <= offset);
    if (line < 0) line = 0;
    return { line: line + 1, column: offset - (starts[line] ?? 0) };
  };
  return ({ start, end }) => ({ start: place(start), end: place(end) });
}
