import type { Followed } from './follow.ts';
import type { Parts } from './parts.ts';

/** Watches whether the feeds can be trusted. Blind means no entries; blind for long trips. */
export interface Discovery {
  look(): void;
  isBlind(): boolean;
}

/** A poll of every wallet may take so many intervals before the Data API counts as failing. */
const POLL_INTERVALS = 4;
/** What a stutter of machine or network may take, whatever the speed of the clock. Real ms. */
const STUTTER_REAL_MS = 3000;
/** Blind for this many silence limits, and this long in real time, trips the breaker. */
const TRIP_SILENCES = 3;
const TRIP_REAL_MS = 20_000;

export function createDiscovery(parts: Parts, followed: Followed): Discovery {
  const { clock, venue, guard, desk, settings, emit } = parts;
  const startedAtMs = clock.now();
  let blindSinceMs: number | undefined;
  let reconnects = 0;
  let connected = false;

  const stutterMs = STUTTER_REAL_MS * clock.speed;
  const silenceMs = Math.max(settings.feedSilenceMs, stutterMs);
  const pollMs = Math.max(POLL_INTERVALS * settings.monitorIntervalMs, stutterMs);
  const tripMs = Math.max(TRIP_SILENCES * settings.feedSilenceMs, TRIP_REAL_MS * clock.speed);

  const why = (): string | undefined => {
    const nowMs = clock.now();
    const { lastMessageAtMs, lastPollAtMs, connected: live } = venue.feedHealth();
    const quietMs = nowMs - (lastMessageAtMs ?? startedAtMs);
    if (lastMessageAtMs === undefined) return 'the live feed has not spoken yet';
    if (quietMs > silenceMs) {
      return `the live feed is silent for ${seconds(quietMs)} s${live ? '' : ' and disconnected'}`;
    }
    const pollAgeMs = nowMs - (lastPollAtMs ?? startedAtMs);
    if (pollAgeMs > pollMs) return `the Data API has not answered for ${seconds(pollAgeMs)} s`;
    return undefined;
  };
  const follow = () => {
    const health = venue.feedHealth();
    if (health.connected !== connected) {
      connected = health.connected;
      if (connected) {
        const state = health.reconnects === 0 ? 'connected' : 'reconnected';
        emit({ kind: 'feed', state, detail: 'live feed' });
      }
    }
    if (health.reconnects > reconnects) void followed.backfill();
    reconnects = health.reconnects;
  };

  return {
    isBlind: () => blindSinceMs !== undefined,
    look() {
      follow();
      const reason = why();
      if (reason === undefined) {
        if (blindSinceMs !== undefined) {
          emit({ kind: 'feed', state: 'sighted', detail: 'feeds can be trusted again' });
          void followed.backfill();
        }
        blindSinceMs = undefined;
        guard.clear('blind');
        desk.blind(undefined);
        return;
      }
      if (blindSinceMs === undefined) {
        blindSinceMs = clock.now();
        emit({ kind: 'feed', state: 'blind', detail: reason });
      }
      guard.block('blind', reason);
      desk.blind(clock.now() - blindSinceMs > tripMs ? reason : undefined);
    },
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
