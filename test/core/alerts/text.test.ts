import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/core/alerts/engine.ts';
import { ALERT_RULES } from '../../../src/core/alerts/rules.ts';
import { isGlob, isSilenced, parseSpan, spanWords } from '../../../src/core/alerts/silence.ts';
import { maintenanceText, messageOf, shorten } from '../../../src/core/alerts/text.ts';

const rule = ALERT_RULES[0];
if (!rule) throw new Error('no rules');
const WALLET = `0x${'1a'.repeat(20)}`;

function entry(kind: Entry['kind'], overrides: Partial<Entry['alert']> = {}): Entry {
  const alert: Entry['alert'] = {
    ...{ id: 'a1', key: rule?.key ?? '', severity: 'critical', title: 'Down', detail: 'gone' },
    ...{ raisedAtMs: 0, resolvedAtMs: null, acknowledged: null, told: null },
    ...{ escalatedAtMs: null, untold: 0, ...overrides },
  };
  return { kind, alert, rule: rule as Entry['rule'] };
}
const matches = (glob: string, key: string) =>
  isSilenced(
    [{ id: 's', glob, by: '', reason: '', fromMs: 0, untilMs: 9 }],
    { key, urgent: true },
    1,
  );
const heading = { environment: 'staging', nowMs: 720_000 };

describe('a message', () => {
  it('names environment, severity, cause, since when, and what to do', () => {
    expect(messageOf([entry('raised')], heading)).toBe(
      `[staging] CRITICAL: Down\ngone\nsince 1970-01-01 00:00:00Z (for 12 min) · bot.down · a1\n` +
        `Do: ${rule.todo}`,
    );
    expect(messageOf([entry('worsened')], heading)).toContain('NOW CRITICAL: Down');
    expect(messageOf([entry('escalated')], heading)).toContain('ESCALATED TO CRITICAL');
    expect(messageOf([entry('resolved')], heading)).toContain('RESOLVED: Down, after 12 min');
    expect(messageOf([entry('flapped')], heading)).toContain('CAME AND WENT');
  });

  it('holds all of one check, the worst first', () => {
    const text = messageOf(
      [entry('resolved'), entry('raised', { severity: 'warning' }), entry('raised')],
      heading,
    );
    expect(text).toMatch(/CRITICAL[\s\S]*WARNING[\s\S]*RESOLVED/);
    expect(messageOf(Array(11).fill(entry('raised')), heading)).toContain('and 3 more');
  });

  it('fits, whatever is in it, and never holds a whole address', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2000 }), { minLength: 1 }), (details) => {
        const entries = details.map((detail) => entry('raised', { detail: `${WALLET} ${detail}` }));
        const text = messageOf(entries, heading);
        expect(text.length).toBeLessThanOrEqual(4000);
        expect(text).not.toContain(WALLET);
      }),
    );
  });

  it('shortens what is long and hides what is a token', () => {
    expect(shorten(`of ${WALLET}.`)).toBe('of 0x1a1a…1a1a.');
    expect(shorten(`bot123456789:${'A'.repeat(35)}`)).not.toContain('AAAA');
    expect(shorten(`at 123456789:${'A'.repeat(35)} x`)).toBe('at [redacted] x');
  });
});

describe('silences', () => {
  it.each([
    ['bot.down', 'bot.down', true],
    ['bot.down', 'bot.downs', false],
    ['bot.*', 'bot.down', true],
    ['*', 'mcp.search', true],
    ['*.d*n', 'bot.down', true],
    ['a*a', 'a', false],
    ['mcp.*', 'bot.down', false],
    ['b*x*n', 'bot.down', false],
  ])('%s and %s: %s', (glob, key, expected) => expect(matches(glob, key)).toBe(expected));

  it('match as an expression would, in linear time', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const keys = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(letters, keys, (glob, key) => {
        const expression = new RegExp(`^${glob.replace(/\*+/g, '.*')}$`);
        expect(matches(glob, key)).toBe(expression.test(key));
      }),
    );
  });

  it('count between their beginning and their end', () => {
    const one = { id: 's', glob: 'a*', by: '', reason: '', fromMs: 10, untilMs: 20 };
    expect(
      [9, 10, 19, 20].map((nowMs) => isSilenced([one], { key: 'ab', urgent: true }, nowMs)),
    ).toEqual([...[false, true, true, false]]);
    expect([isGlob('mcp.*'), isGlob('(a+)+'), isGlob('')]).toEqual([true, false, false]);
  });

  it('maintenance holds back all but what is urgent', () => {
    const work = { id: 's', glob: '*', by: '', reason: '', fromMs: 0, untilMs: 9 };
    const maintenance = { ...work, maintenance: 'deploy' as const };
    const held = (key: string) => {
      const found = ALERT_RULES.find((one) => one.key === key);
      return found && isSilenced([maintenance], found, 1);
    };
    expect(['mcp.search', 'host.disk', 'bot.unwell'].map(held)).toEqual([true, true, true]);
    expect(['bot.down', 'risk.breaker', 'risk.daily_loss'].map(held)).toEqual([
      ...[false, false, false],
    ]);
    const said = maintenanceText('staging', 'begun', maintenance, 'ann');
    expect(said).toMatch(
      /^\[staging\] MAINTENANCE for 0 s at most, until 1970-01-01 00:00:00Z, deploy by ann/,
    );
    expect(maintenanceText('staging', 'ended', maintenance, 'ann')).toContain('deploy by ann');
  });

  it('spans are read and told', () => {
    expect(['90s', '30m', '2h', '7d'].map(parseSpan)).toEqual([
      90_000, 1_800_000, 7_200_000, 604_800_000,
    ]);
    expect(['', '0m', '8d', '1.5h', 'm', '-1m'].map(parseSpan)).toEqual(Array(6).fill(undefined));
    const spans = [42_000, 720_000, 11_100_000, 7_200_000, 187_200_000, 259_200_000];
    expect(spans.map(spanWords)).toEqual([
      ...['42 s', '12 min', '3 h 5 min', '2 h', '2 d 4 h', '3 d'],
    ]);
  });
});
