import { FailedError } from '../../errors.ts';
import type { Answer, Host, RunOptions } from '../host.ts';
import { lastWords } from '../shell.ts';
import type { Step } from '../step.ts';

/** A step that did not work; its words are the host's own. */
export class StepError extends FailedError {
  readonly step: string;

  constructor(host: string, step: Step, why: string) {
    super(`${host}: ${step.title}: ${why}`);
    this.step = step.id;
  }
}

/** Runs one step of a plan. Throws StepError for any exit code but 0. */
export async function runStep(host: Host, step: Step, signal?: AbortSignal): Promise<Answer> {
  if (step.upload) {
    await host.upload(step.upload.from, step.upload.to, signal);
    return { code: 0, stdout: '', stderr: '' };
  }
  const answer = await askStep(host, step, signal);
  if (answer.code !== 0) throw new StepError(host.name, step, lastWords(answer));
  return answer;
}

/** The same, for steps whose exit code is an answer. */
export function askStep(host: Host, step: Step, signal?: AbortSignal): Promise<Answer> {
  const options: RunOptions = { timeoutMs: step.timeoutMs };
  if (step.input !== undefined) options.input = step.input;
  if (signal) options.signal = signal;
  return host.run(step.argv, options);
}

/** The JSON document that a command of ours printed; undefined: it printed none. */
export function documentOf({ stdout }: Answer): Record<string, unknown> | undefined {
  const line = stdout.split('\n').find((one) => one.startsWith('{"schema"'));
  try {
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
