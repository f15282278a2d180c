import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARMED } from '../../src/core/breaker.ts';
import { ARMED_SET, advance, withEquity, withTally } from '../../src/core/breaker-set.ts';
import { countedLoss, DAY_MS, endOfDay, seeEquity } from '../../src/core/day-loss.ts';
import { type McpMeasures, mcpRecovered, mcpTrip } from '../../src/core/mcp-trip-rules.ts';
import { countClose, countOrder, EMPTY_TALLY, type Tally } from '../../src/core/tally.ts';
import { type TradingFacts, tradingTrip } from '../../src/core/trip-rules.ts';

const limits = { maxDailyLossMicro: 100_000_000, maxConsecutiveLosses: 5, cooldownMs: 3_600_000 };
const NOON = 20_000 * DAY_MS + DAY_MS / 2;
const fine: TradingFacts = { day: null, tally: EMPTY_TALLY };
const dayWith = (lossMicro: number, forgivenMicro = 0) => ({
  day: 20_000,
  startEquityMicro: 1_000_000_000,
  lossMicro,
  forgivenMicro,
});
const orders = (text: string): Tally => ({ consecutiveLosses: 0, orders: text });

describe('trading rules', () => {
  const table: [string, Partial<TradingFacts>, string | undefined][] = [
    ['nothing wrong', {}, undefined],
    ['a loss below the limit', { day: dayWith(99_999_999) }, undefined],
    ['a loss at the limit', { day: dayWith(100_000_000) }, 'daily_loss'],
    ['a loss a human accepted', { day: dayWith(150_000_000, 100_000_000) }, undefined],
    ['a fresh loss on top', { day: dayWith(200_000_000, 100_000_000) }, 'daily_loss'],
    ['four losses', { tally: { consecutiveLosses: 4, orders: '' } }, undefined],
    ['five losses', { tally: { consecutiveLosses: 5, orders: '' } }, 'consecutive_losses'],
    ['nine failures are too few to judge', { tally: orders('xxxxxxxxx') }, undefined],
    ['4 of 10 failed', { tally: orders('xxxx......') }, undefined],
    ['5 of 10 failed', { tally: orders('xxxxx.....') }, 'failure_rate'],
    ['5 of 11 failed', { tally: orders('xxxxx......') }, undefined],
    ['disagreement', { disagreement: '3 shares more' }, 'venue_disagreement'],
    ['blind', { blind: 'feed silent for 31 s' }, 'discovery_blind'],
    ['unreadable', { unreadable: 'journal' }, 'state_unreadable'],
    [
      'the gravest names the cause',
      { day: dayWith(100_000_000), blind: 'silent', tally: orders('xxxxxxxxxx') },
      'daily_loss',
    ],
  ];
  it.each(table)('%s', (_, facts, cause) => {
    expect(tradingTrip({ ...fine, ...facts }, limits, NOON)?.cause).toBe(cause);
  });

  it('holds a daily loss until the next UTC day, the others for the cooldown', () => {
    expect(tradingTrip({ ...fine, day: dayWith(100_000_000) }, limits, NOON)).toEqual({
      cause: 'daily_loss',
      detail: 'lost 100 of 100 USDC',
      untilMs: 20_001 * DAY_MS,
      firm: true,
    });
    const blind = tradingTrip({ ...fine, blind: 'silent' }, limits, NOON);
    expect(blind?.untilMs).toBe(NOON + limits.cooldownMs);
    const unreadable = tradingTrip({ ...fine, unreadable: 'journal' }, limits, NOON);
    expect(unreadable?.untilMs).toBeNull();
  });
});

describe('tally', () => {
  it('counts losses in a row and forgets them after a win or an even close', () => {
    const inARow = (...pnls: number[]) => pnls.reduce(countClose, EMPTY_TALLY).consecutiveLosses;
    expect(inARow(-1, -1, -1)).toBe(3);
    expect(inARow(-1, -1, 5)).toBe(0);
    expect(inARow(-1, 0)).toBe(0);
    expect(countClose(EMPTY_TALLY, 1)).toBe(EMPTY_TALLY);
  });

  it('keeps the latest twenty orders', () => {
    let tally = EMPTY_TALLY;
    for (let i = 0; i < 30; i++) tally = countOrder(tally, i < 10);
    expect(tally.orders).toBe('.'.repeat(20));
  });
});

describe('daily loss', () => {
  it('counts from the equity at the start of the day, and gains are no loss', () => {
    let day = seeEquity(null, 1000, NOON);
    expect(day).toEqual({ day: 20_000, startEquityMicro: 1000, lossMicro: 0, forgivenMicro: 0 });
    expect(seeEquity(day, 1000, NOON)).toBe(day);
    day = seeEquity(day, 700, NOON);
    expect(countedLoss(day)).toBe(300);
    expect(countedLoss(seeEquity(day, 1200, NOON))).toBe(0);
    const tomorrow = seeEquity(day, 700, NOON + DAY_MS);
    expect(tomorrow).toMatchObject({ day: 20_001, startEquityMicro: 700, lossMicro: 0 });
  });

  it('is never reset by a clock set back, however often', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            equity: fc.integer({ min: 0, max: 1000 }),
            back: fc.integer({ min: 0, max: 40 * DAY_MS }),
          }),
        ),
        (steps) => {
          const start = seeEquity(null, 1000, NOON);
          let day = start;
          for (const { equity, back } of steps) {
            day = seeEquity(day, equity, NOON - back);
            expect(day.day).toBe(start.day);
            expect(day.startEquityMicro).toBe(1000);
            expect(day.lossMicro).toBe(1000 - equity);
            expect(endOfDay(day)).toBe(20_001 * DAY_MS);
          }
        },
      ),
    );
  });
});

