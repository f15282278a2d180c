import { type BootstrapOptions, medianRatio } from '../core/bench/bootstrap.ts';
import { medianOf } from '../core/bench/quantiles.ts';
import { createRandom, shuffled } from '../core/bench/random.ts';
import { type Status, verdict, worst } from '../core/bench/verdict.ts';
import { InconclusiveError } from '../errors.ts';
import type { ComponentRow } from './result.ts';

/** Something that can be done many times. */
export interface Subject {
  name: string;
  /** Does it so often; what it takes is divided by that. */
  run(times: number): void | Promise<void>;
}

export interface RoundOptions {
  rounds: number;
  /** Least span of one batch. */
  batchMs: number;
  seed: number;
  signal: AbortSignal;
  /** `cpu`: time of this thread alone, so that others at work do not count; else wall time. */
  clock: 'cpu' | 'wall';
}

/** Nanoseconds of one, by subject, one figure a round. */
export type Timings = ReadonlyMap<string, readonly number[]>;

/** Measures all subjects in turns, in another order each round: what drifts, drifts for all. */
export async function measureInTurns(
  subjects: readonly Subject[],
  options: RoundOptions,
): Promise<Timings> {
  const random = createRandom(options.seed);
  const times = new Map<Subject, number>();
  for (const subject of subjects) times.set(subject, await calibrate(subject, options));
  const timings = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const subject of shuffled(subjects, random)) {
      options.signal.throwIfAborted();
      const count = times.get(subject) ?? 1;
      const ns = await batch(subject, count, options.clock);
      timings.get(subject.name)?.push(ns / count);
    }
  }
  return timings;
}

/** How often it must be done to fill a batch; doing it warms it up. */
async function calibrate(subject: Subject, { batchMs, clock }: RoundOptions): Promise<number> {
  let count = 1;
  for (;;) {
    const ns = await batch(subject, count, clock);
    if (ns >= batchMs * 1e6 || count >= 1e8) return count;
    const factor = ns > 0 ? (batchMs * 1e6 * 1.2) / ns : 10;
    count = Math.ceil(count * Math.min(10, Math.max(1.5, factor)));
  }
}

async function batch(subject: Subject, count: number, clock: 'cpu' | 'wall'): Promise<number> {
  const now = clock === 'cpu' ? threadNanoseconds : () => performance.now() * 1e6;
  const before = now();
  await subject.run(count);
  return now() - before;
}

function threadNanoseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

export interface Comparing {
  what: string;
  ours: string;
  peer: string;
  /** Taken off the peer (and off ours with `offOurs`) before they are compared: a bare call. */
  bare?: string;
  offOurs?: boolean;
  /** Largest ratio that is good; null only shows it. */
  goal: number | null;
}

/** One row: ours over the peer, round by round. */
export function compareTimings(
  timings: Timings,
  { what, ours, peer, bare, offOurs, goal }: Comparing,
  options: BootstrapOptions,
): ComponentRow {
  const of = (name: string) => {
    const found = timings.get(name);
    if (found) return found;
    throw new InconclusiveError(`${name} was not measured`);
  };
  const less = (name: string, isLess: boolean) =>
    of(name).map((ns, round) => (isLess && bare ? ns - (of(bare)[round] ?? 0) : ns));
  const [mine, theirs] = [less(ours, offOurs === true), less(peer, true)];
  const ratio = medianRatio(
    mine.map((ns, round) => ns / (theirs[round] ?? Number.NaN)),
    options,
  );
  return {
    what,
    nanoseconds: medianOf(mine),
    peer: bare ? `${peer} (added)` : peer,
    peerNanoseconds: medianOf(theirs),
    ratio,
    goal,
    status: goal === null ? null : verdict(ratio, goal),
  };
}

/** Of what has a goal; PASS when nothing has. */
export function statusOf(rows: readonly { status: Status | null }[]): Status {
  const statuses = rows.flatMap(({ status }) => (status === null ? [] : [status]));
  return statuses.length === 0 ? 'PASS' : worst(statuses);
}
