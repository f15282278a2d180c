import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { alertManual } from '../../../src/core/alerts/manual.ts';
import { ALERT_RULES } from '../../../src/core/alerts/rules.ts';

it('docs/alerts.md is current: pmcp alerts docs > docs/alerts.md', () => {
  expect(readFileSync('docs/alerts.md', 'utf8').trimEnd()).toBe(alertManual(ALERT_RULES).trimEnd());
});

it('keys are unique, and parents are rules', () => {
  const keys = ALERT_RULES.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { parents } of ALERT_RULES) for (const one of parents) expect(keys).toContain(one);
});
