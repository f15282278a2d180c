import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../../src/plan/checks.ts';
import { sustained } from '../../src/plan/usage.ts';
import { CRITERIA, OBJECTIVES, PHASES } from '../../src/plan/words.ts';

const DATA = resolve(process.env['PMCP_TEST_DATA'] ?? '../shared/data');
const PLAN = resolve(DATA, '..', 'plan', 'mcp-integration-test-plan.md');

test('ids are unique and name their phase', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  for (const { id, phase } of checks) expect(id).toMatch(new RegExp(`^phase-${phase}/[a-z0-9-]+$`));
  expect([...new Set(checks.map(({ phase }) => phase))]).toEqual(PHASES.map((one) => one.number));
});

test('every objective and every criterion rests on a required check', () => {
  const of = (list: readonly string[], key: 'objectives' | 'criteria') =>
    list.map((_, at) => checks.filter((one) => one.required && one[key].includes(at + 1)).length);
  expect(of(OBJECTIVES, 'objectives').every((count) => count > 0)).toBe(true);
  expect(of(CRITERIA, 'criteria').every((count) => count > 0)).toBe(true);
});

test('every check says how, and what to do', () => {
  for (const { how, fix, title } of checks) {
    expect(how.length, title).toBeGreaterThan(20);
    expect(fix, title).toMatch(/\.$/);
  }
});

test('usage: a burst is none, a lasting excess is one', () => {
  expect(sustained([1, 40, 40, 1, 1, 1, 1, 1], 15)).toBe(false);
  expect(sustained([1, 1, 1, 1, 1, 16, 16, 16], 15)).toBe(true);
  expect(sustained([40, 1, 40, 1], 15)).toBe(true);
});

describe.skipIf(!existsSync(PLAN))('beside the plan itself', () => {
  const plan = existsSync(PLAN) ? readFileSync(PLAN, 'utf8') : '';
  const section = (from: string, to: string) =>
    plan.slice(plan.indexOf(from), plan.indexOf(to, plan.indexOf(from)));
  const marked = (text: string) =>
    [...text.matchAll(/^- \u2705 (.+)$/gm)].map(([, words = '']) => words.trim());

  test('the success criteria are its own, word for word', () => {
    expect(CRITERIA).toEqual(marked(section('\n## Success Criteria', '\n## Next Steps')));
  });

  test.each([2, 4, 5, 6, 7, 8])('phase %i: each of its success criteria is a check', (phase) => {
    const titles = checks.filter((one) => one.phase === phase).map(({ title }) => title);
    const own = marked(section(`**Success Criteria for Phase ${phase}:**`, '\n###'));
    const found = marked(section(`**Success Criteria for Phase ${phase}:**`, '\n## '));
    const criteria = own.length > 0 && own.length < found.length ? own : found;
    expect(criteria.length).toBeGreaterThan(2);
    for (const words of criteria.filter((one) => !one.startsWith('All unit tests pass'))) {
      expect(titles).toContain(words);
    }
  });
});
