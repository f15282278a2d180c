/** The form of every log line, whoever wrote it; one JSON object a line in DATA_DIR/logs. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  /** ISO, real time. */
  time: string;
  level: LogLevel;
  process: string;
  message: string;
  /** What else its writer knows, such as `kind` and `fillId`. */
  [field: string]: unknown;
}

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** What a line is taken for that does not say it itself. */
export interface LineOrigin {
  time: string;
  process: string;
  stream: 'stdout' | 'stderr';
}

/** A structured line as it is, and any other text in the form of one. */
export function toLogLine(text: string, origin: LineOrigin): LogLine {
  return parseLogLine(text) ?? plainLine(text, origin);
}

/** undefined: not a structured line. */
export function parseLogLine(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { time, level, message, process: name } = value as Record<string, unknown>;
  const isLine =
    typeof time === 'string' &&
    Number.isFinite(Date.parse(time)) &&
    LOG_LEVELS.some((known) => known === level) &&
    typeof name === 'string' &&
    typeof message === 'string';
  return isLine ? (value as LogLine) : undefined;
}

/** A stack, or the failure that ends a program. */
const FAILURE = /^pmcp: |^\s+at |\b\w*(?:Error|Exception)\b|^FATAL/;

function plainLine(message: string, origin: LineOrigin): LogLine {
  const level = origin.stream === 'stdout' ? 'info' : FAILURE.test(message) ? 'error' : 'warn';
  return { time: origin.time, level, process: origin.process, message };
}

export interface LogFilter {
  process: string | undefined;
  /** This level and graver ones. */
  level: LogLevel;
  sinceMs: number | undefined;
}

export function passes(line: LogLine, filter: LogFilter): boolean {
  const { level, sinceMs } = filter;
  return (
    (filter.process === undefined || line.process === filter.process) &&
    LOG_LEVELS.indexOf(line.level) >= LOG_LEVELS.indexOf(level) &&
    (sinceMs === undefined || Date.parse(line.time) >= sinceMs)
  );
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "10m", "2h", "1d" before now, or a moment such as 2026-05-03T10:00:00Z; undefined: neither. */
export function parseSince(text: string, nowMs: number): number | undefined {
  const span = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (span) return nowMs - Number(span[1]) * (UNIT_MS[span[2] ?? ''] ?? 0);
  const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(moment) ? moment : undefined;
}
