import type { DashboardState } from './state.ts';

export interface StreamWatcher {
  state(state: DashboardState): void;
  /** Called every second: how long ago the newest state came, and how long that may be. */
  tick(ageMs: number, allowedMs: number): void;
}

/** Between two attempts after the browser itself gave up. */
const RECONNECT_MS = 3_000;

/** Follows the server's stream across every break. */
export function follow(watcher: StreamWatcher): void {
  let heardTick = performance.now();
  let allowedMs = 5_000;
  let retryTick = 0;
  let source = connect();

  function connect(): EventSource {
    const opened = new EventSource('/events');
    opened.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const state = JSON.parse(data) as DashboardState;
      heardTick = performance.now();
      allowedMs = state.refreshMs * 2 + 1_000;
      watcher.state(state);
      watcher.tick(0, allowedMs);
    });
    return opened;
  }

  /** A browser tries again by itself after a break, but not after a refusal or a long silence. */
  function retry(): void {
    const nowTick = performance.now();
    const silent = nowTick - heardTick > allowedMs * 2;
    if (nowTick - retryTick < RECONNECT_MS) return;
    if (source.readyState !== EventSource.CLOSED && !silent) return;
    retryTick = nowTick;
    source.close();
    void loginIfNeeded();
    source = connect();
  }

  setInterval(() => {
    watcher.tick(performance.now() - heardTick, allowedMs);
    retry();
  }, 1_000);
}

/** The session ended, or the token changed. */
async function loginIfNeeded(): Promise<void> {
  const answer = await fetch('/api/state').catch(() => undefined);
  if (answer?.status === 401) location.assign('/login');
}
