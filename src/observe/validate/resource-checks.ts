import { type Finding, failed, passed, skipped, unknown } from '../../core/validation.ts';
import { reasonOf } from '../../errors.ts';
import { unitLimits } from '../../host/unit-limits.ts';
import type { Check, Installation } from './checks.ts';
import { fetchHealth } from './health-view.ts';
import { originOf } from './probe.ts';

/** The plan's limits of the three servers together. */
const CPU_PERCENT = 15;
const MEMORY_MB = 1000;
const SAMPLES = 3;

export const resourceChecks: readonly Check[] = [
  { name: 'systemd limits the mcp unit', phase: 6, run: systemdLimits },
  { name: 'mcp stays within 15 % CPU and 1 GB', phase: 6, slow: true, run: usage },
];

async function systemdLimits(): Promise<Finding> {
  const found = await unitLimits('polymarket-mcp.service');
  if ('problem' in found) return skipped(found.problem);
  const { cpuPercent, memoryBytes } = found;
  const cpu = cpuPercent === undefined ? 'no CPUQuota' : `CPUQuota ${cpuPercent} %`;
  const memory =
    memoryBytes === undefined ? 'no MemoryMax' : `MemoryMax ${Math.round(memoryBytes / 2 ** 20)}M`;
  const within =
    cpuPercent !== undefined &&
    cpuPercent <= CPU_PERCENT &&
    memoryBytes !== undefined &&
    memoryBytes <= 2 ** 30;
  const figures = `${cpu}, ${memory}`;
  return within ? passed(figures) : failed(`${figures}; wanted CPUQuota=15% and MemoryMax=1G`);
}

/** As many different samples of the monitor as it takes; each is one of its check intervals old. */
async function usage({ config, signal, sampleMs }: Installation): Promise<Finding> {
  const origin = originOf(config.DASHBOARD_HOST, config.DASHBOARD_PORT);
  const seen = new Map<string, { cpu: number; memory: number }>();
  // Shedding may have made the interval four times as long.
  const limitMs = (4 * (SAMPLES + 1) * config.MONITOR_INTERVAL_SECONDS + 5) * 1000;
  const end = performance.now() + limitMs;
  try {
    while (seen.size < SAMPLES && performance.now() < end && !signal.aborted) {
      const health = await fetchHealth(origin, config.DASHBOARD_TOKEN?.reveal());
      const { cpu_percent: cpu, memory_mb: memory } = health.resource_limits;
      if (cpu !== null) seen.set(health.timestamp, { cpu, memory });
      if (seen.size < SAMPLES) await new Promise((resolve) => setTimeout(resolve, sampleMs));
    }
  } catch (error) {
    return unknown(reasonOf(error));
  }
  const samples = [...seen.values()];
  if (samples.length < SAMPLES) return unknown(`${samples.length} of ${SAMPLES} samples taken`);
  const cpu = Math.max(...samples.map((one) => one.cpu));
  const memory = Math.max(...samples.map((one) => one.memory));
  const figures = `most of ${SAMPLES} samples: CPU ${cpu} %, memory ${memory} MB`;
  // A limit is broken when it is broken throughout: a single sample may be a burst.
  const over = samples.every((one) => one.cpu > CPU_PERCENT || one.memory > MEMORY_MB);
  return over ? failed(`${figures}; 15 % and 1000 MB are allowed`) : passed(figures);
}
