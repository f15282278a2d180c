import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failed, passed, skipped, unknown } from '../../../src/core/validation.ts';
import { checks } from '../../../src/observe/validate/checks.ts';
import { keepCheck, readChecks } from '../../../src/plan/review/checks-file.ts';
import type { CheckRecord } from '../../../src/plan/review/facts.ts';
import {
  belongsTo,
  errorGroups,
  exitCodeOf,
  lastLookMs,
  newTrips,
  recordOf,
} from '../../../src/plan/review/now.ts';
import { RELEASE_MS, trip } from './input.ts';

const HOUR_MS = 3_600_000;
const line = (level: 'error' | 'warn', message: string, process = 'bot') => ({
  time: '2026-04-06T00:00:00Z',
  level,
  process,
  message,
});

test('the parts take checks that exist: all servers, the limits, the breakers', () => {
  const of = (part: 'servers' | 'resources' | 'breakers') =>
    checks.map(({ name }) => name).filter((name) => belongsTo(part, name));
  expect(of('servers').filter((name) => name.startsWith('MCP server '))).toHaveLength(3);
  expect(of('servers')).toContain('dashboard answers');
  expect(of('resources')).toHaveLength(2);
  expect(of('breakers')).toHaveLength(1);
});

test('errors that differ in numbers and addresses are one finding', () => {
  const found = errorGroups([
    line('error', 'order 0xabcdef12 failed after 12.5 ms'),
    line('error', 'order 0x99887766 failed after 3 ms\n  at stack'),
    line('error', 'disk full', 'mcp'),
    line('warn', 'slow'),
  ]);
  expect(found).toEqual([
    {
      name: 'log of bot',
      result: 'failed',
      detail: 'order <address> failed after N ms (repeated)',
    },
    { name: 'log of mcp', result: 'failed', detail: 'disk full' },
  ]);
  expect(errorGroups([line('warn', 'slow')])).toMatchObject([{ result: 'passed' }]);
});

test('trips since the last look are news, older ones are not', () => {
  const marks = trip(RELEASE_MS, 'daily_loss');
  expect(newTrips(marks, RELEASE_MS - 1)).toMatchObject({
    result: 'failed',
    detail: 'trading by daily_loss at 2026-04-06 00:00 UTC',
  });
  expect(newTrips(marks, RELEASE_MS + 1)).toMatchObject({ result: 'passed' });
});

test('one failure is enough; what cannot be told is told; production takes no skipped check', () => {
  const record = (some: ReturnType<typeof passed>[], target: 'staging' | 'production') =>
    recordOf(
      'servers',
      some.map((one) => ({ name: 'n', ...one })),
      { atMs: 1, target },
    );
  expect(record([passed('a'), failed('b'), unknown('c')], 'staging')).toEqual({
    atMs: 1,
    part: 'servers',
    result: 'failed',
    findings: ['n: b', 'n: c'],
  });
  expect(record([passed('a'), skipped('b')], 'staging').result).toBe('passed');
  expect(record([passed('a'), skipped('b')], 'production').result).toBe('unknown');
  expect(record([], 'staging').result).toBe('unknown');
});

test('looks are kept, damaged lines are passed over, and the next look begins at the last', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-looks-'));
  const record = (atMs: number, result: CheckRecord['result']): CheckRecord => ({
    atMs,
    part: 'logs',
    result,
    findings: [],
  });
  writeFileSync(join(directory, 'checks.log'), 'torn {\n{"atMs":1,"part":"nonsense"}\n');
  keepCheck(directory, record(RELEASE_MS, 'passed'));
  keepCheck(directory, record(RELEASE_MS + HOUR_MS, 'unknown'));
  const kept = readChecks(directory);
  expect(kept).toHaveLength(2);
  expect(lastLookMs(kept, 'logs', RELEASE_MS + 2 * HOUR_MS)).toBe(RELEASE_MS + HOUR_MS);
  expect(lastLookMs(kept, 'servers', RELEASE_MS)).toBe(RELEASE_MS - HOUR_MS);
  expect(lastLookMs(kept, 'logs', RELEASE_MS + 99 * HOUR_MS)).toBe(RELEASE_MS + 75 * HOUR_MS);
  expect([exitCodeOf(kept.slice(0, 1)), exitCodeOf(kept)]).toEqual([0, 4]);
  expect(exitCodeOf([...kept, record(1, 'failed')])).toBe(1);
  rmSync(directory, { recursive: true });
});
