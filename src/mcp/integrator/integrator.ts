import { heldUntil, type MarketHours } from '../../core/market-hours.ts';
import type { McpMeasures } from '../../core/mcp-trip-rules.ts';
import { criticalCoverage } from '../../core/mcp-trip-rules.ts';
import { RefusedError, reasonOf } from '../../errors.ts';
import type { Roots } from '../search/roots.ts';
import { RISK_PARAMETERS, type ScanReport, scanRiskParameters } from '../search/scan/scan.ts';
import type { CoverageCheck } from '../testing/coverage-tools.ts';
import type { McpLatches } from './latches.ts';

export interface ScanSummary {
  status: 'completed' | 'flagged' | 'disabled' | 'held' | 'failed';
  totalScans: number;
  scannedParams: Record<
    string,
    { usageCount: number; definitions: number; reads: number; writes: number }
  >;
  flagged: ScanReport['flagged'];
  filesScanned: number;
  message: string;
}

export interface CoverageSummary {
  status: 'passed' | 'failed' | 'unknown' | 'disabled';
  /** 0 to 1; null: not known. */
  coverage: number | null;
  threshold: number;
  meetsThreshold: boolean;
  message: string;
}

export interface ServerReport {
  status: 'ok' | 'error' | 'timeout' | 'disabled';
  message: string;
  durationMs: number;
}

export interface MonitorSummary {
  enabled: boolean;
  servers: Record<string, ServerReport>;
  resourceUsage: { totalCpuPercent: number; totalMemoryMb: number; withinLimits: boolean };
  mcpCircuitBreakerActive: boolean;
}

export interface Statistics {
  enabled: boolean;
  initialized: boolean;
  mcpCircuitBreakerActive: boolean;
  mcpCircuitBreakerTrips: number;
  totalScans: number;
  coverageChecks: number;
  monitorRounds: number;
  lastScanAt: string | null;
  lastCoverageAt: string | null;
}

/** Ties the three MCP servers to the risk rules. Reads only; it cannot reach a trade. */
export interface McpRiskIntegrator {
  /** The operator's breaker and executor, watched by nothing here: kept for what the plan calls. */
  initialize(circuitBreaker?: object, tradeExecutor?: object): Promise<void>;
  enable(): Promise<void>;
  disable(): Promise<void>;
  scanRiskParameters(): Promise<ScanSummary>;
  verifyTestCoverage(): Promise<CoverageSummary>;
  /** One bounded round: each server in its own time, partial results when one is down. */
  monitorAll(): Promise<MonitorSummary>;
  tripMcpCircuitBreaker(reason: string): Promise<void>;
  /** For the operator; no MCP tool leads here. */
  resetMcpCircuitBreaker(by?: string): Promise<void>;
  readonly mcpCircuitBreakerActive: boolean;
  getStatistics(): Statistics;
}

export interface IntegratorParts {
  roots: Roots;
  coverage: CoverageCheck;
  coverageTarget: number;
  latches: McpLatches;
  marketHours: MarketHours;
  /** A probe per server; rejects or hangs when it is down. undefined: switched off. */
  probes: Readonly<Record<string, (() => Promise<string>) | undefined>>;
  /** Of this process, jobs on request apart. */
  measure(): { cpuPercent: number; memoryMb: number; measures: McpMeasures };
  limits: { cpuPercent: number; memoryMb: number };
  nowMs(): number;
}

const PROBE_MS = 2_000;
const SCAN_MS = 60_000;

