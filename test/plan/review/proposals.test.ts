import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Key, keys, schema } from '../../../src/config/schema.ts';
import { DAY_MS, HOUR_MS } from '../../../src/plan/review/facts.ts';
import { LOOSER, permitted } from '../../../src/plan/review/proposal.ts';
import { propose } from '../../../src/plan/review/proposals.ts';
import { alert, DEFAULTS, hour, quietWeek, RELEASE_MS, trip } from './input.ts';

const MINUTE_MS = 60_000;
const FROM_MS = RELEASE_MS + 14 * DAY_MS;
const settings = (more: Record<string, number>) => ({
  ...DEFAULTS,
  ...Object.fromEntries(
    Object.entries(more).map(([key, value]) => [key, { value, origin: 'default' }]),
  ),
});
const hours = (more: Parameters<typeof hour>[1], count = 168) =>
  Array.from({ length: count }, (_, index) => hour(FROM_MS + index * HOUR_MS, more));
const changes = (input: ReturnType<typeof quietWeek>) =>
  propose(input).proposals.map(({ key, from, to }) => [key, from, to]);
const repeats = (key: string, count: number, falseCount: number, gapMinutes = 400) =>
  Array.from({ length: count }, (_, index) =>
    alert(key, FROM_MS + index * gapMinutes * MINUTE_MS, 3, index < falseCount),
  );

test('a quiet week speaks for nothing, in any week', () => {
  for (const number of [1, 2, 3, 9]) {
    expect(propose(quietWeek(number))).toEqual({ proposals: [], advice: [] });
  }
});

test('the first week proposes nothing, the second limits only, the third all', () => {
  const marks = [...trip(FROM_MS, 'daily_loss'), ...trip(FROM_MS + DAY_MS, 'daily_loss')];
  const samples = hours({ mcpRssBytes: 90e6 });
  const at = (number: number) => {
    const input = quietWeek(3, { samples, marks });
    return changes({ ...input, week: { ...input.week, number } });
  };
  expect(at(1)).toEqual([]);
  expect(at(2)).toEqual([['MCP_RESOURCE_LIMIT_MB', 1000, 200]]);
  expect(at(3)).toEqual([
    ['MCP_RESOURCE_LIMIT_MB', 1000, 200],
    ['MAX_TRADE_AMOUNT', 25, 20],
  ]);
});

describe('limits', () => {
  test('a use near the limit is told, and nothing is raised', () => {
    const { proposals, advice } = propose(quietWeek(2, { samples: [] }));
    expect([proposals, advice]).toEqual([[], []]);
    const input = quietWeek(3, { samples: hours({ mcpRssBytes: 950e6 }) });
    const near = propose(input);
    expect(near.proposals).toEqual([]);
    expect(near.advice).toMatchObject([{ topic: 'MCP_RESOURCE_LIMIT_MB' }]);
  });
  test('two days of hours are too few', () => {
    expect(changes(quietWeek(3, { samples: hours({ mcpRssBytes: 90e6 }, 48) }))).toEqual([]);
  });
});

describe('intervals', () => {
  test('checks get rarer near the CPU budget, and never rarer than a minute', () => {
    const samples = hours({ mcpCpuPercent: 0.9 });
    expect(changes(quietWeek(3, { samples }))).toEqual([['MONITOR_INTERVAL_SECONDS', 30, 60]]);
    const slow = settings({ MONITOR_INTERVAL_SECONDS: 60 });
    expect(changes(quietWeek(3, { samples, settings: slow }))).toEqual([]);
  });
  test('checks get closer when troubles are short and looking is cheap', () => {
    const samples = hours({ mcpCpuPercent: 0.1 });
    const short = Array.from({ length: 6 }, (_, i) =>
      alert('host.stress', FROM_MS + i * DAY_MS, 1),
    );
    const input = quietWeek(3, { samples, alerts: short });
    expect(changes(input)).toEqual([['MONITOR_INTERVAL_SECONDS', 30, 15]]);
    expect(changes({ ...input, alerts: short.slice(1, 4) })).toEqual([]);
    const long = short.map((one) => ({ ...one, resolvedAtMs: one.raisedAtMs + HOUR_MS }));
    expect(changes({ ...input, alerts: long })).toEqual([]);
    const fast = settings({ MONITOR_INTERVAL_SECONDS: 10 });
    expect(changes({ ...input, settings: fast })).toEqual([]);
  });
  test('no figure of CPU: nothing is said of checks', () => {
    expect(changes(quietWeek(3, { samples: hours({ mcpCpuPercent: null }) }))).toEqual([]);
  });
  test('polling gets closer when trades are missed, and only closer', () => {
    const samples = hours({ completeness: 0.9 });
    expect(changes(quietWeek(3, { samples }))).toEqual([['MONITOR_INTERVAL', 15, 8]]);
    const fast = settings({ MONITOR_INTERVAL: 3 });
    expect(changes(quietWeek(3, { samples, settings: fast }))).toEqual([]);
  });
});

