import { type BootstrapOptions, bootstrap, type Interval } from './bootstrap.ts';
import { type Status, verdict } from './verdict.ts';

/** One measurement: what a size cost. */
export interface CostPoint {
  size: number;
  /** Cost at this size: of everything together, in any unit. */
  cost: number;
}

export interface PowerLaw {
  /** cost = factor * size^exponent: 0 constant, 1 linear. */
  factor: number;
  exponent: number;
}

/** Least squares on the logarithms; NaN when there are not two sizes. */
export function fitPowerLaw(points: readonly CostPoint[]): PowerLaw {
  const xs = points.map(({ size }) => Math.log(size));
  const ys = points.map(({ cost }) => Math.log(cost));
  const { slope, intercept } = fitLine(xs, ys);
  return { factor: Math.exp(intercept), exponent: slope };
}

export function fitLine(xs: readonly number[], ys: readonly number[]) {
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
  const meanX = mean(xs);
  const meanY = mean(ys);
  let covariance = 0;
  let variance = 0;
  for (const [index, x] of xs.entries()) {
    covariance += (x - meanX) * ((ys[index] ?? 0) - meanY);
    variance += (x - meanX) ** 2;
  }
  const slope = variance === 0 ? Number.NaN : covariance / variance;
  return { slope, intercept: meanY - slope * meanX };
}

/** How much above its bound an exponent may lie: caches and allocators cost a little with size. */
export const TOLERANCE = 0.15;

/**
 * The exponent of repeated measurements with its interval; each round measured every size once.
 * PASS when the cost grows at most with this power of the size: 0 not at all, 1 linearly.
 */
export function judgeScaling(
  rounds: readonly (readonly CostPoint[])[],
  atMost: 0 | 1,
  options: BootstrapOptions,
): { law: PowerLaw; exponent: Interval; status: Status } {
  const law = fitPowerLaw(rounds.flat());
  const exponent = bootstrap(rounds, (some) => fitPowerLaw(some.flat()).exponent, options);
  return { law, exponent, status: verdict(exponent, atMost + TOLERANCE) };
}
