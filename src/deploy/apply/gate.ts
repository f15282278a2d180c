import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts, HealthFacts } from '../facts/facts.ts';
import { parseValidation } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import { lastWords } from '../shell.ts';
import type { Step } from '../step.ts';
import { askStep, documentOf, StepError } from './run-step.ts';

const PATIENCE_MS = 60_000;
const AGAIN_MS = 1000;

/** Asks until the installation is healthy. Throws StepError, with what fails, when it is not in time. */
export async function passGate(
  host: Host,
  step: Step,
  before: Facts['health'],
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await askStep(host, step, signal);
    const document = documentOf(answer);
    const problem =
      document?.['schema'] === 'pmcp.validation'
        ? gateProblem(parseValidation(document), before)
        : lastWords(answer);
    if (problem === undefined) return `verdict ${String(document?.['verdict'])}`;
    if (performance.now() >= deadline) throw new StepError(host.name, step, problem);
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

/** Cannot be known right after a start: no order has been placed yet. */
const KNOWN_LATER = /^trading latency/;

/**
 * Nothing may fail. What cannot be told may stay so only where it could not be told before either:
 * a check that was possible with the former release must be with the new one.
 */
export function gateProblem(found: HealthFacts, before: Facts['health']): string | undefined {
  if (found.failed.length > 0) return found.failed.join('; ');
  const nameOf = (report: string) => report.slice(0, report.indexOf(':'));
  const was = 'problem' in before ? [] : [...before.unknown, ...before.failed].map(nameOf);
  const fresh = found.unknown.filter(
    (report) => !KNOWN_LATER.test(report) && !was.includes(nameOf(report)),
  );
  return fresh.length === 0 ? undefined : fresh.join('; ');
}
