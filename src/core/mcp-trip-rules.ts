/** When the mcp latches trip, and when they arm again by themselves. Trading goes on meanwhile. */
import { RECOVERY_PAUSE_MS, type TripCause } from './breaker.ts';
import type { TripVerdict } from './trip-rules.ts';

/** Measures of one check; what was not measured is left out. Percentages run from 0 to 100. */
export interface McpMeasures {
  /** Share of lines covered by tests, and the share wanted, 0 to 1. */
  coverage?: { value: number; target: number };
  /** Memory of the MCP servers in MB, and the limit given for them. */
  memoryMb?: { value: number; limit: number };
  /** CPU of the MCP servers in percent of one core. */
  cpuPercent?: number;
  hostCpuPercent?: number;
  hostMemoryPercent?: number;
}

/** Below this share of the target, coverage is critical: 0.8 of 0.85 is 68 %. */
const CRITICAL_COVERAGE_SHARE = 0.8;
/** CPU of the MCP servers above which they are shed. */
export const MCP_CPU_LIMIT_PERCENT = 5;
/** All MCP servers together, whatever limit was given. */
const MCP_MEMORY_CEILING_MB = 1000;
const HOST_CPU_LIMIT_PERCENT = 90;
const HOST_MEMORY_LIMIT_PERCENT = 85;
/** Load must be back at this share of its limit before a latch arms by itself. */
const RECOVERY_SHARE = 0.8;

interface Load {
  cause: TripCause;
  name: string;
  unit: string;
  value: number;
  limit: number;
  /** The limit itself is already too much. */
  inclusive: boolean;
}

function loads(measures: McpMeasures): Load[] {
  const { memoryMb, cpuPercent, hostCpuPercent, hostMemoryPercent } = measures;
  const list: Load[] = [];
  const add = (cause: TripCause, name: string, unit: string, value: number, limit: number) =>
    list.push({ cause, name, unit, value, limit, inclusive: cause === 'host_stress' });
  if (memoryMb !== undefined) {
    const limit = Math.min(memoryMb.limit, MCP_MEMORY_CEILING_MB);
    add('mcp_memory', 'MCP memory', ' MB', memoryMb.value, limit);
  }
  if (cpuPercent !== undefined) {
    add('mcp_cpu', 'MCP CPU', ' %', cpuPercent, MCP_CPU_LIMIT_PERCENT);
  }
  if (hostCpuPercent !== undefined) {
    add('host_stress', 'host CPU', ' %', hostCpuPercent, HOST_CPU_LIMIT_PERCENT);
  }
  if (hostMemoryPercent !== undefined) {
    add('host_stress', 'host memory', ' %', hostMemoryPercent, HOST_MEMORY_LIMIT_PERCENT);
  }
  return list;
}

/** The first retry comes a minute after the trip. A measure that is not a number trips. */
export function mcpTrip(measures: McpMeasures, nowMs: number): TripVerdict | undefined {
  const untilMs = nowMs + RECOVERY_PAUSE_MS;
  const { coverage } = measures;
  if (coverage && !(coverage.value >= criticalCoverage(coverage.target))) {
    const least = percent(criticalCoverage(coverage.target));
    const detail = `coverage ${percent(coverage.value)} is below ${least}`;
    return { cause: 'mcp_coverage', detail, untilMs };
  }
  for (const load of loads(measures)) {
    const { cause, name, unit, value, limit } = load;
    const fine = load.inclusive ? value < limit : value <= limit;
    const shown = Math.round(100 * value) / 100;
    if (!fine) return { cause, detail: `${name} ${shown}${unit} of ${limit}${unit}`, untilMs };
  }
  return undefined;
}

/** All that was measured is well within its limits: coverage at its target, loads at 80 %. */
export function mcpRecovered(measures: McpMeasures): boolean {
  const { coverage } = measures;
  if (coverage && !(coverage.value >= coverage.target)) return false;
  return loads(measures).every((load) => load.value <= load.limit * RECOVERY_SHARE);
}

/** Rounded where binary fractions differ from the decimal ones a person writes (0.8 x 0.85). */
export function criticalCoverage(target: number): number {
  return Math.round(target * CRITICAL_COVERAGE_SHARE * 1e9) / 1e9;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
