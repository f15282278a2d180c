/**
 * Every failure a user can meet, typed once and rendered once (screen/failure.ts).
 *
 * A message says what went wrong, where, and which value was received; `hint` says how to mend it.
 * The class decides the exit code, so that callers never choose one.
 */
export interface Problem {
  /** What and where, with the value received. One sentence, no stack. */
  message: string;
  /** How to mend it. */
  hint?: string;
}

export abstract class PmcpError extends Error {
  /** Exit code of design section 6. */
  abstract readonly exitCode: number;
  readonly hint: string | undefined;
  /** All problems when several were found at once (configuration, preflight). */
  readonly problems: readonly Problem[];

  constructor(
    message: string,
    options: { hint?: string; cause?: unknown; problems?: Problem[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}

/** The answer is no: unhealthy, failed, over budget, not ready. */
export class FailedError extends PmcpError {
  readonly exitCode = 1;
}

/** The command line is wrong. */
export class UsageError extends PmcpError {
  readonly exitCode = 2;
}

/** The configuration, or a file it names, is wrong. */
export class ConfigError extends PmcpError {
  readonly exitCode = 2;
}

/** Refused: breaker tripped, lock held, market hours, precondition missing. */
export class RefusedError extends PmcpError {
  readonly exitCode = 3;
}

/** Cannot be told: not enough or too noisy data, unreachable target. */
export class InconclusiveError extends PmcpError {
  readonly exitCode = 4;
}

/** Neither the new nor the former release runs as it should: needs a human now. */
export class RollbackFailedError extends PmcpError {
  readonly exitCode = 6;
}

/** Interrupted by a signal, and cleaned up. */
export class InterruptedError extends PmcpError {
  readonly exitCode = 130;
}

/** The message of anything thrown, for logs and for wrapping. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
