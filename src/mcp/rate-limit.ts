import { ToolFailure } from './definition.ts';

/** A token bucket; throws a retriable ToolFailure when it is empty. */
export function createRateLimit(perSecond: number, burst: number, nowMs: () => number): () => void {
  let tokens = burst;
  let filledAtMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - filledAtMs) / 1_000) * perSecond);
    filledAtMs = now;
    if (tokens < 1) {
      const waitMs = Math.ceil(((1 - tokens) / perSecond) * 1_000);
      throw new ToolFailure(
        'rate_limited',
        `more than ${perSecond} calls a second`,
        `Wait ${waitMs} ms and call again.`,
        waitMs,
      );
    }
    tokens -= 1;
  };
}