describe('alerts', () => {
  test('false alarms of monitoring widen its budget up to what the plan allows', () => {
    const alerts = repeats('mcp.monitoring', 20, 15);
    const tight = settings({ MONITORING_MAX_CPU_PERCENT: 0.7, MONITORING_MAX_MEMORY_MB: 90 });
    expect(changes(quietWeek(3, { alerts, settings: tight }))).toEqual([
      ['MONITORING_MAX_CPU_PERCENT', 0.7, 0.88],
      ['MONITORING_MAX_MEMORY_MB', 90, 100],
    ]);
    const { proposals, advice } = propose(quietWeek(3, { alerts }));
    expect(proposals).toEqual([]);
    expect(advice).toMatchObject([{ topic: 'mcp.monitoring' }]);
  });
  test('a handful of false ones may be chance, and unjudged ones say nothing', () => {
    const few = quietWeek(3, { alerts: repeats('mcp.monitoring', 3, 1) });
    expect(propose(few)).toEqual({ proposals: [], advice: [] });
    const unjudged = repeats('mcp.monitoring', 20, 0).map((one) => ({
      ...one,
      acknowledged: null,
    }));
    expect(propose(quietWeek(3, { alerts: unjudged }))).toEqual({ proposals: [], advice: [] });
  });
  test.each(['risk.daily_loss', 'bot.discovery_blind'])('%s is never made laxer', (key) => {
    const { proposals, advice } = propose(quietWeek(3, { alerts: repeats(key, 20, 20) }));
    expect(proposals).toEqual([]);
    expect(advice[0]?.words).toMatch(/guards money/);
  });
  test('what no key tunes is told as such', () => {
    const { advice } = propose(quietWeek(3, { alerts: repeats('host.stress', 20, 20) }));
    expect(advice[0]?.words).toMatch(/No key tunes/);
  });
  test('warnings that come and go widen the window of duplicates', () => {
    const alerts = repeats('host.stress', 8, 0, 25);
    expect(changes(quietWeek(3, { alerts }))).toEqual([['DUPLICATE_ALERT_WINDOW_MINUTES', 10, 25]]);
    const wide = settings({ DUPLICATE_ALERT_WINDOW_MINUTES: 30 });
    expect(changes(quietWeek(3, { alerts, settings: wide }))).toEqual([]);
    expect(changes(quietWeek(3, { alerts: alerts.slice(0, 4) }))).toEqual([]);
  });
});

describe('trips', () => {
  test('relapses lengthen the cooldown', () => {
    const at = (n: number) => trip(FROM_MS + n * 1.5 * HOUR_MS, 'discovery_blind');
    const input = quietWeek(3, { marks: [...at(0), ...at(1), ...at(2)] });
    expect(changes(input)).toEqual([['BREAKER_COOLDOWN_SECONDS', 3600, 7200]]);
    expect(propose(input).advice).toMatchObject([{ topic: 'trading latch' }]);
    const long = settings({ BREAKER_COOLDOWN_SECONDS: 14_400 });
    expect(changes({ ...input, settings: long })).toEqual([]);
  });
  test('an hour of the day is named only when most trips are in it', () => {
    const daily = [0, 1, 2, 3].flatMap((n) => trip(FROM_MS + n * DAY_MS, 'host_stress'));
    expect(propose(quietWeek(3, { marks: daily })).advice[0]?.words).toMatch(
      /4 of them between 0:00/,
    );
    const apart = [0, 1, 2, 3].flatMap((n) => trip(FROM_MS + n * 31 * HOUR_MS, 'operator'));
    expect(propose(quietWeek(3, { marks: apart })).advice[0]?.words).not.toMatch(/between/);
  });
  test('smaller trades stop at the least that is traded', () => {
    const marks = [0, 1].flatMap((n) => trip(FROM_MS + n * DAY_MS, 'daily_loss'));
    const least = settings({ MAX_TRADE_AMOUNT: 5 });
    expect(changes(quietWeek(3, { marks, settings: least }))).toEqual([]);
  });
});

