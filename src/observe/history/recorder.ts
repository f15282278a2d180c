import { between, EMPTY_SPAN, type LatencySpan, merge } from '../../core/latency-delta.ts';
import type { BotStatus, LatencySummary } from '../../core/status.ts';
import type { HealthDocument } from '../health.ts';
import type { Monitor } from '../monitor.ts';
import type { Hello } from '../status-client.ts';
import type { History } from './history.ts';
import { sampleOf } from './sample-of.ts';
import { MINUTE_MS, STAGES, type Stage } from './samples.ts';

type Latencies = Record<Stage, LatencySpan>;

export interface Recorder {
  /** Per stage since a moment: from history, and what is not in it yet. */
  latency(sinceMs: number): Latencies;
  close(): void;
}

/** Writes what the monitor sees into history: every decision, and a sample a minute. */
export function startRecorder(monitor: Monitor, history: History, nowMs: () => number): Recorder {
  let before: { life: string; latency: BotStatus['latency'] } | undefined;
  let pending = emptyLatencies();
  let worst: HealthDocument['status'] = 'healthy';
  let minuteMs = floorMinute(nowMs());

  const take = (status: BotStatus) => {
    const { hello } = monitor.view();
    const life = `${hello?.pid}@${hello?.startedAtMs}`;
    for (const stage of STAGES) {
      const earlier: LatencySummary | undefined =
        before?.life === life ? before.latency[stage] : undefined;
      pending[stage] = merge([pending[stage], between(earlier, status.latency[stage])]);
    }
    before = { life, latency: status.latency };
  };
  const close = () => {
    history.sample(
      sampleOf(monitor, { spanMs: MINUTE_MS, atMs: minuteMs, health: worst, latency: pending }),
    );
    pending = emptyLatencies();
    worst = 'healthy';
    minuteMs = floorMinute(nowMs());
  };
  const stop = monitor.subscribe({
    sheds: true,
    event: (event, atMs) => history.event(event, atMs),
    status: (status) => {
      take(status);
      if (nowMs() >= minuteMs + MINUTE_MS) close();
    },
    health: ({ status }) => {
      worst = worseOf(worst, status);
      if (nowMs() >= minuteMs + MINUTE_MS) close();
    },
    connection: (connected) => {
      const { hello } = monitor.view();
      if (connected && hello) markStart(history, hello);
    },
  });
  return {
    latency(sinceMs) {
      history.flush();
      const samples = history.samples(MINUTE_MS, sinceMs - MINUTE_MS, nowMs() + MINUTE_MS);
      const stage = (name: Stage) =>
        merge([...samples.map((one) => one.latency[name]), pending[name]]);
      return { feed: stage('feed'), internal: stage('internal'), ack: stage('ack') };
    },
    close() {
      stop();
      close();
    },
  };
}

/** Once for each start of the bot, however often this process or the connection begins anew. */
function markStart(history: History, { startedAtMs, pid, release }: Hello): void {
  const known = history.marks(startedAtMs, startedAtMs + 1).some(({ kind }) => kind === 'restart');
  if (known) return;
  const detail = `bot started (pid ${pid}, release ${release})`;
  history.mark({ atMs: startedAtMs, kind: 'restart', detail });
}

/**
 * Notes when another release of this process began to run: the reviews count their weeks from
 * there. A restart of the same release is no news; one that ran before is a rollback.
 */
export function markRelease(history: History, release: string, nowMs: number): void {
  const known = history
    .marks(0, nowMs)
    .filter(({ kind, detail }) => /^(?:deploy|rollback) release \S+$/.test(`${kind} ${detail}`));
  const detail = `release ${release}`;
  if (known.at(-1)?.detail === detail) return;
  const kind = known.some((mark) => mark.detail === detail) ? 'rollback' : 'deploy';
  history.mark({ atMs: nowMs, kind, detail });
}

const SEVERITY = ['healthy', 'degraded', 'critical'] as const;

function worseOf(a: HealthDocument['status'], b: HealthDocument['status']) {
  return SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;
}

function emptyLatencies(): Latencies {
  return { feed: EMPTY_SPAN, internal: EMPTY_SPAN, ack: EMPTY_SPAN };
}

function floorMinute(atMs: number): number {
  return atMs - (atMs % MINUTE_MS);
}
