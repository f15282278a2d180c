/** A token bucket: lets a burst through, then a steady rate. Pure but for its own memory. */
export interface Bucket {
  /** Whether one more may pass now. */
  take(nowMs: number): boolean;
}

export function createBucket(burst: number, perSecond: number): Bucket {
  let tokens = burst;
  let lastMs: number | undefined;
  return {
    take: (nowMs) => {
      const spanMs = lastMs === undefined ? 0 : Math.max(0, nowMs - lastMs);
      lastMs = nowMs;
      tokens = Math.min(burst, tokens + (spanMs / 1000) * perSecond);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
