/** The package's main entry: what programs may use. The command line is src/pmcp.ts. */
export { CircuitBreaker, type CircuitBreakerOptions } from './bot/circuit-breaker.ts';
export type { McpRiskIntegrator } from './mcp/integrator/integrator.ts';
export { getMcpRiskIntegrator } from './mcp/integrator/singleton.ts';
