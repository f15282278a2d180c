import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts, HealthFacts } from '../facts/facts.ts';
import { parseValidation } from '../facts/probe.ts';
import type { Host } from '../host.ts';
import { lastWords } from '../shell.ts';
import type { Step } from '../step.ts';
import { askStep, documentOf, StepError } from './run-step.ts';

/** Every look costs the mcp service some of its 15 %. */
const AGAIN_MS = 2000;

interface Expectation {
  /** What the same checks said of the former release. */
  before: Facts['health'];
  /** The bot was started by this deploy. */
  botIsNew: boolean;
  /** How long it may take. */
  seconds: number;
}

/** Asks until the installation is healthy. Throws StepError, with what fails, when it is not in time. */
export async function passGate(
  host: Host,
  step: Step,
  { before, botIsNew, seconds }: Expectation,
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + 1000 * seconds;
  for (;;) {
    const answer = await askStep(host, step, signal);
    const document = documentOf(answer);
    const problem =
      document?.['schema'] === 'pmcp.validation'
        ? gateProblem(parseValidation(document), before, botIsNew)
        : lastWords(answer);
    if (problem === undefined) return verdictWords(document);
    if (performance.now() >= deadline) throw new StepError(host.name, step, problem);
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

/** Of all orders since the bot started: the first ones, on a cold process, decide it for a while. */
const LATENCY = /^trading latency/;

/** Works, with something to tell: a busy host is no reason to take a release back. */
const DEGRADED = /^component \S+: degraded: /;

function verdictWords(document: Record<string, unknown> = {}): string {
  const { failed, unknown } = parseValidation(document);
  const remarks = [...failed, ...unknown];
  return remarks.length === 0 ? 'healthy' : `no check fails; remarks: ${remarks.join('; ')}`;
}

/**
 * Nothing may fail. What cannot be told may stay so only where it could not be told before either:
 * a check that was possible with the former release must be with the new one.
 */
export function gateProblem(
  found: HealthFacts,
  before: Facts['health'],
  botIsNew: boolean,
): string | undefined {
  const failedBefore = 'problem' in before ? [] : before.failed;
  const isExcused = (report: string) =>
    LATENCY.test(report) && (botIsNew || failedBefore.some((one) => LATENCY.test(one)));
  const failed = found.failed.filter((report) => !DEGRADED.test(report) && !isExcused(report));
  if (failed.length > 0) return failed.join('; ');
  const nameOf = (report: string) => report.slice(0, report.indexOf(':'));
  const was = 'problem' in before ? [] : [...before.unknown, ...before.failed].map(nameOf);
  const fresh = found.unknown.filter(
    (report) => !LATENCY.test(report) && !was.includes(nameOf(report)),
  );
  return fresh.length === 0 ? undefined : fresh.join('; ');
}
