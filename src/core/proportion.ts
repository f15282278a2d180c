import { normalQuantile } from './bench/normal.ts';

export interface Proportion {
  share: number;
  low: number;
  high: number;
}

/**
 * Share of `hits` among `count` with its Wilson interval (JASA 22, 1927), which stays honest for a
 * handful of cases and for shares near 0 and 1. Of no cases nothing is known: 0 to 1.
 */
export function proportion(hits: number, count: number, confidence = 0.95): Proportion {
  if (count === 0) return { share: Number.NaN, low: 0, high: 1 };
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = hits / count;
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2);
  const middle = share + z ** 2 / (2 * count);
  const scale = 1 + z ** 2 / count;
  return {
    share,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  };
}
