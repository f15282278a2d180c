/** The plan's own words: its phases, objectives and success criteria. */
export type PhaseNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export const PHASES: readonly { number: PhaseNumber; title: string }[] = [
  { number: 1, title: 'Unit Tests' },
  { number: 2, title: 'Integration Tests - Staging' },
  { number: 3, title: 'Performance Impact Testing' },
  { number: 4, title: 'Circuit Breaker Testing' },
  { number: 5, title: 'Integration with Main Bot' },
  { number: 6, title: 'Resource Limit Enforcement' },
  { number: 7, title: 'Deployment Scripts' },
  { number: 8, title: 'Production Readiness' },
];

/** Number 1 first. */
export const OBJECTIVES: readonly string[] = [
  'Verify no performance degradation: trading latency must remain <100ms',
  'Verify no undefined name errors: all imports must be clean',
  'Verify no breakage of existing risk logic: all changes read-only',
  'Verify circuit breaker protection: MCP features disable during stress',
  'Verify resource isolation: MCP servers use <15% system resources',
  'Verify fallback mechanisms: trading continues if MCP fails',
];

/** All of them must be met for production. Number 1 first. */
export const CRITERIA: readonly string[] = [
  'All 33+ unit tests pass',
  'All 25+ integration tests pass',
  'No undefined name errors',
  'No breakage of existing risk logic',
  'Trading latency <100ms (target <5% increase)',
  'Memory usage <100MB additional overhead',
  'CPU usage <1% additional overhead',
  'Circuit breaker trips on threshold breaches',
  'Circuit breaker can be reset',
  'Resource limits enforced (15% system, 1GB memory)',
  'Monitoring dashboard accessible',
  'Prometheus metrics exposed',
  'All deployment scripts work',
  'Rollback procedure tested and works',
];
