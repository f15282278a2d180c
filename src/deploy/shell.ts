import { FailedError, RefusedError } from '../errors.ts';
import type { Answer, Host, RunOptions } from './host.ts';

/** `sh` with these words as $1, $2, ...: what is long stays readable, and nothing is quoted. */
export function script(text: string, ...words: readonly string[]): string[] {
  return ['sh', '-eu', '-c', text.trim(), 'pmcp', ...words];
}

/** Runs it and throws FailedError, with the host's own words, unless it ended with 0. */
export async function must(
  host: Host,
  what: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Answer> {
  const answer = await host.run(argv, options);
  if (answer.code === 0) return answer;
  throw new FailedError(`${host.name}: ${what}: ${lastWords(answer)}`);
}

export function lastWords({ code, stdout, stderr }: Answer): string {
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join('; ');
  return words === '' ? `exit code ${code}` : words.slice(0, 500);
}

const RELEASE_ID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$/;

/** A release's id becomes part of paths and of lines: nothing else may. */
export function checkReleaseId(id: string): string {
  if (RELEASE_ID.test(id)) return id;
  throw new RefusedError(`release ${JSON.stringify(id.slice(0, 120))}: not the id of a release`, {
    hint: 'See `pmcp releases`.',
  });
}
