/**
 * Five weeks of an installation, written by the same code that writes them in the product: history,
 * recorder's marks, the alert book and its operations. Only the clock and the figures are made up.
 */
import { join } from 'node:path';
import { createRandom } from '../../../src/core/bench/random.ts';
import { between, EMPTY_SPAN, type LatencySpan } from '../../../src/core/latency-delta.ts';
import { createHistogram } from '../../../src/core/statistics.ts';
import { createBook } from '../../../src/observe/alerts/book.ts';
import { createOperations } from '../../../src/observe/alerts/operations.ts';
import { openAlertStore } from '../../../src/observe/alerts/store.ts';
import { createHistory, type History } from '../../../src/observe/history/history.ts';
import { markRelease } from '../../../src/observe/history/recorder.ts';
import { HOUR_MS, MINUTE_MS, type Sample } from '../../../src/observe/history/samples.ts';
import { keepCheck } from '../../../src/plan/review/checks-file.ts';

const DAY_MS = 24 * HOUR_MS;

export interface SeedOptions {
  dataDir: string;
  /** End of the record, epoch ms. */
  nowMs: number;
  days?: number;
  /** Days before the end at which the release came. */
  releaseDaysAgo?: number;
  /** Latency after the release over that before. */
  slower?: number;
}

export interface Seeded {
  releaseAtMs: number;
  fromMs: number;
}

export function seedInstallation(options: SeedOptions): Seeded {
  const { dataDir, nowMs, days = 35, releaseDaysAgo = 21.5, slower = 1 } = options;
  const path = join(dataDir, 'monitor.db');
  const fromMs = floorHour(nowMs - days * DAY_MS);
  const releaseAtMs = floorHour(nowMs - releaseDaysAgo * DAY_MS);
  let clockMs = fromMs;
  const history = createHistory({ path, nowMs: () => clockMs });
  const random = createRandom(11);
  const spans = {
    before: spanPool(createRandom(5), 1),
    after: spanPool(createRandom(5), slower),
  };
  markRelease(history, '20260401T080000Z-aa11bb2', fromMs);
  for (let hourMs = fromMs; hourMs + HOUR_MS <= nowMs; hourMs += HOUR_MS) {
    const released = hourMs >= releaseAtMs;
    if (hourMs === releaseAtMs) markRelease(history, '20260414T080000Z-cc22dd3', hourMs);
    // The monitor itself did not run: an upgrade of the host.
    const isGap = within(hourMs, releaseAtMs + 2.2 * DAY_MS, 5 * HOUR_MS);
    for (let minute = 0; minute < 60 && !isGap; minute += 1) {
      const atMs = hourMs + minute * MINUTE_MS;
      history.sample(sampleAt({ atMs, released, releaseAtMs, random, spans }));
      if (random() < 0.02) history.event(decision(atMs, random), atMs);
    }
    clockMs = hourMs + HOUR_MS + MINUTE_MS;
    history.flush();
  }
  trips(history, releaseAtMs, nowMs);
  history.close();
  alerts(path, releaseAtMs, nowMs, random);
  looks(dataDir, { releaseAtMs, nowMs, random });
  return { releaseAtMs, fromMs };
}

function floorHour(atMs: number): number {
  return atMs - (atMs % HOUR_MS);
}

function within(atMs: number, fromMs: number, spanMs: number): boolean {
  return atMs >= fromMs && atMs < fromMs + spanMs;
}

type Pools = Record<'before' | 'after', LatencySpan[]>;

/** Latencies as the bot measures them: log-normal around 0.8 ms with a tail. */
function spanPool(random: () => number, factor: number): LatencySpan[] {
  return Array.from({ length: 60 }, () => {
    const histogram = createHistogram();
    const orders = Math.floor(random() * 7);
    for (let i = 0; i < orders; i += 1) {
      const spread = (random() + random() + random() - 1.5) * 1.4;
      histogram.record(0.8 * factor * Math.exp(spread) * (random() < 0.015 ? 9 : 1));
    }
    return between(undefined, histogram.summary());
  });
}

interface Moment {
  atMs: number;
  released: boolean;
  releaseAtMs: number;
  random: () => number;
  spans: Pools;
}

function sampleAt({ atMs, released, releaseAtMs, random, spans }: Moment): Sample {
  const day = Math.sin((atMs / DAY_MS) * 2 * Math.PI);
  const pool = spans[released ? 'after' : 'before'];
  const pick = () => pool[Math.floor(random() * pool.length)] ?? EMPTY_SPAN;
  const isCritical = within(atMs, releaseAtMs + 3.6 * DAY_MS, 22 * MINUTE_MS);
  const isDegraded = random() < 0.0006 || within(atMs, releaseAtMs + 9.1 * DAY_MS, 3 * HOUR_MS);
  const settled = released ? Math.min(1, (atMs - releaseAtMs) / DAY_MS) : 0;
  return {
    spanMs: MINUTE_MS,
    atMs,
    health: isCritical ? 'critical' : isDegraded ? 'degraded' : 'healthy',
    botRssBytes: (112 + 4 * day + 3 * random() + 2.5 * settled) * 1e6,
    botCpuPercent: 2.4 + 0.6 * day + random() * 0.8,
    mcpRssBytes: (86 + 2 * day + 3 * random() + 5 * settled) * 1e6,
    mcpCpuPercent: 0.42 + 0.06 * day + 0.1 * random() + 0.44 * settled,
    loopDelayP99Ms: 11,
    equityMicro: 1_000_000_000,
    dailyLossMicro: 0,
    exposureMicro: 120_000_000,
    completeness: 0.995 - (random() < 0.04 ? 0.1 * random() : 0),
    latency: { feed: pick(), internal: pick(), ack: pick() },
  };
}

