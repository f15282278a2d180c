import { type BlockPair, bootstrap, type Interval } from '../core/bench/bootstrap.ts';
import { pairOf, type QuadRecord } from '../core/bench/impact.ts';
import { quantileOf, sortedCopy } from '../core/bench/quantiles.ts';
import { UsageError } from '../errors.ts';
import { nameOf } from './history.ts';
import type { BenchReport, Comparison, ComponentReport, ImpactReport } from './result.ts';

/** This run beside an earlier one of the same kind. */
export function compareReports(now: BenchReport, then: BenchReport, file: string): Comparison {
  const { takenAt } = then.machine;
  if (now.kind === 'impact' && then.kind === 'impact') {
    return { file, takenAt, lines: impactLines(now, then) };
  }
  if (now.kind === 'component' && then.kind === 'component' && now.name === then.name) {
    return { file, takenAt, lines: componentLines(now, then) };
  }
  throw new UsageError(`--compare ${file}: is of ${nameOf(then)}, and this run of ${nameOf(now)}`);
}

type Line = Comparison['lines'][number];

function impactLines(now: ImpactReport, then: ImpactReport): Line[] {
  const lines: Line[] = [];
  for (const side of ['without', 'with'] as const) {
    for (const q of [0.5, 0.99]) {
      const [before, after] = [then, now].map(({ quads, options }) =>
        quantileOfSide(quads, side, q, options.seed),
      );
      if (before && after) lines.push(lineOf(`latency p${q * 100} ${side}, ms`, before, after));
    }
  }
  return lines;
}

function quantileOfSide(
  quads: readonly QuadRecord[],
  side: keyof BlockPair,
  q: number,
  seed: number,
): Interval {
  const pairs = quads.map((quad) => pairOf(quad, 'latencies'));
  const statistic = (some: readonly BlockPair[]) =>
    quantileOf(sortedCopy(some.flatMap((pair) => Array.from(pair[side]))), q);
  return bootstrap(pairs, statistic, { seed, resamples: 500 });
}

/** Ratios to the peer, so that a machine that was faster on that day cancels out. */
function componentLines(now: ComponentReport, then: ComponentReport): Line[] {
  return now.rows.flatMap((row) => {
    const before = then.rows.find(({ what, peer }) => what === row.what && peer === row.peer);
    const name = `${row.what} / ${row.peer}`;
    return before ? [lineOf(name, before.ratio, row.ratio)] : [];
  });
}

/** Independent intervals, combined on the logarithmic scale. */
function lineOf(what: string, then: Interval, now: Interval): Line {
  const ratio = now.estimate / then.estimate;
  const down = Math.hypot(Math.log(now.estimate / now.low), Math.log(then.high / then.estimate));
  const up = Math.hypot(Math.log(now.high / now.estimate), Math.log(then.estimate / then.low));
  return {
    what,
    earlier: then.estimate,
    now: now.estimate,
    ratio,
    low: ratio * Math.exp(-down),
    high: ratio * Math.exp(up),
  };
}
