/**
 * Whether a release does worse than the one before it, from what both were asked and how often that
 * failed. Pure; the rule is written out in docs/deploy.md.
 */
export interface Tally {
  /** Requests, orders or calls in all. */
  count: number;
  /** Of these, how many failed. */
  errors: number;
}

/** One kind of work, before and after the switch. Undefined: it could not be counted. */
export interface Pair {
  name: string;
  before: Tally | undefined;
  after: Tally | undefined;
  /** Missing or scarce figures leave the verdict to the other pairs, as of rare work. */
  optional?: boolean;
}

export interface CanaryRule {
  /** Rise of the error rate, as a fraction of the rate before, above which it is a regression. */
  relativeRise: number;
  /** Rise of the error rate below which nothing is a regression, as a fraction of all requests. */
  floor: number;
  /** Fewest requests on either side that say anything. */
  minimumCount: number;
}

export type CanaryVerdict = 'pass' | 'fail' | 'inconclusive';

export interface PairVerdict {
  name: string;
  verdict: CanaryVerdict;
  /** Share of failures, 0 to 1; null when it could not be counted. */
  beforeRate: number | null;
  afterRate: number | null;
  /** 95 % interval of the difference; null when there is none. */
  interval: { low: number; high: number } | null;
  why: string;
}

export interface Canary {
  verdict: CanaryVerdict;
  pairs: PairVerdict[];
}

/** Two-sided 95 %. */
const Z = 1.959964;

/** The worst of the pairs; nothing that could be judged is no pass. */
export function judgeCanary(pairs: readonly Pair[], rule: CanaryRule): Canary {
  const verdicts = pairs.map((pair) => judgePair(pair, rule));
  if (verdicts.some(({ verdict }) => verdict === 'fail'))
    return { verdict: 'fail', pairs: verdicts };
  const deciding = verdicts.filter((one, i) => pairs[i]?.optional !== true || isJudged(one));
  const passes = deciding.length > 0 && deciding.every(({ verdict }) => verdict === 'pass');
  return { verdict: passes ? 'pass' : 'inconclusive', pairs: verdicts };
}

const isJudged = ({ interval }: PairVerdict) => interval !== null;

function judgePair({ name, before, after }: Pair, rule: CanaryRule): PairVerdict {
  const rates = { beforeRate: rateOf(before), afterRate: rateOf(after) };
  const scarce = scarcity(before, after, rule.minimumCount);
  if (scarce !== undefined || !before || !after) {
    const why = scarce ?? 'not counted';
    return { name, verdict: 'inconclusive', ...rates, interval: null, why };
  }
  const interval = differenceInterval(before, after);
  const verdict = verdictOf(before, after, interval, rule);
  return { name, verdict, ...rates, interval, why: whyOf(before, after, interval) };
}

function verdictOf(
  before: Tally,
  after: Tally,
  { low, high }: { low: number; high: number },
  { relativeRise, floor }: CanaryRule,
): CanaryVerdict {
  const old = before.errors / before.count;
  const rise = after.errors / after.count - old;
  // Of no errors before, any rise is infinitely large: then the floor alone decides.
  if (rise > relativeRise * old && rise >= floor && low > 0) return 'fail';
  return high <= Math.max(floor, relativeRise * old) ? 'pass' : 'inconclusive';
}

function scarcity(before: Tally | undefined, after: Tally | undefined, minimum: number) {
  for (const [when, tally] of [
    ['before', before],
    ['after', after],
  ] as const) {
    if (!tally || !isTally(tally)) return `not counted ${when} the switch`;
    if (tally.count < Math.max(1, minimum)) {
      return `only ${tally.count} ${when} the switch, ${minimum} are needed`;
    }
  }
  return undefined;
}

/** A counter that ran backwards, or failed more often than it was asked, counts nothing. */
function isTally({ count, errors }: Tally): boolean {
  return Number.isFinite(count) && errors >= 0 && errors <= count;
}

function rateOf(tally: Tally | undefined): number | null {
  return tally && isTally(tally) && tally.count > 0 ? tally.errors / tally.count : null;
}

/**
 * Newcombe's hybrid score interval of the difference of two shares: unlike the textbook one it holds
 * for shares near 0, where error rates are (R. G. Newcombe 1998, method 10).
 */
function differenceInterval(before: Tally, after: Tally): { low: number; high: number } {
  const old = wilson(before);
  const fresh = wilson(after);
  const rise = fresh.share - old.share;
  return {
    low: rise - Math.hypot(fresh.share - fresh.low, old.high - old.share),
    high: rise + Math.hypot(fresh.high - fresh.share, old.share - old.low),
  };
}

function wilson({ count, errors }: Tally) {
  const share = errors / count;
  const z2 = Z * Z;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half =
    (Z / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  return { share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function whyOf(before: Tally, after: Tally, { low, high }: { low: number; high: number }): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const side = ({ count, errors }: Tally) => `${errors} of ${count} failed`;
  return (
    `${side(before)} before, ${side(after)} after; ` +
    `the difference is ${percent(low)} to ${percent(high)}`
  );
}
