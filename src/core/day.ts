const DAY_MS = 86_400_000;

/** The UTC day of a moment: "2026-08-28". */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** First moment of the UTC day after this one. */
export function nextUtcDayMs(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}

/**
 * The trading day: the later of the wall clock's day and the last persisted one, so that a clock
 * set back never begins a day again and so never clears a daily loss.
 */
export function tradingDay(nowMs: number, lastDay: string | undefined): string {
  const today = utcDay(nowMs);
  return lastDay !== undefined && lastDay > today ? lastDay : today;
}
