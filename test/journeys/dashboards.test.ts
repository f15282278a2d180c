import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openStand, startLoad } from '../../src/bench/impact/stand.ts';
import { callControl } from '../../src/host/control-client.ts';
import { pathsOf } from '../../src/state/paths.ts';
import { CHAT_ID, type FakeTelegram, startFakeTelegram, TOKEN } from '../fakes/telegram.ts';
import { internalLatency, latencyWords, type Pair, slowedDown } from './latency.ts';
import { pause, until, watchStatus } from './paper-world.ts';
import { openReaders } from './readers.ts';
import { temporaryDirectory } from './run.ts';

/**
 * Two hundred open dashboards, some of which read slowly or not at all, beside a bot that trades and
 * a breaker that flaps: for a few seconds here, for half an hour by scripts/soak-dashboards.sh.
 */
const seconds = Number(process.env['PMCP_SOAK_SECONDS'] ?? 10);
const isLong = seconds >= 300;
const CYCLES = isLong ? 6 : 2;
const READERS = 200;
/** Of a cycle, without dashboards, so that both kinds of time see the same machine. */
const QUIET_SHARE = isLong ? 0.2 : 0.5;
const INTERVAL_SECONDS = isLong ? 5 : 1;
/** The breaker changes sides this often: rarely enough that every check interval sees it. */
const FLAP_MS = 2_500 * INTERVAL_SECONDS;
/** Speed is the long run's to judge: in a few seconds beside other tests it is chance. */
const CPU_PERCENT = 5;
const LEAST_EVENTS = isLong ? 10 : 1;
const GROWTH_MB = isLong ? 10 : 40;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const step of undo.splice(0).reverse()) await step();
});

async function open() {
  const telegram = await startFakeTelegram();
  undo.push(telegram.close);
  const env = {
    MONITOR_INTERVAL_SECONDS: String(INTERVAL_SECONDS),
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_CHAT_ID: CHAT_ID,
    ALERT_COOLDOWN_MINUTES: '0',
    DUPLICATE_ALERT_WINDOW_MINUTES: '0',
  };
  for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
  const dataDir = temporaryDirectory();
  const script = resolve(import.meta.dirname, '../../dist/pmcp.cjs');
  const self = { command: process.execPath, args: [script] };
  const stand = await openStand({ self, dataDir, onEvent: () => {} });
  undo.push(stand.close);
  await stand.startMcp();
  await startLoad(stand.exchangeUrl, {
    copiesPerSecond: isLong ? 10 : 40,
    othersPerSecond: 20,
    seed: 1,
  });
  const watch = watchStatus(dataDir);
  undo.push(watch.close);
  await until('a copied trade', 20_000, () => watch.latest()?.status.latency.internal.count);
  return { telegram, stand, dataDir, watch };
}

/** Halts trading and resumes it, again and again: no rule of a busy machine has a say in that. */
function startFlapping(dataDir: string, telegram: FakeTelegram) {
  const { controlSocket: socketPath } = pathsOf(dataDir);
  let flaps = 0;
  let isOver = false;
  const flap = async () => {
    while (!isOver) {
      flaps += 1;
      // Now and then Telegram is overloaded or broken.
      if (flaps % 5 === 2) {
        const parameters = { retry_after: 1 };
        telegram.fail('sendMessage', { status: 429, description: 'Too Many Requests', parameters });
      }
      if (flaps % 7 === 0) telegram.fail('sendMessage', { status: 500, description: 'oh' }, 3);
      for (const verb of ['halt', 'resume']) {
        const args = { by: 'soak', reason: `flap ${flaps}` };
        await callControl({ socketPath, verb, args });
        await pause(FLAP_MS);
      }
    }
    return flaps;
  };
  const flapping = flap();
  return () => {
    isOver = true;
    return flapping;
  };
}

