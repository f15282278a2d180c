import { FEWEST_UNITS, type Interval } from './bootstrap.ts';
import { trimmedFactor } from './typical.ts';

export type Status = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/**
 * Whether a quantity stays within its budget: PASS only when the whole interval does, FAIL only when
 * all of it is beyond, and INCONCLUSIVE otherwise. What cannot be told never passes.
 */
export function verdict({ low, high }: Interval, most: number): Status {
  if (high <= most) return 'PASS';
  return low > most ? 'FAIL' : 'INCONCLUSIVE';
}

/** Of several conditions that must all hold. */
export function worst(statuses: readonly Status[]): Status {
  if (statuses.includes('FAIL')) return 'FAIL';
  return statuses.length === 0 || statuses.includes('INCONCLUSIVE') ? 'INCONCLUSIVE' : 'PASS';
}

/** 0 within budget, 1 beyond it, 4 when it cannot be told. */
export function exitCodeOf(status: Status): number {
  if (status === 'PASS') return 0;
  return status === 'FAIL' ? 1 : 4;
}

/** Half the width of an interval; infinite when nothing could be told. */
export function halfWidth({ low, high }: Interval): number {
  return (high - low) / 2;
}

const MOST_UNITS = 1e6;

/** Units (pairs of blocks) from which the interval would be `wanted` wide at half; may be Infinity. */
export function unitsNeeded(interval: Interval, wanted: number): number {
  for (let units = FEWEST_UNITS; units < MOST_UNITS; units += Math.ceil(units / 100)) {
    if (halfWidth(interval) * narrowing(interval.count, units) <= wanted) return units;
  }
  return Number.POSITIVE_INFINITY;
}

/** What an A/A comparison says of a machine: same against same, so that all of it is noise. */
export interface ControlResult {
  /** Whether a run of this length can answer the question. */
  precise: boolean;
  /** Half width to be expected of the planned run. */
  expectedHalfWidth: number;
  /** The interval of same against same leaves 1 out: the order of blocks matters. */
  biased: boolean;
  /** Seconds of blocks that would be needed; Infinity when it cannot be told. */
  neededSeconds: number;
}

/**
 * `control`: ratio of same to same over so many units of `unitSeconds`. `wanted`: the half width
 * that the question asks for, such as 0.05 for 5 %.
 */
export function judgeControl(
  control: Interval,
  plan: { units: number; unitSeconds: number; wanted: number },
): ControlResult {
  const expected = (units: number) => halfWidth(control) * narrowing(control.count, units);
  const expectedHalfWidth = expected(plan.units);
  return {
    precise: expectedHalfWidth <= plan.wanted,
    expectedHalfWidth,
    biased: control.low > 1 || control.high < 1,
    neededSeconds: unitsNeeded(control, plan.wanted) * plan.unitSeconds,
  };
}

/** How an interval of so many units compares with that of others. */
function narrowing(from: number, to: number): number {
  if (to < FEWEST_UNITS) return Number.POSITIVE_INFINITY;
  return trimmedFactor(to) / trimmedFactor(from);
}
