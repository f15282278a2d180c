import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLogLine, parseSince, passes, toLogLine } from '../../src/core/log-line.ts';

const time = '2026-05-03T10:00:00.000Z';
const line = { time, level: 'warn', process: 'bot', message: 'slow', fillId: 'f' } as const;
const origin = { time, process: 'mcp', stream: 'stderr' } as const;

test('a structured line is taken as it is', () => {
  expect(toLogLine(JSON.stringify(line), origin)).toEqual(line);
});

test.each([
  '{"time":1}',
  '{not json',
  'null',
  JSON.stringify({ ...line, level: 'loud' }),
  JSON.stringify({ ...line, time: 'soon' }),
  JSON.stringify({ ...line, message: 7 }),
  JSON.stringify({ ...line, process: null }),
])('%s is a text like any other', (text) => {
  expect(parseLogLine(text)).toBeUndefined();
  expect(toLogLine(text, origin)).toEqual({ time, level: 'warn', process: 'mcp', message: text });
});

test.each([
  ['stdout', 'TypeError: what a program prints on stdout is its answer', 'info'],
  ['stderr', 'a remark', 'warn'],
  ['stderr', 'pmcp: port 9090 is in use', 'error'],
  ['stderr', 'TypeError: x is undefined', 'error'],
  ['stderr', '    at main (pmcp.js:1:1)', 'error'],
] as const)('%s: %s', (stream, text, level) => {
  expect(toLogLine(text, { ...origin, stream }).level).toBe(level);
});

test('whatever is printed becomes one line, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const made = toLogLine(text, origin);
      expect(JSON.stringify(made)).not.toContain('\n');
      expect(typeof made.message).toBe('string');
    }),
  );
});

test('the filter: process, level and moment', () => {
  const all = { process: undefined, level: 'debug', sinceMs: undefined } as const;
  expect(passes(line, all)).toBe(true);
  expect(passes(line, { ...all, process: 'mcp' })).toBe(false);
  expect(passes(line, { ...all, level: 'warn' })).toBe(true);
  expect(passes(line, { ...all, level: 'error' })).toBe(false);
  expect(passes(line, { ...all, sinceMs: Date.parse(time) })).toBe(true);
  expect(passes(line, { ...all, sinceMs: Date.parse(time) + 1 })).toBe(false);
});

describe('since', () => {
  const now = Date.parse(time);
  test.each([
    ['30s', now - 30_000],
    ['1.5m', now - 90_000],
    ['2h', now - 7_200_000],
    ['1d', now - 86_400_000],
    ['2026-05-03T09:00:00Z', now - 3_600_000],
    ['2026-05-03', Date.parse('2026-05-03')],
    ['10', undefined],
    ['yesterday', undefined],
    ['2026-99-99', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(parseSince(text, now)).toBe(expected);
  });
});
