import type { McpRiskIntegrator, Statistics } from './integrator.ts';

const NOTHING_YET: Statistics = {
  enabled: false,
  initialized: false,
  mcpCircuitBreakerActive: false,
  mcpCircuitBreakerTrips: 0,
  totalScans: 0,
  coverageChecks: 0,
  monitorRounds: 0,
  lastScanAt: null,
  lastCoverageAt: null,
};

let shared: McpRiskIntegrator | undefined;

/**
 * The integrator of this process, configured as the command line is (`.env`, environment). It is
 * built by the first call of a method, so that asking for it costs nothing and never fails.
 */
export function getMcpRiskIntegrator(): McpRiskIntegrator {
  shared ??= createLazyIntegrator(async () => {
    const [{ loadConfig }, { createStandaloneIntegrator }] = await Promise.all([
      import('../../config/load.ts'),
      import('./standalone.ts'),
    ]);
    return createStandaloneIntegrator(await loadConfig({ flags: {} }));
  });
  return shared;
}

export function createLazyIntegrator(build: () => Promise<McpRiskIntegrator>): McpRiskIntegrator {
  let building: Promise<McpRiskIntegrator> | undefined;
  let built: McpRiskIntegrator | undefined;
  const real = async () => {
    building ??= build();
    built = await building;
    return built;
  };
  return {
    initialize: async (...parts) => (await real()).initialize(...parts),
    enable: async () => (await real()).enable(),
    disable: async () => (await real()).disable(),
    scanRiskParameters: async () => (await real()).scanRiskParameters(),
    verifyTestCoverage: async () => (await real()).verifyTestCoverage(),
    monitorAll: async () => (await real()).monitorAll(),
    tripMcpCircuitBreaker: async (reason) => (await real()).tripMcpCircuitBreaker(reason),
    resetMcpCircuitBreaker: async (by) => (await real()).resetMcpCircuitBreaker(by),
    get mcpCircuitBreakerActive() {
      return built?.mcpCircuitBreakerActive ?? false;
    },
    getStatistics: () => built?.getStatistics() ?? NOTHING_YET,
  };
}
