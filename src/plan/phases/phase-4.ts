import { sayingFinding } from '../breaker.ts';
import { checksOf } from '../check.ts';

const how = 'the plan’s snippet on the package’s main entry, with a state file of its own';
const fix = 'This release’s breaker does not keep its rules: do not deploy it.';
const common = { how, fix, objectives: [4], severity: 'Critical' } as const;

export const phase4 = checksOf(4, {
  'coverage-acceptable': {
    ...common,
    title: 'Coverage 85% of 85%: True',
    run: (site) => sayingFinding(site, 'coverage', 'acceptable', { answer: true, state: 'armed' }),
  },
  'coverage-below-threshold': {
    ...common,
    title: 'Coverage 75% of 85%: False, without a trip',
    run: (site) => sayingFinding(site, 'coverage', 'below', { answer: false, state: 'armed' }),
  },
  'trips-on-coverage': {
    ...common,
    title: 'Circuit breaker trips on critically low test coverage (<68%)',
    criteria: [8],
    run: (site) =>
      sayingFinding(site, 'coverage', 'critical', {
        answer: false,
        state: 'tripped',
        trading: 'armed',
      }),
  },
  'memory-acceptable': {
    ...common,
    title: 'Memory 50MB of 200MB: True',
    run: (site) => sayingFinding(site, 'resources', 'memory 50', { answer: true, state: 'armed' }),
  },
  'cpu-not-high-enough': {
    ...common,
    title: 'CPU 3%: True, CPU not high enough to trip',
    run: (site) => sayingFinding(site, 'resources', 'cpu 3', { answer: true, state: 'armed' }),
  },
  'trips-on-memory': {
    ...common,
    title: 'Circuit breaker trips on high memory usage (>200MB)',
    criteria: [8],
    run: (site) =>
      sayingFinding(site, 'resources', 'memory 250', {
        answer: false,
        state: 'tripped',
        trading: 'armed',
      }),
  },
  'trips-on-cpu': {
    ...common,
    title: 'Circuit breaker trips on very high CPU (>5%)',
    criteria: [8],
    run: (site) =>
      sayingFinding(site, 'resources', 'cpu 8', {
        answer: false,
        state: 'tripped',
        trading: 'armed',
      }),
  },
  'integrator-trips': {
    ...common,
    title: 'Test trip: the integrator’s circuit breaker is active',
    criteria: [8],
    run: (site) =>
      sayingFinding(site, 'integrator', 'tripped', {
        active: true,
        statistics: true,
        enabled: true,
        trips: 1,
      }),
  },
  idempotent: {
    ...common,
    title: 'Circuit breaker is idempotent (tripping twice = one trip)',
    criteria: [8],
    run: (site) => sayingFinding(site, 'integrator', 'tripped twice', { active: true, trips: 1 }),
  },
  'can-be-reset': {
    ...common,
    title: 'Circuit breaker can be reset',
    criteria: [9],
    run: (site) => sayingFinding(site, 'integrator', 'reset', { active: false, statistics: false }),
  },
  'breaker-reset': {
    ...common,
    title: 'A tripped circuit breaker is armed again by a reset',
    criteria: [9],
    run: (site) => sayingFinding(site, 'coverage', 'reset', { state: 'armed' }),
  },
});
