import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Result } from '../../src/plan/evidence.ts';
import { blockers, EXIT_CODES, type Judged, together, verdictOf } from '../../src/plan/verdict.ts';

const RESULTS = ['PASS', 'FAIL', 'SKIPPED', 'INCONCLUSIVE', undefined] as const;
const judged = (required: boolean, result: Result | undefined): Judged => ({
  id: 'one',
  required,
  result,
});

test.each([
  ['PASS', 'READY'],
  ['FAIL', 'NOT READY'],
  ['SKIPPED', 'NOT READY'],
  ['INCONCLUSIVE', 'INCONCLUSIVE'],
  [undefined, 'NOT READY'],
] as const)('a required check that is %s: %s', (result, verdict) => {
  expect(verdictOf([judged(true, 'PASS'), judged(true, result)])).toBe(verdict);
});

test('nothing that is required is not ready; what is optional changes nothing', () => {
  expect(verdictOf([])).toBe('NOT READY');
  expect(verdictOf([judged(false, 'PASS')])).toBe('NOT READY');
  expect(verdictOf([judged(true, 'PASS'), judged(false, 'FAIL')])).toBe('READY');
});

const list = fc.array(
  fc.record({
    id: fc.string(),
    required: fc.boolean(),
    result: fc.constantFrom<Result | undefined>(...RESULTS),
  }),
);

test('ready means: something is required, and each of it passed', () => {
  fc.assert(
    fc.property(list, (checks) => {
      const required = checks.filter((one) => one.required);
      const all = required.length > 0 && required.every(({ result }) => result === 'PASS');
      expect(verdictOf(checks) === 'READY').toBe(all);
      expect(EXIT_CODES[verdictOf(checks)] === 0).toBe(all);
    }),
  );
});

test('one more bad check never makes a verdict better, whatever the order', () => {
  const rank = { READY: 0, INCONCLUSIVE: 1, 'NOT READY': 2 };
  const bad = fc.constantFrom<Result | undefined>('FAIL', 'SKIPPED', 'INCONCLUSIVE', undefined);
  fc.assert(
    fc.property(list, bad, fc.boolean(), (checks, result, first) => {
      fc.pre(checks.some(({ required }) => required));
      const one = judged(true, result);
      const more = first ? [one, ...checks] : [...checks, one];
      expect(rank[verdictOf(more)]).toBeGreaterThanOrEqual(rank[verdictOf(checks)]);
    }),
  );
});

test('there is a blocker exactly when the answer is a certain no', () => {
  fc.assert(
    fc.property(list, (checks) => {
      fc.pre(checks.some(({ required }) => required));
      expect(blockers(checks).length > 0).toBe(verdictOf(checks) === 'NOT READY');
    }),
  );
});

test('evidence together: the worst counts, and none is none', () => {
  expect(together([])).toBe('NOT CHECKED');
  expect(together(['PASS', undefined])).toBe('NOT CHECKED');
  expect(together(['PASS', undefined, 'FAIL'])).toBe('FAIL');
  expect(together(['PASS', 'INCONCLUSIVE', 'SKIPPED'])).toBe('SKIPPED');
  expect(together(['PASS', 'INCONCLUSIVE'])).toBe('INCONCLUSIVE');
  expect(together(['PASS', 'PASS'])).toBe('PASS');
});
