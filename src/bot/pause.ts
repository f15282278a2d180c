import { UsageError } from '../errors.ts';
import type { ControlHandlers } from '../host/control-server.ts';
import type { Parts } from './parts.ts';

/** Longest pause, real ms: who asks for one and dies must not keep the bot from trading for long. */
export const MAX_PAUSE_MS = 120_000;

/** Answer of every verb about entries. */
export interface EntriesReport {
  /** Why they are paused; null: they are not. */
  paused: string | null;
  /** Real ms until the pause ends by itself; 0 when there is none. */
  endsInMs: number;
  /** Journal and venue have agreed since this process began. */
  reconciled: boolean;
  /** Why no entry is made now, pause or other; null: entries are open. */
  blockedBy: string | null;
  /** Orders that have not come to their end. */
  openOrders: number;
  /** Of these, posted without a known outcome, or being posted now. */
  unsettledOrders: number;
  /** Leaders' fills that wait for their decision. */
  waitingFills: number;
}

export interface Pause {
  verbs: ControlHandlers;
  close(): void;
}

export interface PauseNeeds {
  parts: Pick<Parts, 'guard' | 'orders' | 'notice'>;
  inFlight(): number;
  waitingFills(): number;
  agreedAtMs(): number | undefined;
}

/**
 * Entries wait, for a switch of releases: fills are kept undecided, and decided when the pause ends
 * or by the next process. Exits, cancels and reconciliation go on. A pause lifts nothing but itself:
 * a halt or a trip that came before or meanwhile stays.
 */
export function createPause({ parts, inFlight, waitingFills, agreedAtMs }: PauseNeeds): Pause {
  const { guard, orders, notice } = parts;
  let timer: NodeJS.Timeout | undefined;
  let endTick = 0;

  const end = (how: string) => {
    clearTimeout(timer);
    timer = undefined;
    if (!guard.has('paused')) return;
    guard.clear('paused');
    notice('info', `entries: the pause ${how}`);
  };
  const report = (): EntriesReport => {
    const block = guard.current();
    const paused = guard.detail('paused') ?? null;
    return {
      paused,
      endsInMs: paused === null ? 0 : Math.max(0, Math.round(endTick - performance.now())),
      reconciled: agreedAtMs() !== undefined && !guard.has('starting'),
      blockedBy: block === undefined ? null : `${block.reason}: ${block.detail}`,
      openOrders: orders.count,
      unsettledOrders: orders.unknownCount() + inFlight(),
      waitingFills: waitingFills(),
    };
  };
  return {
    verbs: {
      'entries.status': report,
      'entries.pause'(args) {
        const { reason, by, seconds } = pauseArgs(args);
        clearTimeout(timer);
        endTick = performance.now() + seconds * 1000;
        timer = setTimeout(() => end('ended by itself'), seconds * 1000);
        guard.block('paused', `${reason} (${by})`);
        notice('info', `entries: paused for at most ${seconds} s by ${by}: ${reason}`);
        return report();
      },
      'entries.resume'() {
        end('ended');
        return report();
      },
    },
    close: () => clearTimeout(timer),
  };
}

function pauseArgs(args: Readonly<Record<string, unknown>>) {
  const { reason, by, seconds } = args;
  for (const [key, value] of Object.entries({ reason, by })) {
    const fits = typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value) && value.trim();
    if (!fits) throw new UsageError(`${key}: must be a text of 1 to 200 characters`);
  }
  const limit = MAX_PAUSE_MS / 1000;
  if (!Number.isSafeInteger(seconds) || Number(seconds) < 1 || Number(seconds) > limit) {
    throw new UsageError(
      `seconds: ${JSON.stringify(seconds)} is not a whole number from 1 to ${limit}`,
    );
  }
  return { reason: String(reason), by: String(by), seconds: Number(seconds) };
}
