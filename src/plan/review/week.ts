/** Which week of which release is meant, and whether there is enough to say anything of it. */
import { InconclusiveError } from '../../errors.ts';
import { DAY_MS, HOUR_MS, type HourSample, type MarkRecord, WEEK_MS, type Week } from './facts.ts';

export interface Release {
  atMs: number;
  words: string;
}

/** Weeks are counted from the release on: week 1 begins with it. */
function weekOf({ atMs }: Release, number: number): Week {
  const fromMs = atMs + (number - 1) * WEEK_MS;
  return { number, fromMs, toMs: fromMs + WEEK_MS };
}

const SAME_RELEASE_MS = DAY_MS / 24;

/**
 * Releases that history knows of, oldest first. The deploy announces itself and the new process
 * says so once more when it starts: within an hour they are one, and the last words stand.
 */
export function releasesOf(marks: readonly MarkRecord[]): Release[] {
  const releases: Release[] = [];
  for (const { atMs, kind, detail } of marks) {
    if (kind !== 'deploy') continue;
    const last = releases.at(-1);
    if (last && atMs - last.atMs < SAME_RELEASE_MS) last.words = detail;
    else releases.push({ atMs, words: detail });
  }
  return releases;
}

const HINT = 'Releases are noted when they are deployed; name another moment with --release-at.';

/**
 * The newest release whose week `wanted` has begun; with `last`, the newest one's last week that is
 * over. A release that came later has no such week yet.
 */
export function chooseWeek(
  releases: readonly Release[],
  wanted: number | 'last',
  nowMs: number,
): { release: Release; week: Week } {
  const newest = releases.findLast(({ atMs }) => atMs <= nowMs);
  if (!newest)
    throw new InconclusiveError('no release is known to count weeks from', { hint: HINT });
  if (wanted === 'last') {
    const number = Math.floor((nowMs - newest.atMs) / WEEK_MS);
    if (number >= 1) return { release: newest, week: weekOf(newest, number) };
    const end = iso(newest.atMs + WEEK_MS);
    throw new InconclusiveError(`week 1 of the newest release ends at ${end}`, { hint: HINT });
  }
  const release = releases.findLast((one) => weekOf(one, wanted).fromMs <= nowMs);
  if (release) return { release, week: weekOf(release, wanted) };
  const begin = iso(weekOf(releases[0] ?? newest, wanted).fromMs);
  throw new InconclusiveError(`week ${wanted} begins at ${begin}: there is nothing to review yet`, {
    hint: HINT,
  });
}

/** Below a day of hours nothing is said at all. */
const FEWEST_HOURS = 24;
/** Below this share of the week its review is marked as partial. */
const FULL_SHARE = 0.5;

export interface Coverage {
  hours: number;
  /** Hours of the week. */
  of: number;
  partial: string | undefined;
}

export function coverageOf(
  samples: readonly HourSample[],
  { number, fromMs, toMs }: Week,
  nowMs: number,
): Coverage {
  const hours = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  const of = Math.round((toMs - fromMs) / HOUR_MS);
  if (hours < FEWEST_HOURS) {
    const message = `week ${number} (from ${iso(fromMs)}): history has ${hours} hours of it`;
    throw new InconclusiveError(`${message}, and ${FEWEST_HOURS} are needed`, {
      hint: 'Is `pmcp mcp` running, and is this its DATA_DIR?',
    });
  }
  const days = Math.max(0, (toMs - nowMs) / DAY_MS);
  const notOver = days > 0 ? `it has ${days.toFixed(1)} days to go` : undefined;
  const thin = hours < FULL_SHARE * of ? `history has ${hours} of its ${of} hours` : undefined;
  return { hours, of, partial: notOver ?? thin };
}

export function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
