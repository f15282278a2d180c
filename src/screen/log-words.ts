import type { Paint } from '../command.ts';
import type { LogLine } from '../core/log-line.ts';

/** One line of a log for a person. Control characters in it cannot reach the terminal. */
export function logWords({ time, level, process, message }: LogLine, paint: Paint): string {
  const colour = level === 'error' ? paint.bad : level === 'warn' ? paint.warn : paint.dim;
  const text = message.replace(/\p{Cc}/gu, ' ').trimEnd();
  return `${paint.dim(time)} ${colour(level.padEnd(5))} ${process.padEnd(8)} ${text}`;
}
