import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { between, countOf, EMPTY_SPAN, merge, quantile } from '../../../src/core/latency-delta.ts';
import { LATENCY_BOUNDS_S, type LatencySummary } from '../../../src/core/status.ts';
import type { DecisionEvent } from '../../../src/observe/history/decisions.ts';
import { createHistory, type History } from '../../../src/observe/history/history.ts';
import { markRelease } from '../../../src/observe/history/recorder.ts';
import { HOUR_MS, MINUTE_MS, type Sample } from '../../../src/observe/history/samples.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 30);
let directory: string;
let history: History;
let now = NOW;
const open = () => createHistory({ path: join(directory, 'monitor.db'), nowMs: () => now });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmcp-history-'));
  now = NOW;
  history = open();
});
afterEach(() => {
  history.close();
  rmSync(directory, { recursive: true });
});

const decision = (fillId: string, more: Partial<DecisionEvent> = {}): DecisionEvent => ({
  kind: 'decision',
  fillId,
  wallet: '0xa',
  title: 'T',
  outcome: 'Yes',
  side: 'BUY',
  leaderSharesMicro: 1,
  leaderPriceMicro: 2,
  result: 'skip',
  reason: 'stale',
  detail: 'old',
  orderId: null,
  usdcMicro: null,
  ...more,
});
const sample = (atMs: number, more: Partial<Sample> = {}): Sample => ({
  spanMs: MINUTE_MS,
  atMs,
  health: 'healthy',
  botRssBytes: 100,
  botCpuPercent: null,
  mcpRssBytes: null,
  mcpCpuPercent: null,
  loopDelayP99Ms: null,
  equityMicro: 5,
  dailyLossMicro: 0,
  exposureMicro: 0,
  completeness: null,
  latency: { feed: EMPTY_SPAN, internal: EMPTY_SPAN, ack: EMPTY_SPAN },
  ...more,
});

test('decisions are found by filter, by the beginning of an id, and told once', () => {
  history.event(decision('0xa:1'), NOW + 1);
  history.event(decision('0xa:1', { reason: 'slippage' }), NOW + 2);
  history.event(
    decision('0xb:2', { result: 'copy', reason: 'copied', orderId: '0xorder', wallet: '0xb' }),
    NOW + 3,
  );
  history.event(
    {
      kind: 'order',
      fillId: '0xb:2',
      orderId: '0xorder',
      outcome: 'accepted',
      detail: '',
      sharesMicro: 1,
      usdcMicro: 2,
    },
    NOW + 4,
  );
  const query = { limit: 10, offset: 0 };
  expect(history.decisions(query).decisions.map(({ event }) => event.fillId)).toEqual([
    '0xb:2',
    '0xa:1',
  ]);
  expect(history.decisions({ ...query, reason: 'stale' })).toMatchObject({ total: 1 });
  expect(history.decisions({ ...query, reason: 'slippage' })).toMatchObject({ total: 0 });
  expect(
    history.decisions({ ...query, wallet: '0xb', result: 'copy', sinceMs: NOW + 4 }),
  ).toMatchObject({
    total: 0,
  });
  expect(history.find('0xord', 5)).toHaveLength(1);
  expect(history.trail('0xorder')).toMatchObject([
    { atMs: NOW + 4, event: { outcome: 'accepted' } },
  ]);
});

test('it survives a restart, keeps its file private, and remembers marks', () => {
  history.event(decision('one'), NOW + 1);
  history.event(
    {
      kind: 'breaker',
      latch: 'trading',
      from: 'armed',
      to: 'tripped',
      cause: 'daily_loss',
      by: 'rule',
    },
    NOW,
  );
  history.mark({ atMs: NOW + 1, kind: 'deploy', detail: 'r1' });
  history.close();
  history = open();
  expect(history.find('one', 1)).toHaveLength(1);
  expect(history.marks(NOW, NOW + 2).map((mark) => mark.kind)).toEqual(['breaker', 'deploy']);
  expect(statSync(join(directory, 'monitor.db')).mode & 0o777).toBe(0o600);
});

test('a damaged file is set aside, and a new one begun', () => {
  history.close();
  writeFileSync(join(directory, 'monitor.db'), 'not a database, '.repeat(1_000));
  history = open();
  expect(history.health().setAside).toBe(join(directory, `monitor.db.unreadable-${NOW}`));
  expect(readdirSync(directory)).toContain(`monitor.db.unreadable-${NOW}`);
  history.event(decision('new'), NOW + 1);
  expect(history.find('new', 1)).toHaveLength(1);
});

