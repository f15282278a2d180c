import { ToolFailure } from './definition.ts';

export interface Rates {
  /** Calls a second of all clients together. */
  all: number;
  /** Calls a second of one client, so that it cannot use up what there is for all. */
  caller: number;
}

/** Token buckets that hold two seconds' worth; throws a retriable ToolFailure when one is empty. */
export function createRateLimit(
  rates: Rates,
  nowMs: () => number,
): (caller: object | undefined) => void {
  const all = createBucket(rates.all, nowMs);
  const callers = new WeakMap<object, ReturnType<typeof createBucket>>();
  return (caller) => {
    if (caller) {
      const own = callers.get(caller) ?? createBucket(rates.caller, nowMs);
      callers.set(caller, own);
      own();
    }
    all();
  };
}

function createBucket(perSecond: number, nowMs: () => number): () => void {
  let tokens = 2 * perSecond;
  let filledAtMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(2 * perSecond, tokens + ((now - filledAtMs) / 1_000) * perSecond);
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
