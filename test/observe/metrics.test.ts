import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { BreakerState } from '../../src/core/breaker.ts';
import { createHealth } from '../../src/observe/health.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { fakeLatency, fakeStatus } from '../fakes/status.ts';
import { facts, sampled, view } from './facts.ts';

function metrics() {
  let nowMs = 0;
  const made = createMetrics('0.1.0', () => nowMs);
  return {
    ...made,
    /** The present text, past the cache. */
    text: () => {
      nowMs += 1000;
      return made.render();
    },
    /** The value of one series. */
    value: async (series: string) => {
      nowMs += 1000;
      const line = (await made.render()).split('\n').find((one) => one.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length));
    },
  };
}

function observed() {
  const made = metrics();
  const health = createHealth('staging', () => 0);
  health.check(facts());
  made.life('1@1');
  made.status(fakeStatus());
  made.healthChecked(0.0002);
  made.toolCalled('monitoring', 'get_system_health', 'ok', 0.003);
  made.observe({
    health: health.document(),
    facts: facts({
      bot: { cpuPercent: 2, memoryMb: 90 },
      sampled: sampled({ cpuPercent: null, rssBytes: 80e6 }),
    }),
    shedding: { level: 2, intervalMs: 60_000 },
  });
  return made;
}

const contract = [
  'pmcp_build_info',
  'pmcp_component_health',
  'pmcp_trade_decisions_total',
  'pmcp_orders_total',
  'pmcp_trade_latency_seconds',
  'pmcp_breaker_tripped',
  'pmcp_breaker_trips_total',
  'pmcp_daily_loss_usdc',
  'pmcp_exposure_usdc',
  'pmcp_discovery_completeness_ratio',
  'pmcp_process_cpu_ratio',
  'pmcp_process_resident_memory_bytes',
  'pmcp_alerts_total',
  'pmcp_health_check_duration_seconds',
  'pmcp_mcp_tool_calls_total',
  'pmcp_mcp_tool_duration_seconds',
];

test.each(contract)('%s is exposed', async (name) => {
  expect(await observed().text()).toContain(`\n# TYPE ${name} `.trimStart());
});

test('promtool finds nothing to say, and the series have a bound', async ({ skip }) => {
  const text = await observed().text();
  expect(text.split('\n').filter((line) => line && !line.startsWith('#')).length).toBeLessThan(300);
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  skip(promtool.error !== undefined, 'promtool is not installed');
  expect(promtool.stderr + promtool.stdout).toBe('');
  expect(promtool.status).toBe(0);
});

test('figures of the bot', async () => {
  const made = observed();
  expect(await made.value(`pmcp_build_info{version="0.1.0",node="${process.version}"}`)).toBe(1);
  expect(await made.value('pmcp_exposure_usdc')).toBe(42.7);
  expect(await made.value('pmcp_daily_loss_usdc')).toBe(0);
  expect(await made.value('pmcp_discovery_completeness_ratio')).toBe(1);
  expect(await made.value('pmcp_component_health{component="main_bot"}')).toBe(1);
  expect(await made.value('pmcp_component_health{component="testing"}')).toBeUndefined();
  expect(await made.value('pmcp_process_cpu_ratio{process="bot"}')).toBe(0.02);
  expect(await made.value('pmcp_process_cpu_ratio{process="mcp"}')).toBeNaN();
  expect(await made.value('pmcp_process_resident_memory_bytes{process="mcp"}')).toBe(80e6);
  expect(await made.value('pmcp_trade_latency_seconds_bucket{stage="internal",le="0.0005"}')).toBe(
    2,
  );
  expect(await made.value('pmcp_trade_latency_seconds_bucket{stage="ack",le="+Inf"}')).toBe(3);
  expect(await made.value('pmcp_trade_latency_seconds_sum{stage="feed"}')).toBe(0.002);
});

test('counts never fall when the bot restarts, and nothing is counted twice', async () => {
  const made = metrics();
  const copied = 'pmcp_trade_decisions_total{outcome="copy",reason="copied"}';
  const seen = 'pmcp_trade_latency_seconds_count{stage="internal"}';
  const send = (copies: number, count: number) => {
    const latency = fakeLatency({ count });
    made.status(
      fakeStatus({
        decisions: { 'copy:copied': copies },
        latency: { feed: latency, internal: latency, ack: latency },
      }),
    );
  };
  made.life('10@1');
  send(5, 3);
  send(5, 3);
  send(7, 4);
  expect(await made.value(copied)).toBe(7);
  made.life('11@2');
  send(2, 9);
  expect(await made.value(copied)).toBe(9);
  expect(await made.value(seen)).toBe(13);
  // Connecting to the same life again repeats its counts.
  made.life('11@2');
  send(3, 9);
  expect(await made.value(copied)).toBe(10);
  expect(await made.value(seen)).toBe(13);
});

test('unknown words become "other", however many there are', async () => {
  const made = metrics();
  const decisions = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`skip:0x${i}`, 1] as const),
  );
  made.status(fakeStatus({ decisions, orders: { strange: 4 } }));
  expect(await made.value('pmcp_trade_decisions_total{outcome="skip",reason="other"}')).toBe(500);
  expect(await made.value('pmcp_orders_total{outcome="other"}')).toBe(4);
});

