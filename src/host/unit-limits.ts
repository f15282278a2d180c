import { execFile } from 'node:child_process';

/** What the unit of the mcp process says of CPU time: 15 % of one core, in short periods. */
export const MCP_CPU_LIMITS = {
  CPUQuota: '15%',
  CPUQuotaPeriodSec: '20ms',
  CPUWeight: '20',
  Nice: '10',
} as const;

export interface UnitLimits {
  /** Percent of one core; undefined: no limit. */
  cpuPercent: number | undefined;
  memoryBytes: number | undefined;
}

/** CPUQuota and MemoryMax of an installed unit; a problem where there is no systemd or no unit. */
export function unitLimits(unit: string): Promise<UnitLimits | { problem: string }> {
  const properties = ['LoadState', 'CPUQuotaPerSecUSec', 'MemoryMax'];
  const args = ['show', unit, ...properties.map((name) => `--property=${name}`)];
  return new Promise((resolve) => {
    execFile('systemctl', args, { timeout: 5000 }, (error, stdout) => {
      if (error) return resolve({ problem: `systemd cannot be asked here (${firstLine(error)})` });
      const lines = stdout.split('\n').map((line) => line.split('=', 2) as [string, string]);
      const values = new Map(lines);
      if (values.get('LoadState') !== 'loaded') {
        return resolve({ problem: `${unit} is not installed here` });
      }
      const memory = Number(values.get('MemoryMax'));
      resolve({
        cpuPercent: percentOf(values.get('CPUQuotaPerSecUSec') ?? ''),
        memoryBytes: Number.isFinite(memory) && memory > 0 ? memory : undefined,
      });
    });
  });
}

/** "150ms" of each second are 15 %; systemd also writes "1.5s" and "infinity". */
function percentOf(text: string): number | undefined {
  const span = /^([\d.]+)(us|ms|s)$/.exec(text);
  if (!span) return undefined;
  const perSecond = { us: 1e-4, ms: 0.1, s: 100 }[span[2] as 'us' | 'ms' | 's'];
  return Math.round(Number(span[1]) * perSecond * 100) / 100;
}

function firstLine(error: Error & { code?: unknown }): string {
  return error.code === 'ENOENT' ? 'no systemctl' : (error.message.split('\n')[1] ?? error.message);
}
