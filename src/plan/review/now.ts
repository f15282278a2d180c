/** One look at a running installation, as a timer takes it. */
import type { LogLine } from '../../core/log-line.ts';
import { type Finding, type Target, type Verdict, verdictOf } from '../../core/validation.ts';
import { type CheckRecord, type MarkRecord, PARTS, type Part } from './facts.ts';
import { type Trip, tripsOf } from './trips.ts';
import { iso } from './week.ts';

/** The checks of `pmcp validate-health` that each part repeats. */
const CHECKS: Record<Exclude<Part, 'logs'>, RegExp> = {
  servers: /^(dashboard answers|metrics keep|component |MCP server )/,
  resources: /^(systemd limits the mcp unit|mcp stays within)/,
  breakers: /^both breakers are armed/,
};

export function belongsTo(part: Exclude<Part, 'logs'>, check: string): boolean {
  return CHECKS[part].test(check);
}

const RESULTS: Record<Verdict, CheckRecord['result']> = {
  healthy: 'passed',
  unhealthy: 'failed',
  inconclusive: 'unknown',
};

/** What the checks of a part found, all of them made at `atMs`. */
export function recordOf(
  part: Part,
  found: readonly (Finding & { name: string })[],
  { atMs, target }: { atMs: number; target: Target },
): CheckRecord {
  const wrong = found.filter(({ result }) => result === 'failed' || result === 'unknown');
  const findings = wrong.map(({ name, detail }) => `${name}: ${detail}`);
  return { atMs, part, result: RESULTS[verdictOf(found, target)], findings };
}

/** Trips that began after the last look, and not by hand on purpose only: every one is news. */
export function newTrips(
  marks: readonly MarkRecord[],
  sinceMs: number,
): Finding & { name: string } {
  const trips = tripsOf(marks).filter(({ atMs }) => atMs >= sinceMs);
  const name = 'no breaker tripped since the last look';
  if (trips.length === 0) return { name, result: 'passed', detail: `since ${iso(sinceMs)}` };
  return { name, result: 'failed', detail: trips.map(tripWords).join('; ') };
}

function tripWords({ atMs, latch, cause }: Trip): string {
  return `${latch} by ${cause} at ${iso(atMs)}`;
}

const MOST_GROUPS = 10;

/** Errors by what they say, numbers and addresses aside; the most frequent first. */
export function errorGroups(lines: readonly LogLine[]): (Finding & { name: string })[] {
  const groups = new Map<string, { process: string; message: string; count: number }>();
  for (const { level, process, message } of lines) {
    if (level !== 'error') continue;
    const shape = `${process} ${shapeOf(message)}`;
    const group = groups.get(shape) ?? { process, message: shapeOf(message), count: 0 };
    group.count += 1;
    groups.set(shape, group);
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MOST_GROUPS);
  if (sorted.length === 0) {
    return [{ name: 'no error in the logs', result: 'passed', detail: `${lines.length} lines` }];
  }
  return sorted.map(({ process, message, count }) => ({
    name: `log of ${process}`,
    result: 'failed',
    // The count stays out of the words of one: what repeats every hour is counted as one finding.
    detail: count === 1 ? message : `${message} (repeated)`,
  }));
}

const LONGEST_MESSAGE = 160;

function shapeOf(message: string): string {
  const shape = message
    .replace(/0x[0-9a-fA-F]{4,}/g, '<address>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\d+(\.\d+)?/g, 'N')
    .split('\n')[0];
  return (shape ?? '').slice(0, LONGEST_MESSAGE);
}

/** A line of DATA_DIR/reviews/checks.log; undefined: none that can be read. */
export function parseCheck(line: string): CheckRecord | undefined {
  let value: Partial<CheckRecord>;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { atMs, part, result, findings } = value;
  const known = PARTS.some((one) => one === part);
  const told = result === 'passed' || result === 'failed' || result === 'unknown';
  const fits = typeof atMs === 'number' && known && told && Array.isArray(findings);
  return fits ? { atMs, part: part as Part, result, findings: findings.map(String) } : undefined;
}

const FIRST_LOOK_MS = 3_600_000;
/** After a long pause not everything since is read again: the weekly review has it. */
const LONGEST_LOOK_MS = 24 * FIRST_LOOK_MS;

/** Since when a part was not looked at; without an earlier look, the last hour. */
export function lastLookMs(checks: readonly CheckRecord[], part: Part, nowMs: number): number {
  const last = checks.findLast((one) => one.part === part && one.atMs <= nowMs);
  return Math.max(nowMs - LONGEST_LOOK_MS, last?.atMs ?? nowMs - FIRST_LOOK_MS);
}

/** 1 when something is wrong, 4 when something could not be told. */
export function exitCodeOf(records: readonly CheckRecord[]): number {
  const some = (result: CheckRecord['result']) => records.some((one) => one.result === result);
  if (some('failed')) return 1;
  return some('unknown') ? 4 : 0;
}
