export interface RoundsOptions {
  check(): void;
  /** Real ms until the next check; asked after each. */
  intervalMs(): number;
  /** `lateMs`: how late the timer came, which is how long the event loop was held up. */
  watch(lateMs: number): void;
}

/** How often to look whether the bot lives: far below the check interval, and nearly free. */
const WATCH_EVERY_MS = 500;

/** The timers of the monitor: a full round every interval, a glance twice a second. */
export function createRounds({ check, intervalMs, watch }: RoundsOptions) {
  let round: NodeJS.Timeout | undefined;
  let glance: NodeJS.Timeout | undefined;
  let expectedTick = Number.POSITIVE_INFINITY;
  const look = () => {
    const tick = performance.now();
    watch(Math.max(0, tick - expectedTick));
    expectedTick = tick + WATCH_EVERY_MS;
  };
  const next = () => {
    // After a standstill of our own both timers are due: how long it was must be known first.
    if (performance.now() > expectedTick) look();
    check();
    round = setTimeout(next, intervalMs());
  };
  return {
    start(): void {
      next();
      expectedTick = performance.now() + WATCH_EVERY_MS;
      glance = setInterval(look, WATCH_EVERY_MS);
    },
    stop(): void {
      clearTimeout(round);
      clearInterval(glance);
    },
  };
}
