/**
 * Changes of the configuration that the figures speak for. Pure: nothing here changes anything, and
 * the operator decides.
 */
import type { ReviewInput } from './facts.ts';
import { type Advised, type Proposal, permitted } from './proposal.ts';
import { proposeIntervals } from './propose-intervals.ts';
import { proposeLimits } from './propose-limits.ts';
import { proposeThresholds } from './propose-thresholds.ts';
import { proposeFromTrips } from './propose-trips.ts';

/** The plan adjusts limits in the second week, and intervals and thresholds from the third on. */
export function propose(input: ReviewInput): Advised {
  const { number } = input.week;
  const makers = [
    ...(number >= 2 ? [proposeLimits] : []),
    ...(number >= 3 ? [proposeIntervals, proposeThresholds, proposeFromTrips] : []),
  ];
  const all = makers.map((make) => make(input));
  const proposals = new Map<string, Proposal>();
  for (const one of all.flatMap((some) => some.proposals).filter(permitted)) {
    // One change of a key at a time: the first maker's reason stands.
    if (!proposals.has(one.key)) proposals.set(one.key, one);
  }
  return { proposals: [...proposals.values()], advice: all.flatMap((some) => some.advice) };
}
