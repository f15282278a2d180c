import { between, EMPTY_SPAN, type LatencySpan, merge } from '../../core/latency-delta.ts';
import type { BotStatus } from '../../core/status.ts';
import { sampleOf } from '../history/sample-of.ts';
import { type Sample, STAGES } from '../history/samples.ts';
import type { Monitor } from '../monitor.ts';

/** The last quarter of an hour, finer than history keeps it. */
export const RECENT_STEP_MS = 5_000;
export const RECENT_SPAN_MS = 15 * 60_000;
const KEEP = RECENT_SPAN_MS / RECENT_STEP_MS;

export interface Recent {
  /** Oldest first. */
  samples(): readonly Sample[];
  close(): void;
}

type Latencies = Sample['latency'];

/** Takes a sample of the running figures every few seconds; in memory only. */
export function createRecent(monitor: Monitor, nowMs: () => number, onSample: () => void): Recent {
  const kept: Sample[] = [];
  let before: { life: string; latency: BotStatus['latency'] } | undefined;
  let pending = nothing();
  let beginMs = floorStep(nowMs());

  const take = (status: BotStatus) => {
    const { hello } = monitor.view();
    const life = `${hello?.pid}@${hello?.startedAtMs}`;
    // What was measured before we looked belongs to no moment of this chart.
    const earlier = before?.life === life ? before.latency : before ? undefined : status.latency;
    for (const stage of STAGES) {
      pending[stage] = merge([pending[stage], between(earlier?.[stage], status.latency[stage])]);
    }
    before = { life, latency: status.latency };
  };
  const tick = () => {
    if (nowMs() < beginMs + RECENT_STEP_MS || !monitor.canAfford()) return;
    const health = monitor.health().status;
    const span = { spanMs: RECENT_STEP_MS, atMs: beginMs, health, latency: pending };
    kept.push(sampleOf(monitor, span));
    if (kept.length > KEEP) kept.shift();
    pending = nothing();
    beginMs = floorStep(nowMs());
    onSample();
  };
  const stop = monitor.subscribe({ sheds: true, status: take });
  const timer = setInterval(tick, 1_000);
  timer.unref();
  return {
    samples: () => kept,
    close() {
      stop();
      clearInterval(timer);
    },
  };
}

function nothing(): Record<keyof Latencies, LatencySpan> {
  return { feed: EMPTY_SPAN, internal: EMPTY_SPAN, ack: EMPTY_SPAN };
}

function floorStep(atMs: number): number {
  return atMs - (atMs % RECENT_STEP_MS);
}
