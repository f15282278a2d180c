/**
 * Normal and Student's t distributions, as far as confidence intervals need them. Error below 1e-6
 * for the normal, below 1 % for t from 3 degrees of freedom on.
 */

/** Probability that a standard normal value is below x (Abramowitz and Stegun 7.1.26). */
export function normalBelow(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * poly * Math.exp((-x * x) / 2);
  return x < 0 ? tail : 1 - tail;
}

/** The value below which a standard normal lies with probability p, by bisection. */
export function normalQuantile(p: number): number {
  let low = -9;
  let high = 9;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The same for Student's t (Cornish-Fisher expansion around the normal). */
export function studentQuantile(p: number, degrees: number): number {
  const z = normalQuantile(p);
  const z3 = z ** 3;
  const z5 = z ** 5;
  const z7 = z ** 7;
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3)
  );
}
