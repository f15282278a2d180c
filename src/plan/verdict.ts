import type { Result } from './evidence.ts';

export type Verdict = 'READY' | 'NOT READY' | 'INCONCLUSIVE';

export interface Judged {
  id: string;
  required: boolean;
  /** undefined: it was not made. */
  result: Result | undefined;
}

/**
 * Of all that was asked for. A required check that failed, was skipped or was not made at all is a
 * no; one that could not be told leaves the whole untold. Nothing asked is not ready.
 */
export function verdictOf(checks: readonly Judged[]): Verdict {
  const required = checks.filter((check) => check.required);
  if (required.length === 0 || blockers(checks).length > 0) return 'NOT READY';
  return required.some(({ result }) => result === 'INCONCLUSIVE') ? 'INCONCLUSIVE' : 'READY';
}

/** Ids of the checks that keep it from being ready for certain. */
export function blockers(checks: readonly Judged[]): string[] {
  return checks
    .filter(({ required, result }) => required && result !== 'PASS' && result !== 'INCONCLUSIVE')
    .map(({ id }) => id);
}

/** What several checks say together of the one thing that they are evidence for. */
export function together(results: readonly (Result | undefined)[]): Result | 'NOT CHECKED' {
  if (results.includes('FAIL')) return 'FAIL';
  if (results.length === 0 || results.includes(undefined)) return 'NOT CHECKED';
  if (results.includes('SKIPPED')) return 'SKIPPED';
  return results.includes('INCONCLUSIVE') ? 'INCONCLUSIVE' : 'PASS';
}

export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  READY: 0,
  'NOT READY': 1,
  INCONCLUSIVE: 4,
};
