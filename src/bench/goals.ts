import {
  type BootstrapOptions,
  bootstrap,
  type Interval,
  medianRatio,
} from '../core/bench/bootstrap.ts';
import { quantileOf, sortedCopy } from '../core/bench/quantiles.ts';
import { verdict } from '../core/bench/verdict.ts';
import type { GoalRow } from './result.ts';
import type { Timings } from './rounds.ts';

interface Goal {
  what: string;
  unit: string;
  /** Largest that meets it. */
  most: number;
}

/** Judged by an interval that was made elsewhere. */
export function goalOf({ what, unit, most }: Goal, measured: Interval): GoalRow {
  return { what, unit, measured, most, status: verdict(measured, most) };
}

/** The median of readings that are independent of each other. */
export function medianGoal(
  goal: Goal,
  readings: readonly number[],
  options: BootstrapOptions,
): GoalRow {
  return goalOf(goal, medianRatio(readings, options));
}

/** A quantile of everything measured in some spans of time, each of them one unit. */
export function quantileGoal(
  goal: Goal,
  q: number,
  spans: readonly (readonly number[])[],
  options: BootstrapOptions,
): GoalRow {
  const statistic = (some: readonly (readonly number[])[]) =>
    quantileOf(sortedCopy(some.flat()), q);
  return goalOf(goal, bootstrap(spans, statistic, options));
}

/** The median time of one, in the goal's unit of so many nanoseconds. */
export function timeGoal(
  timings: Timings,
  goal: Goal & { subject: string; nanoseconds: number },
  options: BootstrapOptions,
): GoalRow {
  const readings = (timings.get(goal.subject) ?? []).map((ns) => ns / goal.nanoseconds);
  return medianGoal(goal, readings, options);
}
