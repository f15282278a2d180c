import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EMPTY_SPAN } from '../../../src/core/latency-delta.ts';
import type { BotStatus } from '../../../src/core/status.ts';
import { exposureBy } from '../../../src/observe/dashboard-server/exposure.ts';
import { createRecent } from '../../../src/observe/dashboard-server/recent.ts';
import { readSeries } from '../../../src/observe/dashboard-server/series.ts';
import { createToolUsage } from '../../../src/observe/dashboard-server/tool-usage.ts';
import { createHistory } from '../../../src/observe/history/history.ts';
import type { Sample } from '../../../src/observe/history/samples.ts';
import type { Monitor } from '../../../src/observe/monitor.ts';
import { fakeLatency, fakeStatus } from '../../fakes/status.ts';
import { temporaryDirectory } from '../../journeys/run.ts';
import { facts } from '../facts.ts';

type MonitorListener = Parameters<Monitor['subscribe']>[0];

const START_MS = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function fakeMonitor(status: () => BotStatus | undefined) {
  const listeners = new Set<MonitorListener>();
  const afford = { is: true };
  const own = { cpuPercent: 3, rssBytes: 80_000_000 };
  const monitor = {
    view: () => facts().view,
    status,
    vitals: () => ({ own, botCpuPercent: 1.5 }),
    health: () => ({ status: 'healthy' }),
    canAfford: () => afford.is,
    subscribe(listener: MonitorListener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  } as unknown as Monitor;
  const publish = (next: BotStatus) => {
    for (const listener of listeners) listener.status?.(next, Date.now());
  };
  return { monitor, publish, listeners, afford };
}

test('over the budget no figures are taken', () => {
  const { monitor, listeners, afford } = fakeMonitor(() => fakeStatus());
  const onSample = vi.fn();
  const recent = createRecent(monitor, () => Date.now(), onSample);
  expect([...listeners].every(({ sheds }) => sheds)).toBe(true);
  afford.is = false;
  vi.advanceTimersByTime(60_000);
  expect(recent.samples()).toEqual([]);
  afford.is = true;
  vi.advanceTimersByTime(1_000);
  expect([recent.samples().length, onSample.mock.calls.length]).toEqual([1, 1]);
  recent.close();
});

test('recent figures are sampled every five seconds, for a quarter of an hour', () => {
  let status: BotStatus | undefined = fakeStatus();
  const { monitor, publish, listeners } = fakeMonitor(() => status);
  const onSample = vi.fn();
  const recent = createRecent(monitor, () => Date.now(), onSample);
  publish(fakeStatus());
  const buckets = fakeLatency().buckets.map((own) => own * 2);
  publish(
    fakeStatus({ latency: { ...fakeStatus().latency, ack: fakeLatency({ count: 6, buckets }) } }),
  );
  vi.advanceTimersByTime(5_000);
  const [first] = recent.samples();
  expect(first).toMatchObject({ atMs: START_MS, equityMicro: 1_003_120_000, mcpCpuPercent: 3 });
  // What was measured before the first look is not of this moment.
  expect(first?.latency.feed.counts.every((own) => own === 0)).toBe(true);
  expect(first?.latency.ack.counts.reduce((sum, own) => sum + own, 0)).toBe(3);
  status = undefined;
  vi.advanceTimersByTime(5_000);
  expect(recent.samples()[1]).toMatchObject({ equityMicro: null, botCpuPercent: null });
  vi.advanceTimersByTime(20 * 60_000);
  expect(recent.samples()).toHaveLength(180);
  expect(onSample).toHaveBeenCalledTimes(242);
  recent.close();
  expect(listeners.size).toBe(0);
});

test('charts join minutes of history with the fine figures in memory', () => {
  const history = createHistory({ path: `${temporaryDirectory()}/monitor.db`, nowMs: Date.now });
  const sample = (atMs: number, mcpCpuPercent: number): Sample => ({
    spanMs: 60_000,
    atMs,
    health: 'healthy',
    botRssBytes: 90_000_000,
    botCpuPercent: 1,
    mcpRssBytes: 80_000_000,
    mcpCpuPercent,
    loopDelayP99Ms: 1,
    equityMicro: 1_000_000,
    dailyLossMicro: 0,
    exposureMicro: 0,
    completeness: 0.995,
    latency: {
      feed: EMPTY_SPAN,
      internal: { counts: EMPTY_SPAN.counts.map((_, i) => (i === 3 ? 10 : 0)), sumSeconds: 0 },
      ack: EMPTY_SPAN,
    },
  });
  for (const minutes of [30, 10, 5, 1]) {
    history.sample(sample(START_MS - minutes * 60_000, minutes === 5 ? 9 : 0.1));
  }
  history.mark({ atMs: START_MS - 60_000, kind: 'deploy', detail: 'release 7' });
  const live = { ...sample(START_MS - 60_000, 0.1), spanMs: 5_000 };
  const recent = { samples: () => [live], close: () => {} };
  const read = (span: '15m' | '1h') => readSeries({ history, recent, nowMs: Date.now }, span);

  const quarter = read('15m');
  // Between them nobody watched: a moment of nothing parts the lines.
  expect(quarter.at).toEqual([10, 9, 5, 4, 1].map((minutes) => START_MS - minutes * 60_000));
  expect(quarter.mcpBusy).toEqual([false, false, true, false, false]);
  expect(quarter.series.completenessPercent).toEqual([99.5, null, 99.5, null, 99.5]);
  expect(quarter.marks).toMatchObject([{ kind: 'deploy', detail: 'release 7' }]);
  expect(quarter.comparison.internal).toMatchObject({ idle: { count: 20 }, busy: { count: 10 } });
  expect(quarter.comparison.feed.idle).toEqual({ count: 0, p50Ms: null, p99Ms: null });
  expect(read('1h').at).toHaveLength(7);
  history.close();
});

test('exposure is summed up, largest first, and the many small ones are one', () => {
  const [position] = fakeStatus().positions;
  if (!position) throw new Error('no position');
  const many = Array.from({ length: 20 }, (_, index) => ({
    ...position,
    conditionId: `c${index}`,
    title: `market ${index}`,
    costMicro: index + 1,
    unrealisedMicro: index === 3 ? null : 1,
  }));
  const groups = exposureBy(many, 'conditionId', ({ title }) => title);
  expect(groups).toHaveLength(12);
  expect(groups[0]).toMatchObject({ name: 'market 19', costMicro: 20, unrealisedMicro: 1 });
  expect(groups.at(-1)).toMatchObject({ name: '9 others', costMicro: 45, unrealisedMicro: null });
  expect(groups.reduce((sum, { costMicro }) => sum + costMicro, 0)).toBe(210);
  expect(exposureBy(many, 'wallet', ({ wallet }) => wallet)).toMatchObject([
    { name: position.wallet, positions: 20 },
  ]);
  expect(exposureBy([], 'wallet', () => '')).toEqual([]);
});

test('tools are counted, most used first', () => {
  const usage = createToolUsage(() => 7);
  const call = { server: 's', durationMs: 10, ok: true };
  usage.called({ ...call, tool: 'a' });
  usage.called({ ...call, tool: 'b' });
  usage.called({ ...call, tool: 'b', ok: false, durationMs: 20 });
  expect(usage.tools()).toEqual([
    { server: 's', tool: 'b', calls: 2, errors: 1, meanMs: 15, lastAtMs: 7 },
    { server: 's', tool: 'a', calls: 1, errors: 0, meanMs: 10, lastAtMs: 7 },
  ]);
});
