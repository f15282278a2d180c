/** The package's main entry: what programs may use. The command line is src/pmcp.ts. */
export { CircuitBreaker, type CircuitBreakerOptions } from './bot/circuit-breaker.ts';
