import { unitLimits } from '../../host/unit-limits.ts';
import { sayingFinding } from '../breaker.ts';
import { enforcement } from '../cgroup.ts';
import { checksOf } from '../check.ts';
import { type Finding, holds, skipped } from '../evidence.ts';
import { usageFinding } from '../usage.ts';

const UNIT = 'polymarket-mcp.service';

export const phase6 = checksOf(6, {
  'systemd-limits': {
    title: 'Systemd limits are configured correctly',
    objectives: [5],
    criteria: [10],
    severity: 'Critical',
    needs: ['systemd'],
    how: `CPUQuota and MemoryMax of ${UNIT}, as systemd has loaded them`,
    fix: 'Deploy the unit of this release: CPUQuota=15% and MemoryMax=1G.',
    run: limits,
  },
  'cpu-below-15': {
    title: 'CPU usage stays below 15%',
    objectives: [5],
    criteria: [10],
    needs: ['running'],
    how: 'get_resource_usage of the monitoring server and the kernel, every 5 s for 60 s',
    fix: 'Find what the servers do (`pmcp logs`); a longer MONITOR_INTERVAL_SECONDS costs less.',
    run: (site) => usageFinding(site, 'cpu'),
  },
  'memory-below-1g': {
    title: 'Memory usage stays below 1G',
    objectives: [5],
    criteria: [10],
    needs: ['running'],
    how: 'get_resource_usage of the monitoring server and the kernel, every 5 s for 60 s',
    fix: 'Restart polymarket-mcp, and report what it did before: `pmcp logs`.',
    run: (site) => usageFinding(site, 'memory'),
  },
  'trips-if-exceeded': {
    title: 'Circuit breaker trips if limits exceeded',
    objectives: [4, 5],
    criteria: [8],
    severity: 'Critical',
    how: 'monitorAll of the package’s integrator with a limit of 1 MB, in a directory of its own',
    fix: 'This release’s breaker does not keep its rules: do not deploy it.',
    run: (site) => sayingFinding(site, 'limits', 'over', { within: false, active: true }),
  },
  'limits-enforced': {
    title: 'Verify resource limits are enforced',
    objectives: [5],
    criteria: [10],
    severity: 'Critical',
    needs: ['systemd', 'hog'],
    how: 'a busy loop in the unit’s own control group gets no more than the quota',
    fix: 'See that the cpu controller is on: `systemctl show polymarket-mcp`, cgroup version 2.',
    run: (site) => enforcement(site),
  },
});

async function limits(): Promise<Finding> {
  const command = `systemctl show ${UNIT} | grep -E "(CPUQuota|MemoryMax)"`;
  const found = await unitLimits(UNIT);
  if ('problem' in found) return skipped(found.problem, { command });
  const { cpuPercent, memoryBytes } = found;
  const cpu = cpuPercent === undefined ? 'no CPUQuota' : `CPUQuota=${cpuPercent}%`;
  const megabytes = memoryBytes === undefined ? undefined : Math.round(memoryBytes / 2 ** 20);
  const memory = megabytes === undefined ? 'no MemoryMax' : `MemoryMax=${megabytes}M`;
  const cpuFits = cpuPercent !== undefined && cpuPercent <= 15;
  const memoryFits = megabytes !== undefined && megabytes <= 1024;
  const wanted = cpuFits && memoryFits ? '' : '; wanted CPUQuota=15% and MemoryMax=1G';
  const rest = { command, output: `${cpu}\n${memory}`, threshold: 15, unit: '% of one core' };
  return holds(cpuFits && memoryFits, `${cpu}, ${memory}${wanted}`, {
    ...rest,
    ...(cpuPercent !== undefined && { figure: cpuPercent }),
  });
}
