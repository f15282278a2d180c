import type { DecisionState } from '../dashboard/state.ts';
import type { RecordedDecision } from '../history/decisions.ts';
import type { History } from '../history/history.ts';
import type { Monitor } from '../monitor.ts';

export interface Feed {
  /** Newest first. */
  decisions(): readonly DecisionState[];
  close(): void;
}

const KEPT = 40;

/** The last decisions, from history at first and as they happen then. */
export function createFeed(monitor: Monitor, history: History): Feed {
  const kept = history.decisions({ limit: KEPT, offset: 0 }).decisions.map(toState);
  const close = monitor.subscribe({
    sheds: true,
    event(event, atMs) {
      if (event.kind !== 'decision') return;
      kept.unshift(toState({ atMs, event }));
      kept.length = Math.min(kept.length, KEPT);
    },
  });
  return { decisions: () => kept, close };
}

function toState({ atMs, event }: RecordedDecision): DecisionState {
  return {
    id: event.fillId,
    atMs,
    wallet: event.wallet,
    title: event.title,
    outcome: event.outcome,
    side: event.side,
    leaderMicro: event.leaderSharesMicro,
    priceMicro: event.leaderPriceMicro,
    result: event.result,
    reason: event.reason,
    detail: event.detail,
    usdcMicro: event.usdcMicro,
  };
}
