import type { Paint } from '../command.ts';
import type { Result } from '../core/validation.ts';

/** A task of a list that is worked through, as one line. */
export interface TaskReport {
  name: string;
  result: Result;
  detail: string;
  durationMs: number;
}

/** "passed   dashboard answers  12 ms  HTTP 200"; readable without colour. */
export function taskWords({ name, result, detail, durationMs }: TaskReport, paint: Paint): string {
  const colour =
    result === 'failed'
      ? paint.bad
      : result === 'passed'
        ? paint.good
        : result === 'off'
          ? paint.dim
          : paint.warn;
  const time = durationMs < 1000 ? `${durationMs} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  return `${colour(result.padEnd(8))} ${name.padEnd(48)} ${time.padStart(8)}  ${detail}`;
}
