import type { HaltRequest } from '../core/status.ts';

/** A line that a reader should not have sent; the message is its answer. */
export class LineError extends Error {}

const MAX_REASON = 500;
const MAX_BY = 100;

/** Parses `{"verb":"halt","reason":"...","by":"..."}`, and nothing else. */
export function parseHaltLine(line: string): HaltRequest {
  const { verb, reason, by, ...rest } = parseObject(line);
  if (verb !== 'halt') {
    throw new LineError(`verb ${JSON.stringify(verb)?.slice(0, 60)}: only "halt" is allowed here`);
  }
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw new LineError(`${JSON.stringify(unknown.slice(0, 60))}: unknown key`);
  }
  return { reason: checkText('reason', reason, MAX_REASON), by: checkText('by', by, MAX_BY) };
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LineError('not a line of JSON: {"verb":"halt","reason":"...","by":"..."} is allowed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LineError('not a JSON object: {"verb":"halt","reason":"...","by":"..."} is allowed');
  }
  return { ...value };
}

/** Control characters are refused: these words end up on terminals and in logs. */
function checkText(key: string, value: unknown, limit: number): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > limit) {
    throw new LineError(`${key}: must be a text of 1 to ${limit} characters`);
  }
  if (/\p{Cc}/u.test(value)) throw new LineError(`${key}: must not hold control characters`);
  return value;
}