function decision(atMs: number, random: () => number) {
  const copied = random() < 0.4;
  return {
    kind: 'decision' as const,
    fillId: `0x${Math.floor(random() * 1e15).toString(16)}:${atMs}`,
    wallet: '0xa',
    title: 'Will it rain?',
    outcome: 'Yes',
    side: 'BUY' as const,
    leaderSharesMicro: 1,
    leaderPriceMicro: 2,
    result: copied ? ('copy' as const) : ('skip' as const),
    reason: copied ? 'ok' : 'stale',
    detail: '',
    orderId: null,
    usdcMicro: null,
  };
}

function trips(history: History, releaseAtMs: number, nowMs: number): void {
  const turn = (atMs: number, from: string, to: string, cause: string) => {
    if (atMs < nowMs)
      history.event({ kind: 'breaker', latch: 'trading', from, to, cause, by: 'pmcp' }, atMs);
  };
  const trip = (atMs: number, cause: string, lastedMs: number) => {
    turn(atMs, 'armed', 'tripped', cause);
    turn(atMs + 0.8 * lastedMs, 'tripped', 'probing', '');
    turn(atMs + lastedMs, 'probing', 'armed', '');
  };
  const midnight = releaseAtMs - (releaseAtMs % DAY_MS);
  trip(
    midnight + 5 * DAY_MS + 9 * HOUR_MS,
    'failure_rate: 6 of the last 10 orders failed',
    HOUR_MS,
  );
  for (const day of [16, 18, 19]) {
    const atMs = midnight + day * DAY_MS + 14.3 * HOUR_MS;
    trip(atMs, 'discovery_blind: both feeds were silent for 31 s, then disagreed', HOUR_MS);
    if (day !== 16) trip(atMs + 1.5 * HOUR_MS, 'discovery_blind: the feeds disagree', HOUR_MS);
  }
}

/** Key, how many a week, minutes open, share of those judged that are false. */
const TROUBLES = [
  ['mcp.monitoring', 9, 3, 0.8],
  ['host.stress', 3, 12, 0.1],
  ['bot.no_entries', 2, 25, 0],
  ['bot.discovery_blind', 1.5, 2, 0],
] as const;

function alerts(path: string, releaseAtMs: number, nowMs: number, random: () => number): void {
  let clockMs = releaseAtMs;
  const book = createBook(openAlertStore(path), () => clockMs);
  const options = { book, nowMs: () => clockMs, onChange: () => {}, onAcknowledged: () => {} };
  const operations = createOperations(options);
  let count = 0;
  for (const [key, perWeek, minutes, falseShare] of TROUBLES) {
    const gapMs = (7 * DAY_MS) / perWeek;
    for (
      let atMs = releaseAtMs + gapMs * random();
      atMs < nowMs - HOUR_MS;
      atMs += gapMs * (0.2 + 1.6 * random())
    ) {
      count += 1;
      const id = `a${String(count).padStart(4, '0')}`;
      const spanMs = minutes * MINUTE_MS * (0.5 + random());
      const severity = key === 'bot.discovery_blind' ? ('critical' as const) : ('warning' as const);
      book.putAlerts([
        {
          id,
          key,
          severity,
          title: key,
          detail: 'seeded',
          raisedAtMs: atMs,
          resolvedAtMs: atMs + spanMs,
          acknowledged: null,
          told: null,
          escalatedAtMs: null,
          untold: 0,
        },
      ]);
      clockMs = atMs + spanMs + HOUR_MS / 2;
      if (random() < 0.9) operations.acknowledge(id, 'ops', random() < falseShare);
    }
  }
  book.close();
}

interface Looks {
  releaseAtMs: number;
  nowMs: number;
  random: () => number;
}

/** What the timers would have kept: resources twice an hour, everything else once. */
function looks(dataDir: string, { releaseAtMs, nowMs, random }: Looks): void {
  const directory = join(dataDir, 'reviews');
  for (let atMs = releaseAtMs; atMs < nowMs; atMs += HOUR_MS) {
    const isBad = random() < 0.02;
    const log = isBad ? ['log of bot: RTDS closed with code N (repeated)'] : [];
    keepCheck(directory, { atMs, part: 'servers', result: 'passed', findings: [] });
    keepCheck(directory, {
      atMs,
      part: 'logs',
      result: isBad ? 'failed' : 'passed',
      findings: log,
    });
    keepCheck(directory, { atMs, part: 'breakers', result: 'passed', findings: [] });
    for (const half of [0, HOUR_MS / 2]) {
      keepCheck(directory, {
        atMs: atMs + half,
        part: 'resources',
        result: 'passed',
        findings: [],
      });
    }
  }
}
