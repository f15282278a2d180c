/** What a check of the integration test plan found, as it is kept and reported. */
export type Result = 'PASS' | 'FAIL' | 'SKIPPED' | 'INCONCLUSIVE';

/** One line of the report's performance summary, in words with units. */
export interface PerformanceRow {
  metric: string;
  baseline: string;
  withMcp: string;
  change: string;
  result: Result;
}

export interface Finding {
  result: Result;
  /** The fact; for SKIPPED and INCONCLUSIVE why, and what to do. */
  detail: string;
  /** What was run or asked, as an operator would type it. */
  command?: string;
  /** The part of its output that matters. */
  output?: string;
  figure?: number;
  /** What the figure is compared with. */
  threshold?: number;
  unit?: string;
  performance?: PerformanceRow;
}

export interface Evidence extends Finding {
  id: string;
  startedAt: string;
  durationMs: number;
  /** Of the code that was looked at; null: not known. */
  commit: string | null;
  /** Taken over from a report of another run, in these words. */
  recorded?: string;
}

type Rest = Omit<Finding, 'result' | 'detail'>;

export const pass = (detail: string, rest: Rest = {}): Finding => ({
  result: 'PASS',
  detail,
  ...rest,
});
export const fail = (detail: string, rest: Rest = {}): Finding => ({
  result: 'FAIL',
  detail,
  ...rest,
});
export const skipped = (detail: string, rest: Rest = {}): Finding => ({
  result: 'SKIPPED',
  detail,
  ...rest,
});
export const inconclusive = (detail: string, rest: Rest = {}): Finding => ({
  result: 'INCONCLUSIVE',
  detail,
  ...rest,
});

/** PASS when it holds. */
export function holds(is: boolean, detail: string, rest: Rest = {}): Finding {
  return is ? pass(detail, rest) : fail(detail, rest);
}