test('a trip is counted once, whether its event or the status tells of it', async () => {
  const made = metrics();
  const trips = (cause: string) =>
    made.value(`pmcp_breaker_trips_total{latch="trading",cause="${cause}"}`);
  const state = (trading: BreakerState) =>
    made.status(fakeStatus({ breaker: { trading, mcp: { kind: 'armed' } } }));
  const tripped = { kind: 'tripped', cause: 'daily_loss', atMs: 1, untilMs: null } as const;
  const event = (to: string, cause: string) =>
    made.event({ kind: 'breaker', latch: 'trading', from: '', to, cause, by: 'x' });

  // Tripped before we looked: not our count.
  state(tripped);
  expect(await made.value('pmcp_breaker_tripped{latch="trading"}')).toBe(1);
  expect(await trips('daily_loss')).toBeUndefined();
  state({ kind: 'armed' });
  expect(await made.value('pmcp_breaker_tripped{latch="trading"}')).toBe(0);
  event('tripped', 'daily_loss: lost 100 of 100 USDC');
  state(tripped);
  expect(await trips('daily_loss')).toBe(1);
  event('armed', '');
  state(tripped);
  expect(await trips('daily_loss')).toBe(2);
  state({ kind: 'probing', cause: 'daily_loss', sinceMs: 1 });
  state({ kind: 'halted', by: 'me', reason: 'lunch', atMs: 2 });
  expect(await trips('halt')).toBe(1);
  event('armed', '');
  event('halted', 'because of 0x123');
  expect(await trips('halt')).toBe(2);
  event('tripped', 'because of 0x123');
  expect(await trips('other')).toBe(1);
  made.event({ kind: 'breaker', latch: '0x1', from: '', to: 'tripped', cause: '', by: '' });
  made.event({ kind: 'notice', level: 'info', message: '' });
  expect(await made.text()).not.toContain('0x1');
});

test('a dead bot leaves no figures behind that look fresh', async () => {
  const made = observed();
  const health = createHealth('staging', () => 0);
  const gone = facts({
    view: view({ connected: false }),
    sampled: sampled({}, { disk: null, bot: { cpuPercent: null, fds: null, fdLimit: null } }),
  });
  health.check(gone);
  made.observe({
    health: health.document(),
    facts: gone,
    shedding: { level: 0, intervalMs: 30_000 },
  });
  expect(await made.value('pmcp_exposure_usdc')).toBeNaN();
  expect(await made.value('pmcp_process_open_fds{process="bot"}')).toBeNaN();
  expect(await made.value('pmcp_process_cpu_ratio{process="bot"}')).toBeNaN();
  expect(await made.value('pmcp_event_loop_delay_seconds{process="bot"}')).toBeNaN();
  expect(await made.value('pmcp_disk_free_bytes')).toBeNaN();
  expect(await made.value('pmcp_clock_skew_seconds')).toBeNaN();
  expect(await made.value('pmcp_process_resident_memory_bytes{process="bot"}')).toBeNaN();
  expect(await made.value('pmcp_component_health{component="main_bot"}')).toBe(0);
  expect(await made.value('pmcp_component_health{component="wallet_monitor"}')).toBe(-1);
});

test('the text is rendered at most once a second', async () => {
  let nowMs = 0;
  const made = createMetrics('0.1.0', () => nowMs);
  made.status(fakeStatus({ exposureMicro: 1_000_000 }));
  expect(await made.render()).toContain('pmcp_exposure_usdc 1\n');
  made.status(fakeStatus({ exposureMicro: 2_000_000 }));
  nowMs = 999;
  expect(await made.render()).toContain('pmcp_exposure_usdc 1\n');
  nowMs = 1000;
  expect(await made.render()).toContain('pmcp_exposure_usdc 2\n');
});

test('figures of the machine, the clock and what is shed', async () => {
  const made = observed();
  const status = fakeStatus();
  status.vitals.clockSkewMs = -1500;
  made.status(status);
  expect(await made.value('pmcp_clock_skew_seconds')).toBe(-1.5);
  expect(await made.value('pmcp_process_open_fds{process="bot"}')).toBe(40);
  expect(await made.value('pmcp_process_max_fds{process="mcp"}')).toBe(1024);
  expect(await made.value('pmcp_event_loop_delay_seconds{process="bot"}')).toBe(0.011);
  expect(await made.value('pmcp_event_loop_delay_seconds{process="mcp"}')).toBe(0.002);
  expect(await made.value('pmcp_host_memory_ratio')).toBe(0.4);
  expect(await made.value('pmcp_disk_free_bytes')).toBe(50e9);
  expect(await made.value('pmcp_monitoring_shed_level')).toBe(2);
  expect(await made.value('pmcp_health_check_interval_seconds')).toBe(60);
});

test('a restart is another life after the first, counted once', async () => {
  const made = metrics();
  const restarts = () => made.value('pmcp_process_restarts_total{process="bot"}');
  made.life('1@1');
  expect(await restarts()).toBe(0);
  made.life('2@2');
  made.life('2@2');
  expect(await restarts()).toBe(1);
});