test('every number that limits risk has a direction, and nothing else of the schema is missing', () => {
  const guards = keys.filter(
    (key) => schema[key].group === 'Risk' && typeof schema[key].defaultValue === 'number',
  );
  expect(Object.keys(LOOSER)).toEqual(expect.arrayContaining(guards));
  for (const key of Object.keys(LOOSER)) expect(schema[key as Key], key).toBeDefined();
});

describe('the gate', () => {
  const proposal = (key: string, from: number, to: number) => ({
    key,
    from,
    to,
    reason: '',
    evidence: '',
  });
  test('refuses whatever is laxer, or no change', () => {
    expect(permitted(proposal('MAX_DAILY_LOSS', 100, 101))).toBe(false);
    expect(permitted(proposal('BREAKER_COOLDOWN_SECONDS', 3600, 60))).toBe(false);
    expect(permitted(proposal('MAX_DAILY_LOSS', 100, 0))).toBe(false);
    expect(permitted(proposal('MAX_DAILY_LOSS', 100, Number.NaN))).toBe(false);
    expect(permitted(proposal('DASHBOARD_REFRESH_SECONDS', 5, 5))).toBe(false);
    // 0 switches a stop loss off: every value is tighter than that.
    expect(permitted(proposal('STOP_LOSS_PERCENTAGE', 0, 0.3))).toBe(true);
    expect(permitted(proposal('MIN_TRADE_AMOUNT', 0, 0.3))).toBe(false);
    expect(permitted(proposal('MAX_DAILY_LOSS', 100, 99))).toBe(true);
    expect(permitted(proposal('ALERT_COOLDOWN_MINUTES', 5, 15))).toBe(true);
  });
});

const week = fc.record({
  cpu: fc.double({ min: 0, max: 3, noNaN: true }),
  mcpMb: fc.double({ min: 1, max: 2000, noNaN: true }),
  completeness: fc.double({ min: 0.5, max: 1, noNaN: true }),
  alerts: fc.array(
    fc.record({
      key: fc.constantFrom('mcp.monitoring', 'risk.daily_loss', 'host.stress', 'bot.error'),
      atMinutes: fc.integer({ min: 0, max: 10_000 }),
      minutes: fc.integer({ min: 0, max: 90 }),
      judged: fc.constantFrom(true, false, undefined),
    }),
    { maxLength: 60 },
  ),
  trips: fc.array(
    fc.tuple(
      fc.constantFrom('daily_loss', 'discovery_blind', 'failure_rate', 'nonsense'),
      fc.integer({ min: 0, max: 160 }),
    ),
    { maxLength: 12 },
  ),
  scale: fc.double({ min: 0.05, max: 3, noNaN: true }),
});

test('whatever happened: no proposal is laxer, each keeps the schema, and the same facts say the same', () => {
  fc.assert(
    fc.property(week, ({ cpu, mcpMb, completeness, alerts, trips, scale }) => {
      const scaled = Object.fromEntries(
        Object.entries(DEFAULTS).map(([key, { value }]) => [
          key,
          { value: value * scale, origin: 'default' },
        ]),
      );
      const input = quietWeek(3, {
        settings: scaled,
        samples: hours({ mcpCpuPercent: cpu, mcpRssBytes: mcpMb * 1e6, completeness }),
        alerts: alerts.map((one) =>
          alert(one.key, FROM_MS + one.atMinutes * MINUTE_MS, one.minutes, one.judged),
        ),
        marks: trips.flatMap(([cause, at]) => trip(FROM_MS + at * HOUR_MS, cause)),
      });
      const { proposals } = propose(input);
      for (const one of proposals) {
        const spec: { min?: number; max?: number } = schema[one.key as Key];
        expect(one.from).toBe(scaled[one.key]?.value);
        expect(permitted(one)).toBe(true);
        expect(one.to).toBeGreaterThanOrEqual(spec.min ?? 0);
        expect(one.to).toBeLessThanOrEqual(spec.max ?? Number.POSITIVE_INFINITY);
        expect(one.evidence).toMatch(/\d/);
      }
      expect(new Set(proposals.map(({ key }) => key)).size).toBe(proposals.length);
      expect(propose(input)).toEqual(propose(input));
    }),
    { numRuns: 150 },
  );
});