export function createMcpRiskIntegrator(parts: IntegratorParts): McpRiskIntegrator {
  const { latches, nowMs } = parts;
  const state = {
    enabled: false,
    initialized: false,
    scans: 0,
    checks: 0,
    rounds: 0,
    scanAtMs: 0,
    coverageAtMs: 0,
  };
  const isTripped = () => latches.gate('mcp') !== undefined;
  const iso = (atMs: number) => (atMs === 0 ? null : new Date(atMs).toISOString());

  return {
    async initialize() {
      state.initialized = true;
    },
    async enable() {
      if (!state.initialized) {
        throw new RefusedError('the MCP risk integrator is not initialized', {
          hint: 'Call initialize first.',
        });
      }
      state.enabled = true;
    },
    async disable() {
      state.enabled = false;
    },
    async scanRiskParameters() {
      const until = heldUntil(parts.marketHours, nowMs());
      if (until !== undefined) {
        return noScan('held', `market hours: scans wait until ${new Date(until).toISOString()}`);
      }
      const refusal = latches.gate('codebase-search');
      if (refusal) return noScan('disabled', refusal.message);
      try {
        const report = await scanRiskParameters(
          parts.roots,
          RISK_PARAMETERS,
          AbortSignal.timeout(SCAN_MS),
          () => undefined,
        );
        state.scans += 1;
        state.scanAtMs = nowMs();
        return summarise(report);
      } catch (error) {
        return noScan('failed', reasonOf(error));
      }
    },
    async verifyTestCoverage() {
      const threshold = parts.coverageTarget;
      const refusal = latches.gate('testing');
      if (refusal) return noCoverage('disabled', threshold, refusal.message);
      try {
        const found = await parts.coverage.verify({ signal: AbortSignal.timeout(SCAN_MS) });
        state.checks += 1;
        state.coverageAtMs = nowMs();
        const { status, coverage, meetsThreshold, staleBecause } = found;
        if (status === 'failed' && coverage !== null && coverage < criticalCoverage(threshold)) {
          latches.trip('mcp', 'mcp_coverage', `coverage ${coverage} of ${threshold}`, null);
        }
        const message =
          staleBecause.length > 0 ? `stale: ${staleBecause.join('; ')}` : `from ${found.report}`;
        return { status, coverage, threshold, meetsThreshold, message };
      } catch (error) {
        return noCoverage('unknown', threshold, reasonOf(error));
      }
    },
    async monitorAll() {
      const entries = Object.entries(parts.probes).map(
        async ([name, probe]) => [name, await ask(probe)] as const,
      );
      const servers = Object.fromEntries(await Promise.all(entries));
      const { cpuPercent, memoryMb, measures } = parts.measure();
      latches.sample(measures);
      state.rounds += 1;
      const withinLimits =
        cpuPercent <= parts.limits.cpuPercent && memoryMb <= parts.limits.memoryMb;
      const resourceUsage = { totalCpuPercent: cpuPercent, totalMemoryMb: memoryMb, withinLimits };
      return {
        enabled: state.enabled,
        servers,
        resourceUsage,
        mcpCircuitBreakerActive: isTripped(),
      };
    },
    async tripMcpCircuitBreaker(reason) {
      latches.trip('mcp', 'operator', reason, null);
    },
    async resetMcpCircuitBreaker(by = 'operator') {
      latches.reset(by);
    },
    get mcpCircuitBreakerActive() {
      return isTripped();
    },
    getStatistics: () => ({
      enabled: state.enabled,
      initialized: state.initialized,
      mcpCircuitBreakerActive: isTripped(),
      mcpCircuitBreakerTrips: latches.trips(),
      totalScans: state.scans,
      coverageChecks: state.checks,
      monitorRounds: state.rounds,
      lastScanAt: iso(state.scanAtMs),
      lastCoverageAt: iso(state.coverageAtMs),
    }),
  };
}

function noScan(status: 'disabled' | 'held' | 'failed', message: string): ScanSummary {
  return { status, totalScans: 0, scannedParams: {}, flagged: [], filesScanned: 0, message };
}

function noCoverage(
  status: 'unknown' | 'disabled',
  threshold: number,
  message: string,
): CoverageSummary {
  return { status, coverage: null, threshold, meetsThreshold: false, message };
}

function summarise(report: ScanReport): ScanSummary {
  const entries = report.parameters.map(({ parameter, definitions, reads, writes }) => {
    const usageCount = definitions + reads + writes;
    return [parameter, { usageCount, definitions, reads, writes }] as const;
  });
  const { flagged, filesScanned } = report;
  const message =
    flagged.length === 0
      ? 'no write outside config and core'
      : `${flagged.length} writes outside config and core`;
  const status = flagged.length === 0 ? 'completed' : 'flagged';
  return {
    status,
    totalScans: entries.length,
    scannedParams: Object.fromEntries(entries),
    flagged,
    filesScanned,
    message,
  };
}

/** A server's answer within its time; never rejects, so that one server hides no other. */
async function ask(probe: (() => Promise<string>) | undefined): Promise<ServerReport> {
  if (!probe)
    return { status: 'disabled', message: 'switched off by configuration', durationMs: 0 };
  const startedMs = performance.now();
  const took = () => Math.round(performance.now() - startedMs);
  const { promise: late, resolve: expire } = Promise.withResolvers<ServerReport>();
  const timer = setTimeout(
    () =>
      expire({ status: 'timeout', message: `no answer within ${PROBE_MS} ms`, durationMs: took() }),
    PROBE_MS,
  );
  const answer = probe().then(
    (message): ServerReport => ({ status: 'ok', message, durationMs: took() }),
    (error): ServerReport => ({ status: 'error', message: reasonOf(error), durationMs: took() }),
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
