import { describe, expect, it } from 'vitest';
import type { AlertFacts } from '../../../src/core/alerts/facts.ts';
import { ALERT_RULES } from '../../../src/core/alerts/rules.ts';
import type { BotStatus } from '../../../src/core/status.ts';
import { fakeStatus } from '../../fakes/status.ts';

const fine = { status: 'healthy', message: '' } as const;
const NAMES = [
  ...['main_bot', 'wallet_monitor', 'trade_executor', 'circuit_breaker'],
  ...['alert_system', 'codebase_search', 'testing', 'monitoring'],
];

function facts(overrides: Partial<AlertFacts> = {}): AlertFacts {
  return {
    components: Object.fromEntries(NAMES.map((name) => [name, fine])),
    withinLimits: true,
    bot: fakeStatus(),
    mcpLatch: { kind: 'armed' },
    trouble: undefined,
    disk: { freeBytes: 50e9, totalBytes: 100e9 },
    host: { cpuPercent: 20, memoryPercent: 40 },
    coverage: undefined,
    historyProblem: undefined,
    limits: { maxDailyLossMicro: 100_000_000, dailyLossWarning: 0.5, dailyLossCritical: 0.8 },
    ...overrides,
  };
}
const having = (bot: Partial<BotStatus>) => facts({ bot: fakeStatus(bot) });
const component = (name: string, status: 'degraded' | 'critical' | 'unknown', message = 'm') =>
  facts({ components: { ...facts().components, [name]: { status, message } } });
const discovery = fakeStatus().discovery;
const trading = (state: BotStatus['breaker']['trading']) =>
  having({ breaker: { trading: state, mcp: { kind: 'armed' } } });
const trip = { kind: 'tripped', cause: 'failure_rate', atMs: 1, untilMs: null } as const;
const dead = (message: string) => ({
  ...component('main_bot', 'critical', message),
  bot: undefined,
});

/** Key, facts, and the finding: its severity and what its words hold. */
const samples: [string, AlertFacts, string, RegExp][] = [
  ['bot.down', dead('the bot is gone'), 'critical', /gone/],
  ['bot.down', dead('the bot hangs: no status for 9 s'), 'critical', /hangs/],
  ['bot.unwell', component('main_bot', 'degraded'), 'warning', /m/],
  [
    'bot.unwell',
    having({
      components: { ...fakeStatus().components, main_bot: { status: 'critical', message: 'ill' } },
    }),
    'critical',
    /ill/,
  ],
  ['bot.discovery_blind', having({ discovery: { ...discovery, blind: true } }), 'critical', /ago/],
  [
    'bot.discovery_blind',
    having({ discovery: { ...discovery, blind: true, lastMessageAgeMs: null } }),
    'critical',
    /no message yet/,
  ],
  ['bot.wallet_monitor', component('wallet_monitor', 'critical'), 'critical', /m/],
  ['bot.trade_executor', component('trade_executor', 'degraded'), 'warning', /m/],
  ['bot.error', facts({ trouble: { message: 'disk full', count: 1 } }), 'critical', /^disk full$/],
  ['bot.error', facts({ trouble: { message: 'disk full', count: 3 } }), 'critical', /3 notices/],
  ['bot.unknown_orders', having({ unknownOrders: 2 }), 'warning', /2/],
  ['bot.no_entries', having({ entriesAllowed: false, entriesReason: 'why' }), 'warning', /why/],
  ['risk.breaker', trading(trip), 'critical', /failure_rate/],
  ['risk.breaker', trading({ kind: 'probing', cause: 'operator', sinceMs: 1 }), 'warning', /prob/],
  ['risk.breaker', trading({ kind: 'halted', by: 'a', reason: 'r', atMs: 1 }), 'warning', /halt/],
  ['risk.daily_loss', having({ dailyLossMicro: 50_000_000 }), 'warning', /50 of 100 USDC.*50 %/],
  ['risk.daily_loss', having({ dailyLossMicro: 80_000_000 }), 'critical', /80 %/],
  ['mcp.breaker', facts({ mcpLatch: trip }), 'warning', /failure_rate/],
  [
    'mcp.breaker',
    having({ breaker: { trading: { kind: 'armed' }, mcp: trip } }),
    'warning',
    /failure_rate/,
  ],
  ['mcp.search', component('codebase_search', 'critical'), 'warning', /m/],
  ['mcp.testing', component('testing', 'degraded'), 'warning', /m/],
  [
    'mcp.coverage',
    facts({ coverage: { found: 0.8, target: 0.85, before: undefined } }),
    'warning',
    /80 % of lines, target 85 %$/,
  ],
  [
    'mcp.coverage',
    facts({ coverage: { found: 0.9, target: 0.85, before: 0.95 } }),
    'warning',
    /was 95 %/,
  ],
  ['mcp.monitoring', component('monitoring', 'degraded'), 'warning', /m/],
  ['mcp.limits', facts({ withinLimits: false }), 'warning', /health/],
  ['mcp.history', facts({ historyProblem: 'disk full' }), 'warning', /full/],
  ['mcp.alerts', component('alert_system', 'critical'), 'critical', /m/],
  ['host.disk', facts({ disk: { freeBytes: 9e9, totalBytes: 100e9 } }), 'warning', /9 % free/],
  ['host.disk', facts({ disk: { freeBytes: 3e9, totalBytes: 100e9 } }), 'critical', /3000 MB/],
  ['host.stress', facts({ host: { cpuPercent: 95, memoryPercent: 10 } }), 'warning', /95 %/],
  ['host.stress', facts({ host: { cpuPercent: null, memoryPercent: 90 } }), 'warning', /unknown/],
];

describe('each rule', () => {
  const ruleOf = (key: string) => {
    const rule = ALERT_RULES.find((one) => one.key === key);
    if (!rule) throw new Error(`no rule ${key}`);
    return rule;
  };

  it.each(samples)('%s finds its trouble', (key, found, severity, words) => {
    const answer = ruleOf(key).check(found);
    expect(answer).toMatchObject({ severity, detail: expect.stringMatching(words) });
  });

  it.each(ALERT_RULES)('$key has a sample, and finds nothing when all is well', (rule) => {
    expect(samples.map(([key]) => key)).toContain(rule.key);
    expect(rule.check(facts())).toBeUndefined();
  });

  it.each(ALERT_RULES.filter(({ key }) => /^(?:bot|risk)\.(?!down|error)/.test(key)))(
    '$key cannot be told while the bot is silent',
    (rule) => {
      const components = Object.fromEntries(
        NAMES.map((name) => [name, { status: 'unknown', message: '' } as const]),
      );
      expect(rule.check(facts({ bot: undefined, components }))).toBe('unknown');
    },
  );

  it('a bot that has come back is not unwell by an old check', () => {
    const back = component('main_bot', 'critical', 'gone');
    expect(ruleOf('bot.unwell').check(back)).toBe('unknown');
    expect(ruleOf('bot.down').check(back)).toBeUndefined();
    expect(ruleOf('bot.down').check(component('main_bot', 'unknown'))).toBe('unknown');
  });

  it('what is absent is not judged', () => {
    expect(ruleOf('host.disk').check(facts({ disk: undefined }))).toBe('unknown');
    expect(ruleOf('mcp.search').check(facts({ components: {} }))).toBe('unknown');
    const held = trading(trip).bot;
    const bot = held && { ...held, entriesAllowed: false };
    expect(ruleOf('bot.no_entries').check(facts({ bot }))).toBeUndefined();
  });
});
