import type { HttpClient } from './http.ts';

/** How far this clock is from the venue's, by the last answer to /time. */
export interface SkewMeter {
  /** Asks the venue; a failed call leaves the last answer. */
  measure(): Promise<void>;
  /** Clock ms, ours minus the venue's; the least that fits the answer. null: never answered. */
  skewMs(): number | null;
}

/** The venue tells whole seconds. */
const RESOLUTION_MS = 999;

export function createSkewMeter(clob: Pick<HttpClient, 'send'>, nowMs: () => number): SkewMeter {
  let skewMs: number | null = null;
  return {
    skewMs: () => skewMs,
    async measure() {
      const beforeMs = nowMs();
      const answer = await clob.send({ method: 'GET', path: '/time' }).catch(() => undefined);
      const afterMs = nowMs();
      const venueMs = Number(answer?.text.trim() || Number.NaN) * 1000;
      if (!Number.isFinite(venueMs)) return;
      // The answer was true at some moment of the call: only what lies outside is skew.
      const ahead = beforeMs - (venueMs + RESOLUTION_MS);
      const behind = afterMs - venueMs;
      skewMs = ahead > 0 ? ahead : Math.min(0, behind);
    },
  };
}
