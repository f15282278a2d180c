import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComponentVerdict } from '../../src/core/status.ts';
import { type Evidence, judge, overall, type Verdict } from '../../src/core/verdicts.ts';

const letters: Record<string, ComponentVerdict> = {
  h: 'healthy',
  d: 'degraded',
  c: 'critical',
  u: 'unknown',
  x: 'disabled',
};

/** Runs checks, upper case for certain ones; answers the verdict after each. */
function run(checks: string): string {
  let verdict: Verdict | undefined;
  return [...checks]
    .map((letter, i) => {
      const status = letters[letter.toLowerCase()] ?? 'unknown';
      verdict = judge(verdict, { status, message: '', certain: letter < 'a' }, i);
      return verdict.status[0] === 'd' && verdict.status === 'disabled' ? 'x' : verdict.status[0];
    })
    .join('');
}

test.each([
  ['the first check decides', 'd', 'd'],
  ['two bad checks are a blip', 'hddhh', 'hhhhh'],
  ['three in a row degrade', 'hddd', 'hhhd'],
  ['a good check begins the count again', 'hddhddhddd', 'hhhhhhhhhd'],
  ['one good check is no recovery', 'dhdhd', 'ddddd'],
  ['two in a row recover', 'dhh', 'ddh'],
  ['degraded to critical takes three as well', 'dcccc', 'dddcc'],
  ['only what all three agree on', 'hcdc', 'hhhd'],
  ['only what both agree on', 'cdh', 'ccd'],
  ['critical to degraded to healthy', 'cddhh', 'ccddh'],
  ['what is certain is believed at once', 'hChh', 'hcch'],
  ['certain recovery too', 'cH', 'ch'],
  ['unknown is never shown as healthy', 'huh', 'huh'],
  ['disabled is no degree', 'hxd', 'hxd'],
])('%s: %s -> %s', (_, checks, expected) => {
  expect(run(checks)).toBe(expected);
});

test('since is when the status began, the message that of the last check that agrees', () => {
  const check = (previous: Verdict | undefined, status: ComponentVerdict, atMs: number) =>
    judge(previous, { status, message: `${status} ${atMs}`, figures: { memory_mb: atMs } }, atMs);
  let verdict = check(undefined, 'healthy', 1);
  verdict = check(verdict, 'healthy', 2);
  expect(verdict).toMatchObject({ sinceMs: 1, message: 'healthy 2' });
  verdict = check(verdict, 'degraded', 3);
  expect(verdict).toMatchObject({
    status: 'healthy',
    message: 'healthy 2',
    figures: { memory_mb: 3 },
  });
  verdict = check(check(verdict, 'degraded', 4), 'degraded', 5);
  expect(verdict).toMatchObject({ status: 'degraded', sinceMs: 5, message: 'degraded 5' });
});

test.each([
  ['', 'healthy'],
  ['hx', 'healthy'],
  ['hd', 'degraded'],
  ['hu', 'degraded'],
  ['udc', 'critical'],
])('the whole of %j is %s', (parts, expected) => {
  expect(overall([...parts].map((p) => ({ status: letters[p] ?? 'unknown' })))).toBe(expected);
});

const evidence: fc.Arbitrary<Evidence> = fc.record({
  status: fc.constantFrom<ComponentVerdict>(
    'healthy',
    'degraded',
    'critical',
    'unknown',
    'disabled',
  ),
  message: fc.constant('m'),
  certain: fc.boolean(),
});

test('healthy begins only on healthy news and never outlives three other checks', () => {
  fc.assert(
    fc.property(fc.array(evidence, { minLength: 1, maxLength: 40 }), (checks) => {
      let verdict: Verdict | undefined;
      for (const [i, check] of checks.entries()) {
        const before: Verdict | undefined = verdict;
        verdict = judge(verdict, check, i);
        if (before && verdict.status === before.status) {
          expect(verdict.sinceMs).toBe(before.sinceMs);
        } else expect(verdict.sinceMs).toBe(i);
        if (check.certain || check.status === 'unknown') expect(verdict.status).toBe(check.status);
        // Healthy begins only with a healthy check, and never outlives three others.
        if (verdict.status === 'healthy' && before?.status !== 'healthy') {
          expect(check.status).toBe('healthy');
        }
        const last = checks.slice(Math.max(0, i - 2), i + 1);
        if (last.length === 3 && verdict.status === 'healthy') {
          expect(last.some((one) => one.status === 'healthy')).toBe(true);
        }
      }
    }),
  );
});
