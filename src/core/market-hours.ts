/** Hours (UTC) in which scans and deploys wait; START after END spans midnight. */
export interface MarketHours {
  enabled: boolean;
  /** First hour, 0 to 23. */
  start: number;
  /** The hour it ends at; equal to start: never open. */
  end: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When the hold ends, epoch ms; undefined: nothing is held now. */
export function heldUntil(hours: MarketHours, nowMs: number): number | undefined {
  if (!hours.enabled || hours.start === hours.end) return undefined;
  const midnight = nowMs - (nowMs % DAY_MS);
  const start = midnight + hours.start * HOUR_MS;
  const end = midnight + hours.end * HOUR_MS;
  if (start < end) return nowMs >= start && nowMs < end ? end : undefined;
  if (nowMs < end) return end;
  return nowMs >= start ? end + DAY_MS : undefined;
}
