import { describe, expect, test } from 'vitest';
import { formatClock, parseClock, realClock } from '../src/clock.ts';
import { ConfigError } from '../src/errors.ts';

describe('the real clock', () => {
  test.each([undefined, ''])('is the one without a mapping (%j)', (text) => {
    const clock = parseClock(text);
    expect(clock).toBe(realClock);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    expect(clock.realMs(250)).toBe(250);
  });
});

describe('a faster clock', () => {
  test('begins where it was told, and runs so many times faster', () => {
    const startedMs = Date.now() - 2000;
    const clock = parseClock(formatClock(1_000_000, startedMs, 10));
    const elapsedMs = Date.now() - startedMs;
    expect(clock.speed).toBe(10);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000_000 + elapsedMs * 10);
    expect(clock.now()).toBeLessThan(1_000_000 + (elapsedMs + 1000) * 10);
    expect(clock.realMs(250)).toBe(25);
  });

  test('is the same in every process that is given its text', () => {
    const text = formatClock(5, Date.now(), 2.5);
    expect(Math.abs(parseClock(text).now() - parseClock(text).now())).toBeLessThan(1000);
  });

  test.each(['10', '1@2', '1@2*0', '1@2*-1', 'a@b*c', '1@2*3*4', '1@2*1e9'])(
    'is refused when its text is wrong: %s',
    (text) => {
      expect(() => parseClock(text)).toThrow(ConfigError);
      expect(() => parseClock(text)).toThrow(`PMCP_CLOCK: "${text}"`);
    },
  );
});
