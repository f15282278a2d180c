import { FEWEST_UNITS, type Interval } from './bootstrap.ts';

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

/**
 * Units (pairs of blocks) after which the interval would be `wanted` wide at half, since it narrows
 * with the root of their number. Infinite when the interval is.
 */
export function unitsNeeded(interval: Interval, wanted: number): number {
  const half = halfWidth(interval);
  if (half === 0) return FEWEST_UNITS;
  return Math.max(FEWEST_UNITS, Math.ceil(interval.count * (half / wanted) ** 2));
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
  const expectedHalfWidth = halfWidth(control) * Math.sqrt(control.count / plan.units);
  return {
    precise: expectedHalfWidth <= plan.wanted,
    expectedHalfWidth,
    biased: control.low > 1 || control.high < 1,
    neededSeconds: unitsNeeded(control, plan.wanted) * plan.unitSeconds,
  };
}
