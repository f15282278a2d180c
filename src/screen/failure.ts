import { PmcpError, reasonOf } from '../errors.ts';
import { paintFor } from './paint.ts';

/** Prints a failure on stderr (and as a document on stdout with --json); returns its exit code. */
export function renderFailure(error: unknown, view: { json: boolean; verbose: boolean }): number {
  const known = error instanceof PmcpError;
  const exitCode = known ? error.exitCode : 1;
  const message = reasonOf(error);
  const hint = known
    ? error.hint
    : 'This is a bug in pmcp: run again with --verbose and report it.';
  const problems = known ? error.problems : [];
  if (view.json) {
    const name = error instanceof Error ? error.name : 'Error';
    const document = {
      schema: 'pmcp.error',
      version: 1,
      error: { name, message, hint, problems, exitCode },
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  }
  const paint = paintFor(process.stderr, { color: true });
  const lines = [`${paint.bad('pmcp:')} ${message}`];
  for (const problem of problems) {
    lines.push(`  - ${problem.message}`);
    if (problem.hint) lines.push(`    ${paint.dim(problem.hint)}`);
  }
  if (hint) lines.push(`      ${hint}`);
  if (view.verbose && error instanceof Error && error.stack) lines.push(paint.dim(error.stack));
  process.stderr.write(`${lines.join('\n')}\n`);
  return exitCode;
}
