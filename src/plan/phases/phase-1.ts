import { checksOf } from '../check.ts';
import { suiteFinding } from '../tests.ts';
import { toolFinding } from '../tools.ts';

const needs = ['sources'] as const;
const how = 'runs the tests of this part with the project’s own runner and counts them';
const fix = 'Mend the tests named, or what they test.';

export const phase1 = checksOf(1, {
  'monitoring-tests': {
    title: 'All monitoring tests pass (33+ tests)',
    criteria: [1],
    severity: 'Critical',
    ...{ needs, how, fix },
    run: (site) => suiteFinding(site, 'monitoring', 33),
  },
  'integration-tests': {
    title: 'All integration tests pass (25+ tests)',
    objectives: [3],
    criteria: [2, 4],
    severity: 'Critical',
    ...{ needs, how, fix },
    run: (site) => suiteFinding(site, 'integrator', 25),
  },
  'codebase-search-tests': {
    title: 'Test Codebase Search Server',
    criteria: [1],
    ...{ needs, how, fix },
    run: (site) => suiteFinding(site, 'codebase-search', 1),
  },
  'testing-server-tests': {
    title: 'Test Testing Server',
    criteria: [1],
    ...{ needs, how, fix },
    run: (site) => suiteFinding(site, 'testing', 1),
  },
  'no-undefined-names': {
    title: 'No undefined name errors',
    objectives: [2],
    criteria: [3],
    severity: 'Critical',
    needs,
    how: 'the compiler (TypeScript) or ruff F821 (Python) over the whole project',
    fix: 'Define or import the names that are listed.',
    run: (site) => toolFinding(site, 'undefined names'),
  },
  'imports-clean': {
    title: 'All imports clean',
    objectives: [2],
    criteria: [3],
    needs,
    how: 'the compiler (TypeScript) or ruff F401, F403, F405 (Python) over the whole project',
    fix: 'Correct the imports that are listed.',
    run: (site) => toolFinding(site, 'imports'),
  },
});
