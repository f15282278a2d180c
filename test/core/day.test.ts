import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextUtcDayMs, tradingDay, utcDay } from '../../src/core/day.ts';

const at = (iso: string) => Date.parse(iso);

describe('the trading day', () => {
  it('is the UTC day', () => {
    expect(utcDay(at('2026-08-28T23:59:59.999Z'))).toBe('2026-08-28');
    expect(nextUtcDayMs(at('2026-08-28T23:59:59.999Z'))).toBe(at('2026-08-29T00:00:00Z'));
    expect(nextUtcDayMs(at('2026-08-28T00:00:00Z'))).toBe(at('2026-08-29T00:00:00Z'));
  });

  it('begins without a last one, goes on, and never goes back', () => {
    expect(tradingDay(at('2026-08-28T01:00:00Z'), undefined)).toBe('2026-08-28');
    expect(tradingDay(at('2026-08-28T01:00:00Z'), '2026-08-27')).toBe('2026-08-28');
    expect(tradingDay(at('2026-08-28T01:00:00Z'), '2026-08-29')).toBe('2026-08-29');
  });

  it('only rises, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4e12 })), (moments) => {
        let day: string | undefined;
        for (const ms of moments) {
          const next = tradingDay(ms, day);
          expect(day === undefined || next >= day).toBe(true);
          day = next;
        }
      }),
    );
  });
});
