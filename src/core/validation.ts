/** What a check of a running installation found, and what all of them together say. */
export type Result =
  | 'passed'
  | 'failed'
  /** It was tried and could not be told. */
  | 'unknown'
  /** It cannot be made here. */
  | 'skipped'
  /** Switched off by configuration: there is nothing to check. */
  | 'off';

export interface Finding {
  result: Result;
  /** The figure or the fact; when not passed, what to do. */
  detail: string;
}

export type Target = 'staging' | 'production';
export type Verdict = 'healthy' | 'unhealthy' | 'inconclusive';

/** One failure is enough; what could not be told is no pass; production takes no skipped check. */
export function verdictOf(findings: readonly Finding[], target: Target): Verdict {
  const some = (result: Result) => findings.some((one) => one.result === result);
  if (some('failed')) return 'unhealthy';
  if (findings.length === 0 || some('unknown')) return 'inconclusive';
  return target === 'production' && some('skipped') ? 'inconclusive' : 'healthy';
}

export const passed = (detail: string): Finding => ({ result: 'passed', detail });
export const failed = (detail: string): Finding => ({ result: 'failed', detail });
export const unknown = (detail: string): Finding => ({ result: 'unknown', detail });
export const skipped = (detail: string): Finding => ({ result: 'skipped', detail });
export const off = (detail: string): Finding => ({ result: 'off', detail });
