import type { LatencySummary } from './status.ts';

/** Of fewer orders the 99th percentile is the very first one, when everything was cold. */
const ENOUGH_ORDERS = 100;

/** What orders are judged by, in milliseconds: their p99, or p50 while there are too few for one. */
export function judgedLatency(of: Pick<LatencySummary, 'count' | 'p50Ms' | 'p99Ms'>) {
  const isFew = of.count < ENOUGH_ORDERS;
  const words = isFew ? ' (too few for a p99: p50 is judged)' : '';
  return {
    ms: isFew ? of.p50Ms : of.p99Ms,
    words: `p50 ${of.p50Ms.toFixed(2)} ms, p99 ${of.p99Ms.toFixed(2)} ms of ${of.count} orders${words}`,
  };
}
