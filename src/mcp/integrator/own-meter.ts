import type { Config } from '../../config/schema.ts';
import type { McpMeasures } from '../../core/mcp-trip-rules.ts';
import { readHost, readProcess } from '../../host/vitals.ts';

const MEGABYTE = 1_000_000;

export interface OwnLoad {
  /** Percent of one core since the call before; 0 at first. */
  cpuPercent: number;
  memoryMb: number;
  measures: McpMeasures;
}

/** The load of this process alone: what tests and searches cost is accounted to the whole unit. */
export function createOwnMeter(config: Config): () => OwnLoad {
  let before: ReturnType<typeof look> | undefined;
  return () => {
    const now = look();
    const spanMs = before ? now.atMs - before.atMs : 0;
    const cpuPercent =
      before && spanMs > 0 ? (100_000 * (now.cpuSeconds - before.cpuSeconds)) / spanMs : 0;
    const busy = before ? now.host.cpuBusySeconds - before.host.cpuBusySeconds : 0;
    const total = before ? now.host.cpuTotalSeconds - before.host.cpuTotalSeconds : 0;
    before = now;
    const { memoryTotalBytes, memoryAvailableBytes } = now.host;
    const usedBytes = memoryTotalBytes - memoryAvailableBytes;
    return {
      cpuPercent,
      memoryMb: now.memoryMb,
      measures: {
        memoryMb: { value: now.memoryMb, limit: config.MCP_RESOURCE_LIMIT_MB },
        cpuPercent,
        hostCpuPercent: total > 0 ? (100 * busy) / total : 0,
        hostMemoryPercent: memoryTotalBytes > 0 ? (100 * usedBytes) / memoryTotalBytes : 0,
      },
    };
  };
}

function look() {
  const own = readProcess(process.pid);
  return {
    atMs: performance.now(),
    cpuSeconds: own?.cpuSeconds ?? 0,
    memoryMb: (own?.rssBytes ?? 0) / MEGABYTE,
    host: readHost(),
  };
}
