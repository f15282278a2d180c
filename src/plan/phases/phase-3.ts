import { benchFinding } from '../bench.ts';
import { checksOf } from '../check.ts';

const SECONDS = 300;
const needs = ['load'] as const;
const how = 'pmcp bench --with-mcp --duration 300: a 95 % interval against its budget';
const fix =
  'Run the bench again on a quiet host; `pmcp bench --with-mcp --report FILE` shows where.';

export const phase3 = checksOf(3, {
  'trading-latency': {
    title: 'Trading latency <100ms (target <5% increase)',
    objectives: [1],
    criteria: [5],
    severity: 'Critical',
    ...{ needs, how, fix },
    run: (site) => benchFinding(site, SECONDS, 'Trading latency'),
  },
  'memory-usage': {
    title: 'Memory usage <100MB additional',
    objectives: [5],
    criteria: [6],
    ...{ needs, how, fix },
    run: (site) => benchFinding(site, SECONDS, 'Memory'),
  },
  'cpu-usage': {
    title: 'CPU usage <1% additional',
    objectives: [1, 5],
    criteria: [7],
    ...{ needs, how, fix },
    run: (site) => benchFinding(site, SECONDS, 'CPU'),
  },
  'response-time': {
    title: 'Response time +10% at most',
    objectives: [1],
    ...{ needs, how, fix },
    run: (site) => benchFinding(site, SECONDS, 'Response time'),
  },
});