/** What the chat heard of the flapping breaker, in order. */
const heard = ({ messages }: FakeTelegram) =>
  messages.flatMap(({ text }) =>
    [...text.matchAll(/(WARNING|RESOLVED): The trading breaker is not armed/g)].map(
      ([, word]) => word,
    ),
  );

/** CPU seconds so far and resident megabytes of one process. */
function spent(pid: number): { cpuSeconds: number; rssMb: number } {
  const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = after.split(' ').map(Number);
  const [, pages = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
  const cpuSeconds = ((fields[11] ?? 0) + (fields[12] ?? 0)) / 100;
  return { cpuSeconds, rssMb: (pages * 4096) / 1e6 };
}

const round = (value: number) => Math.round(value * 100) / 100;

const claim = isLong ? 'flat, cheap, and nobody notices' : 'flat, and every alert is told once';

test(`${READERS} dashboards for ${seconds} s: ${claim}`, {
  timeout: (seconds + 90) * 1000,
}, async () => {
  const { telegram, stand, dataDir, watch } = await open();
  const pid = stand.mcpPid() ?? 0;
  const endFlapping = startFlapping(dataDir, telegram);
  const cycleMs = (1000 * seconds) / CYCLES;
  const pairs: Pair[] = [];
  const windows: Record<string, number>[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const began = spent(pid);
    const quiet = await internalLatency(watch, cycleMs * QUIET_SHARE);
    const alone = spent(pid);
    const readers = openReaders(stand.dashboardUrl, READERS);
    await until('every page', 30_000, () => readers.allSee() || undefined);
    const loadedMs = cycleMs * (1 - QUIET_SHARE);
    const before = spent(pid);
    const loaded = await internalLatency(watch, loadedMs);
    const after = spent(pid);
    pairs.push({ quiet, loaded });
    const { fewest, longestGapMs, cut } = readers.close();
    const percent = (a: number, b: number, ms: number) => round((b - a) / (ms / 100_000));
    windows.push({
      quietCpuPercent: percent(began.cpuSeconds, alone.cpuSeconds, cycleMs * QUIET_SHARE),
      cpuPercent: percent(before.cpuSeconds, after.cpuSeconds, loadedMs),
      rssMb: round(after.rssMb),
      ...{ fewest, longestGapMs: Math.round(longestGapMs), cut },
    });
  }
  const flaps = await endFlapping();
  const isWhole = () => (heard(telegram).length >= 2 * flaps ? true : undefined);
  await until('the last resolution', 30_000, isWhole).catch(() => {});
  await pause(1_000);
  const told = heard(telegram);
  const latency = latencyWords(pairs);
  const report = { seconds, readers: READERS, flaps, told: told.length, latency, windows };
  const file = process.env['PMCP_SOAK_REPORT'];
  if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);

  // Every opening told once, every end told once, in their order.
  expect(told).toEqual(Array.from({ length: flaps }, () => ['WARNING', 'RESOLVED']).flat());
  if (isLong) {
    expect(slowedDown(pairs)).toBeUndefined();
    const cpu = windows.map(({ cpuPercent = Number.NaN }) => cpuPercent);
    expect(Math.max(...cpu), JSON.stringify(windows)).toBeLessThan(CPU_PERCENT);
  }
  const memory = windows.map(({ rssMb = Number.NaN }) => rssMb);
  const growthMb = (memory.at(-1) ?? Number.NaN) - (memory[isLong ? 1 : 0] ?? Number.NaN);
  expect(growthMb, JSON.stringify(windows)).toBeLessThan(GROWTH_MB);
  for (const { fewest, longestGapMs } of windows) {
    expect(fewest, JSON.stringify(windows)).toBeGreaterThanOrEqual(LEAST_EVENTS);
    expect(longestGapMs).toBeLessThan(15_000);
  }
  expect(readFileSync(join(dataDir, 'logs', 'mcp.log'), 'utf8')).not.toMatch(/error/i);
});