describe('breaker set', () => {
  const trip = { type: 'trip', cause: 'daily_loss', untilMs: 9e12, firm: true } as const;
  const troubled = withTally(withEquity(withEquity(ARMED_SET, 1000, NOON), 600, NOON), {
    consecutiveLosses: 4,
    orders: 'xx',
  });

  it('moves one latch and leaves the others alone', () => {
    const set = advance(ARMED_SET, 'mcp', { ...trip, cause: 'mcp_cpu' }, NOON);
    expect(set.latches.mcp.kind).toBe('tripped');
    for (const latch of ['trading', 'search', 'testing', 'monitoring'] as const) {
      expect(set.latches[latch]).toBe(ARMED);
    }
    expect(advance(ARMED_SET, 'search', { type: 'tick' }, NOON)).toBe(ARMED_SET);
    expect(withTally(ARMED_SET, ARMED_SET.tally)).toBe(ARMED_SET);
    expect(withEquity(troubled, 600, NOON)).toBe(troubled);
  });

  it('counts anew after a trip of trading, and only of trading', () => {
    expect(advance(troubled, 'trading', trip, NOON).tally).toEqual(EMPTY_TALLY);
    expect(advance(troubled, 'mcp', trip, NOON).tally).toBe(troubled.tally);
  });

  it('accepts the loss so far when a human resets, so that the rule does not trip at once', () => {
    const tripped = advance(troubled, 'trading', trip, NOON);
    const reset = advance(tripped, 'trading', { type: 'reset', by: 'ann' }, NOON);
    const tight = { ...limits, maxDailyLossMicro: 100 };
    expect(tradingTrip(tripped, tight, NOON)?.cause).toBe('daily_loss');
    expect(tradingTrip(reset, tight, NOON)).toBeUndefined();
    expect(tradingTrip(withEquity(reset, 500, NOON), tight, NOON)?.cause).toBe('daily_loss');
    expect(reset.day?.lossMicro).toBe(400);
  });
});

describe('mcp rules', () => {
  const table: [string, McpMeasures, string | undefined, boolean][] = [
    ['nothing measured', {}, undefined, true],
    ['coverage at target', { coverage: { value: 0.85, target: 0.85 } }, undefined, true],
    ['coverage short', { coverage: { value: 0.75, target: 0.85 } }, undefined, false],
    ['coverage 68 %', { coverage: { value: 0.68, target: 0.85 } }, undefined, false],
    ['coverage below 68 %', { coverage: { value: 0.6799, target: 0.85 } }, 'mcp_coverage', false],
    ['coverage no number', { coverage: { value: NaN, target: 0.85 } }, 'mcp_coverage', false],
    ['memory at 80 %', { memoryMb: { value: 160, limit: 200 } }, undefined, true],
    ['memory at its limit', { memoryMb: { value: 200, limit: 200 } }, undefined, false],
    ['memory above', { memoryMb: { value: 200.1, limit: 200 } }, 'mcp_memory', false],
    ['memory over the ceiling', { memoryMb: { value: 1001, limit: 5000 } }, 'mcp_memory', false],
    ['memory no number', { memoryMb: { value: NaN, limit: 200 } }, 'mcp_memory', false],
    ['cpu 3 %', { cpuPercent: 3 }, undefined, true],
    ['cpu 5 %', { cpuPercent: 5 }, undefined, false],
    ['cpu 8 %', { cpuPercent: 8 }, 'mcp_cpu', false],
    ['host cpu 89.9 %', { hostCpuPercent: 89.9 }, undefined, false],
    ['host cpu 90 %', { hostCpuPercent: 90 }, 'host_stress', false],
    ['host memory 85 %', { hostMemoryPercent: 85 }, 'host_stress', false],
    ['host memory 68 %', { hostMemoryPercent: 68 }, undefined, true],
  ];
  it.each(table)('%s', (_, measures, cause, recovered) => {
    expect(mcpTrip(measures, 0)?.cause).toBe(cause);
    expect(mcpRecovered(measures)).toBe(recovered);
  });

  it('names the figures', () => {
    const verdict = mcpTrip({ coverage: { value: 0.5, target: 0.85 } }, 1000);
    expect(verdict).toEqual({
      cause: 'mcp_coverage',
      detail: 'coverage 50 % is below 68 %',
      untilMs: 61_000,
    });
    expect(mcpTrip({ memoryMb: { value: 250, limit: 200 } }, 0)?.detail).toBe(
      'MCP memory 250 MB of 200 MB',
    );
    expect(mcpTrip({ hostCpuPercent: 99.92498124529605 }, 0)?.detail).toBe(
      'host CPU 99.92 % of 90 %',
    );
  });
});
