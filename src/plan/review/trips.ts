/** When and why breakers tripped, from the marks that history keeps. */
import { TRIP_CAUSES, type TripCause } from '../../core/breaker.ts';
import { HOUR_MS, type MarkRecord } from './facts.ts';

export interface Trip {
  atMs: number;
  latch: string;
  cause: TripCause | 'unknown';
  by: string;
  /** Until it was armed again; null: still not. */
  lastedMs: number | null;
  /** Armed again less than so long ago when it tripped; null: no earlier trip is known. */
  sinceArmedMs: number | null;
}

interface Change {
  atMs: number;
  latch: string;
  to: string;
  cause: string;
  by: string;
}

/** As history writes it: `trading: armed to tripped (daily_loss: lost 5 of 5 USDC, by pmcp)`. */
const WORDS = /^(\w+): (\w+) to (\w+) \((\w*)(?::? .*)?, by (.*)\)$/;

function changeOf({ atMs, detail }: MarkRecord): Change | undefined {
  const found = WORDS.exec(detail);
  if (!found) return undefined;
  const [, latch = '', , to = '', cause = '', by = ''] = found;
  return { atMs, latch, to, cause, by };
}

/** Oldest first. */
export function tripsOf(marks: readonly MarkRecord[]): Trip[] {
  const changes = marks
    .filter(({ kind }) => kind === 'breaker' || kind === 'halt')
    .flatMap((mark) => changeOf(mark) ?? []);
  const armedAtMs = new Map<string, number>();
  const open = new Map<string, Trip>();
  const trips: Trip[] = [];
  for (const { atMs, latch, to, cause, by } of changes) {
    if (to === 'tripped') {
      const before = armedAtMs.get(latch);
      const known = TRIP_CAUSES.find((one) => one === cause) ?? 'unknown';
      const sinceArmedMs = before === undefined ? null : atMs - before;
      const trip: Trip = { atMs, latch, cause: known, by, lastedMs: null, sinceArmedMs };
      open.set(latch, trip);
      trips.push(trip);
    } else if (to === 'armed') {
      const trip = open.get(latch);
      if (trip) trip.lastedMs = atMs - trip.atMs;
      open.delete(latch);
      armedAtMs.set(latch, atMs);
    }
  }
  return trips;
}

export interface TripPattern {
  latch: string;
  cause: Trip['cause'];
  count: number;
  /** Total time until armed again, of those that are. */
  lostMs: number;
  /** Those that came within an hour of being armed. */
  relapses: number;
  /** UTC hour in which most of them began, and how many. */
  hour: number;
  inHour: number;
}

/** Most frequent first. */
export function patternsOf(trips: readonly Trip[]): TripPattern[] {
  const groups = new Map<string, Trip[]>();
  for (const trip of trips) {
    const key = `${trip.latch} ${trip.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), trip]);
  }
  const patterns = [...groups.values()].map((some): TripPattern => {
    const hours = new Array<number>(24).fill(0);
    for (const { atMs } of some) {
      const hour = new Date(atMs).getUTCHours();
      hours[hour] = (hours[hour] ?? 0) + 1;
    }
    const inHour = Math.max(...hours);
    const [first] = some as [Trip];
    return {
      latch: first.latch,
      cause: first.cause,
      count: some.length,
      lostMs: some.reduce((sum, { lastedMs }) => sum + (lastedMs ?? 0), 0),
      relapses: some.filter((one) => (one.sinceArmedMs ?? HOUR_MS) < HOUR_MS).length,
      hour: hours.indexOf(inHour),
      inHour,
    };
  });
  return patterns.sort((a, b) => b.count - a.count);
}
