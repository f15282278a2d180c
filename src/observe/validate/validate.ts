import {
  type Finding,
  type Target,
  unknown,
  type Verdict,
  verdictOf,
} from '../../core/validation.ts';
import { reasonOf } from '../../errors.ts';
import { type Check, checks, type Installation } from './checks.ts';

export interface CheckReport extends Finding {
  name: string;
  phase: number;
  durationMs: number;
}

export interface Validation {
  target: Target;
  verdict: Verdict;
  durationMs: number;
  checks: CheckReport[];
}

export interface ValidateOptions {
  postDeploy: boolean;
  /** Leaves out what takes longer than seconds. */
  quick?: boolean;
  /** Which checks, by name; all without it. */
  only?(name: string): boolean;
  onStart(name: string): void;
  onEnd(report: CheckReport): void;
}

/** Makes every check that applies, one after the other; an interruption leaves the rest unknown. */
export async function validate(at: Installation, options: ValidateOptions): Promise<Validation> {
  const startedMs = performance.now();
  const reports: CheckReport[] = [];
  for (const check of checks) {
    if (check.postDeploy && !options.postDeploy) continue;
    if (check.slow && options.quick) continue;
    if (options.only && !options.only(check.name)) continue;
    if (!at.signal.aborted) options.onStart(check.name);
    const report = await make(check, at);
    reports.push(report);
    if (!at.signal.aborted) options.onEnd(report);
  }
  const { target } = at;
  const durationMs = Math.round(performance.now() - startedMs);
  return { target, verdict: verdictOf(reports, target), durationMs, checks: reports };
}

async function make(check: Check, at: Installation): Promise<CheckReport> {
  const startedMs = performance.now();
  const finding = at.signal.aborted
    ? unknown('interrupted')
    : await check.run(at).catch((error: unknown) => unknown(reasonOf(error)));
  const durationMs = Math.round(performance.now() - startedMs);
  return { name: check.name, phase: check.phase, ...finding, durationMs };
}
