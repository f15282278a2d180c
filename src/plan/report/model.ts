import type { PlanCheck, Severity } from '../check.ts';
import { checks as allChecks } from '../checks.ts';
import type { Evidence, PerformanceRow, Result } from '../evidence.ts';
import type { RunMeta } from '../store.ts';
import { blockers, together, type Verdict, verdictOf } from '../verdict.ts';
import { CRITERIA, OBJECTIVES, PHASES } from '../words.ts';
import { recommendationsOf } from './recommendations.ts';

/** A check as the report shows it. */
export interface Line {
  id: string;
  title: string;
  required: boolean;
  how: string;
  /** undefined: it was not made. */
  evidence: Evidence | undefined;
}

export interface PhaseResult {
  number: number;
  title: string;
  /** Not asked for in this run. */
  left: boolean;
  result: Result | 'NOT CHECKED';
  lines: Line[];
}

export interface Issue {
  id: string;
  title: string;
  result: Result;
  severity: Severity;
  description: string;
  fix: string;
}

/** A row of the matrix: an objective or a criterion, and what it rests on. */
export interface Covered {
  number: number;
  words: string;
  result: Result | 'NOT CHECKED';
  checks: { id: string; result: Result | undefined; detail: string }[];
}

/** Everything that the report says; each format draws the same. */
export interface Report {
  run: RunMeta;
  verdict: Verdict;
  /** Of the plan as a whole: ready only when every phase was worked through. */
  ready: boolean;
  partial: boolean;
  counts: Record<Result, number>;
  blockers: string[];
  phases: PhaseResult[];
  performance: PerformanceRow[];
  issues: Issue[];
  recommendations: string[];
  objectives: Covered[];
  criteria: Covered[];
  evidence: Evidence[];
}

const RANK: readonly Severity[] = ['Critical', 'High', 'Medium', 'Low'];

export function reportOf(run: RunMeta, found: ReadonlyMap<string, Evidence>): Report {
  const isAsked = (check: PlanCheck) => run.phases.includes(check.phase);
  const asked = allChecks.filter(isAsked);
  const judged = asked.map(({ id, required }) => ({ id, required, result: found.get(id)?.result }));
  const verdict = verdictOf(judged);
  const partial = run.phases.length < PHASES.length;
  const evidence = asked.flatMap(({ id }) => found.get(id) ?? []);
  const count = (result: Result) => evidence.filter((one) => one.result === result).length;
  const counts = {
    PASS: count('PASS'),
    FAIL: count('FAIL'),
    SKIPPED: count('SKIPPED'),
    INCONCLUSIVE: count('INCONCLUSIVE'),
  };
  const covers = (words: readonly string[], of: (check: PlanCheck) => readonly number[]) =>
    words.map((one, at) => covered(at + 1, one, of, found));
  return {
    ...{ run, verdict, partial, counts, evidence },
    ready: verdict === 'READY' && !partial,
    blockers: blockers(judged),
    phases: PHASES.map(({ number, title }) => {
      const own = allChecks.filter((check) => check.phase === number);
      const lines = own.map(({ id, title: words, required, how }) => ({
        ...{ id, title: words, required, how },
        evidence: found.get(id),
      }));
      const needed = lines.filter((line) => line.required);
      const result = together(needed.map((line) => line.evidence?.result));
      return { number, title, left: !run.phases.includes(number), result, lines };
    }),
    performance: evidence.flatMap((one) => one.performance ?? []),
    issues: issuesOf(asked, found),
    recommendations: recommendationsOf(run, asked, found),
    objectives: covers(OBJECTIVES, (check) => check.objectives),
    criteria: covers(CRITERIA, (check) => check.criteria),
  };
}

function covered(
  number: number,
  words: string,
  of: (check: PlanCheck) => readonly number[],
  found: ReadonlyMap<string, Evidence>,
): Covered {
  const own = allChecks.filter((check) => of(check).includes(number));
  const rows = own.map(({ id }) => {
    const one = found.get(id);
    return { id, result: one?.result, detail: one?.detail ?? 'not made' };
  });
  return { number, words, result: together(rows.map((row) => row.result)), checks: rows };
}

function issuesOf(
  asked: readonly PlanCheck[],
  found: ReadonlyMap<string, Evidence>,
): Report['issues'] {
  const issues = asked.flatMap((check): Issue[] => {
    const one = found.get(check.id);
    if (one?.result === 'PASS') return [];
    const result = one?.result ?? 'SKIPPED';
    const description = one?.detail ?? 'it was not made: the run was interrupted';
    const { id, title } = check;
    return [
      {
        id,
        title,
        result,
        severity: severityOf(check, result),
        description,
        fix: fixOf(check, result),
      },
    ];
  });
  return issues.sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
}

/** What was not found out is less than what was found to be wrong. */
function severityOf({ required, severity }: PlanCheck, result: Result): Severity {
  if (!required) return 'Low';
  if (result === 'FAIL') return severity;
  return result === 'SKIPPED' ? 'High' : 'Medium';
}

function fixOf({ fix, id }: PlanCheck, result: Result): string {
  const phase = id.charAt('phase-'.length);
  if (result === 'FAIL') return fix;
  return result === 'SKIPPED'
    ? `Make it possible, then \`pmcp verify --resume\` (or --phase ${phase}).`
    : `Make it again under better conditions: \`pmcp verify --phase ${phase}\`. ${fix}`;
}