test('hours are made from minutes: worst health, mean figures, last balances, all latencies', () => {
  const hour = NOW - (NOW % HOUR_MS) - HOUR_MS;
  const latency = {
    ...sample(0).latency,
    internal: { counts: EMPTY_SPAN.counts.map((_, index) => (index === 3 ? 2 : 0)), sumSeconds: 1 },
  };
  history.sample(sample(hour, { botRssBytes: 100, latency }));
  history.sample(
    sample(hour + MINUTE_MS, { botRssBytes: 300, health: 'critical', equityMicro: 9, latency }),
  );
  history.flush();
  now += HOUR_MS / 2;
  history.sample(sample(NOW));
  history.flush();
  const [folded] = history.samples(HOUR_MS, hour, NOW);
  expect(folded).toMatchObject({
    atMs: hour,
    health: 'critical',
    botRssBytes: 200,
    equityMicro: 9,
  });
  expect(folded && countOf(folded.latency.internal)).toBe(4);
});

test('what is too old is forgotten', () => {
  history.sample(sample(NOW - 15 * 24 * HOUR_MS));
  history.event(decision('ancient'), NOW - 31 * 24 * HOUR_MS);
  history.flush();
  expect(history.samples(MINUTE_MS, 0, NOW)).toEqual([]);
  expect(history.find('ancient', 1)).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)(
  'a full disk costs nothing but waits: written when there is room again (needs root)',
  () => {
    const disk = join(directory, 'disk');
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    const small = createHistory({ path: join(disk, 'monitor.db'), nowMs: () => NOW });
    try {
      writeFileSync(join(disk, 'filler'), '');
      expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(1_000_000))).toThrow(/ENOSPC/);
      for (let index = 0; index < 200; index++)
        small.event(decision(`fill-${index}`, { detail: 'x'.repeat(200) }), NOW + index);
      small.flush();
      expect(small.health().problem).toMatch(/full/);
      rmSync(join(disk, 'filler'));
      small.flush();
      expect(small.health()).toMatchObject({ problem: undefined, lost: 0 });
      expect(small.decisions({ limit: 1, offset: 0 }).total).toBe(200);
    } finally {
      small.close();
      execFileSync('umount', [disk]);
    }
  },
);

test('latency spans: a restart begins at zero, spans add up, quantiles are within their bucket', () => {
  const summary = (count: number): LatencySummary => ({
    count,
    p50Ms: 0,
    p99Ms: 0,
    maxMs: 0,
    sumSeconds: count / 100,
    buckets: [...LATENCY_BOUNDS_S.map((bound) => (bound >= 0.0025 ? count : 0)), count],
  });
  const span = between(summary(10), summary(30));
  expect(countOf(span)).toBe(20);
  expect(countOf(between(summary(30), summary(5)))).toBe(5);
  expect(countOf(merge([span, span]))).toBe(40);
  const median = quantile(span, 0.5);
  expect(median).toBeGreaterThan(0.001);
  expect(median).toBeLessThanOrEqual(0.0025);
  expect(quantile(EMPTY_SPAN, 0.5)).toBeNull();
  const slow = between(undefined, {
    ...summary(1),
    buckets: [...LATENCY_BOUNDS_S.map(() => 0), 1],
  });
  expect(quantile(slow, 0.99)).toBe(30);
});

test('another release that begins to run is a deploy, and one that ran before a rollback', () => {
  const said = () => history.marks(0, NOW + 9).map(({ kind, detail }) => `${kind} ${detail}`);
  markRelease(history, '1', NOW);
  markRelease(history, '1', NOW + 1);
  markRelease(history, '2', NOW + 2);
  history.mark({ atMs: NOW + 3, kind: 'rollback', detail: 'release 1 (by ann)' });
  markRelease(history, '1', NOW + 4);
  markRelease(history, '1', NOW + 5);
  expect(said()).toEqual([
    ...[
      'deploy release 1',
      'deploy release 2',
      'rollback release 1 (by ann)',
      'rollback release 1',
    ],
  ]);
  expect(history.marked()).toBe(4);
});
