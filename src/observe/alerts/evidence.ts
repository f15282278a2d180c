import { spanWords } from '../../core/alerts/silence.ts';
import type { Evidence } from '../../core/verdicts.ts';
import type { Probe } from './channel.ts';
import type { OutboxState } from './outbox.ts';

export interface AlertSystemFacts {
  /** The newest question to Telegram; undefined before the first answer. */
  probe: (Probe & { atMs: number }) | undefined;
  outbox: OutboxState;
  /** What is wrong with taking commands. */
  commands: string | undefined;
  /** Why the store cannot be written. */
  storeProblem: string | undefined;
  nowMs: number;
}

/** A message that waits so long is degraded, then critical. */
const WAITING_MS = 60_000;
const STUCK_MS = 10 * 60_000;

/** The health of alerting from what really happened to messages and probes. */
export function alertSystem(facts: AlertSystemFacts): Evidence {
  const { probe, outbox, nowMs } = facts;
  const remedy = outbox.blocked ?? (probe?.remedy === undefined ? undefined : probe);
  if (remedy) {
    const message = `Telegram refuses (${remedy.reason}): ${remedy.remedy}; then \`pmcp alerts test\``;
    return { status: 'critical', certain: true, message };
  }
  const agedMs = outbox.oldestAtMs === undefined ? 0 : nowMs - outbox.oldestAtMs;
  if (agedMs >= WAITING_MS) {
    const why = outbox.lastFailure ?? 'still sending';
    return {
      status: agedMs >= STUCK_MS ? 'critical' : 'degraded',
      certain: true,
      message: `${outbox.waiting} alerts wait since ${spanWords(agedMs)} (${why}): check the network`,
    };
  }
  if (!probe) return { status: 'unknown', message: 'Telegram is being asked' };
  if (!probe.ok) {
    const message = `Telegram does not answer (${probe.reason}): check the network`;
    return { status: 'degraded', certain: true, message };
  }
  const lesser = facts.commands ?? facts.storeProblem;
  if (lesser !== undefined) return { status: 'degraded', certain: true, message: lesser };
  const age = spanWords(nowMs - probe.atMs);
  return { status: 'healthy', message: `Telegram answered ${age} ago, nothing waits` };
}
