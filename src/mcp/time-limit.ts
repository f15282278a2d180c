export interface TimeLimit {
  /** Aborted when the outer one is, and when the time is up. */
  signal: AbortSignal;
  isUp(): boolean;
  /** To be called when the work is over. */
  release(): void;
}

/**
 * What AbortSignal.any and AbortSignal.timeout do together, but let go of at once: theirs outlive
 * the call by the whole limit, which at hundreds of calls a second is what the collector works on.
 */
export function limitTime(outer: AbortSignal, timeoutMs: number): TimeLimit {
  const controller = new AbortController();
  let up = false;
  const follow = () => controller.abort(outer.reason);
  if (outer.aborted) follow();
  outer.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => {
    up = true;
    controller.abort();
  }, timeoutMs);
  return {
    signal: controller.signal,
    isUp: () => up,
    release() {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
}
