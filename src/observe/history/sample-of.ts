import type { Monitor } from '../monitor.ts';
import type { Sample } from './samples.ts';

/** The figures of this moment, as the sample of a span that ends with it. */
export function sampleOf(
  monitor: Monitor,
  span: Pick<Sample, 'spanMs' | 'atMs' | 'health' | 'latency'>,
): Sample {
  const status = monitor.status();
  const { own, botCpuPercent } = monitor.vitals();
  return {
    ...span,
    botRssBytes: status?.vitals.rssBytes ?? null,
    botCpuPercent: status ? botCpuPercent : null,
    mcpRssBytes: own.rssBytes,
    mcpCpuPercent: own.cpuPercent,
    loopDelayP99Ms: status?.vitals.loopDelayP99Ms ?? null,
    equityMicro: status?.equityMicro ?? null,
    dailyLossMicro: status?.dailyLossMicro ?? null,
    exposureMicro: status?.exposureMicro ?? null,
    completeness: status?.discovery.completeness ?? null,
  };
}
