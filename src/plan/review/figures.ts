/** Figures of a span of hours, each null when nothing was measured. */
import { quantileOf, sortedCopy } from '../../core/bench/quantiles.ts';
import { countOf, merge, quantile } from '../../core/latency-delta.ts';
import { DAY_MS, type HourSample } from './facts.ts';

export type Stage = keyof HourSample['latency'];
export type Gauge = 'botRssBytes' | 'botCpuPercent' | 'mcpRssBytes' | 'mcpCpuPercent';

export function latencyMs(samples: readonly HourSample[], stage: Stage, q: number): number | null {
  const seconds = quantile(merge(samples.map(({ latency }) => latency[stage])), q);
  return seconds === null ? null : seconds * 1000;
}

export function latencyCount(samples: readonly HourSample[], stage: Stage): number {
  return countOf(merge(samples.map(({ latency }) => latency[stage])));
}

export function gaugeOf(samples: readonly HourSample[], gauge: Gauge | 'completeness'): number[] {
  return samples.flatMap((sample) => sample[gauge] ?? []);
}

export function quantileFrom(values: readonly number[], q: number): number | null {
  return values.length === 0 ? null : quantileOf(sortedCopy(values), q);
}

export function healthyShare(samples: readonly HourSample[]): number | null {
  if (samples.length === 0) return null;
  return samples.filter(({ health }) => health === 'healthy').length / samples.length;
}

/** In days counted from `fromMs`; days without samples are left out. */
export function byDay(samples: readonly HourSample[], fromMs: number): HourSample[][] {
  const days = new Map<number, HourSample[]>();
  for (const sample of samples) {
    const day = Math.floor((sample.atMs - fromMs) / DAY_MS);
    days.set(day, [...(days.get(day) ?? []), sample]);
  }
  return [...days].sort(([a], [b]) => a - b).map(([, some]) => some);
}
