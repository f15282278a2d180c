/**
 * The operator's verbs on the breaker. The running bot serves them over its control socket; when
 * none runs, the commands use the very same ones on the store, under the bot's lock.
 */
import { type BreakerEvent, type BreakerState, LATCHES, type Latch } from '../core/breaker.ts';
import type { DayLoss } from '../core/day-loss.ts';
import { FailedError, UsageError } from '../errors.ts';
import type { ControlHandlers } from '../host/control-server.ts';
import type { BreakerChange, BreakerStore, HistoryEntry } from '../state/breaker-store.ts';

/** Answer of `breaker.status`, and part of every other. */
export interface BreakerReport {
  latches: Readonly<Record<Latch, BreakerState>>;
  day: DayLoss | null;
  /** What is wrong with the state itself; null when nothing is. */
  notice: string | null;
}

export interface ChangeReport extends BreakerReport {
  /** The latches that changed; none when the state already was so. */
  changed: Latch[];
}

export interface HistoryReport {
  /** Newest first. */
  entries: HistoryEntry[];
}

export interface BreakerVerbsOptions {
  store: BreakerStore;
  /** Clock milliseconds. */
  now(): number;
  /** Told of every change, after it is durable. */
  onChange?(change: BreakerChange): void;
}

const MAX_REASON = 500;
const MAX_NAME = 100;

export function createBreakerVerbs(options: BreakerVerbsOptions) {
  const { store, now, onChange } = options;
  const report = (): BreakerReport => {
    const { latches, day } = store.set();
    return { latches, day, notice: store.fault() ?? store.notice ?? null };
  };
  const apply = (latches: readonly Latch[], event: BreakerEvent): ChangeReport => {
    const changed: Latch[] = [];
    for (const latch of latches) {
      const change = store.apply(latch, event, now());
      if (!change) continue;
      changed.push(latch);
      onChange?.(change);
    }
    const fault = store.fault();
    if (fault !== undefined && changed.length > 0) {
      throw new FailedError(`${fault}; trading is halted until it can be`, {
        hint: 'Free disk space or mend its mode, then run `pmcp resume`.',
      });
    }
    return { ...report(), changed };
  };
  return {
    halt: (args) =>
      apply(['trading'], { type: 'halt', by: who(args), reason: text(args, 'reason', MAX_REASON) }),
    resume(args) {
      // A state that could not be read halted every latch: all of them are resumed.
      const halted = LATCHES.filter((latch) => store.state(latch).kind === 'halted');
      return apply(halted, { type: 'resume', by: who(args), ...maybeReason(args) });
    },
    'breaker.status': report,
    'breaker.trip'(args) {
      const by = who(args);
      const detail = text(args, 'reason', MAX_REASON);
      const untilMs = null;
      return apply([latchOf(args)], {
        type: 'trip',
        cause: 'operator',
        detail,
        untilMs,
        firm: true,
        by,
      });
    },
    'breaker.reset': (args) =>
      apply([latchOf(args)], { type: 'reset', by: who(args), ...maybeReason(args) }),
    'breaker.history'(args): HistoryReport {
      const limit = args['limit'] ?? 20;
      if (!Number.isSafeInteger(limit) || Number(limit) < 1) {
        throw new UsageError(`limit: ${JSON.stringify(limit)} is not a whole number from 1`);
      }
      return { entries: store.history(Number(limit)) };
    },
  } satisfies ControlHandlers;
}

type Args = Readonly<Record<string, unknown>>;

/** Control characters are refused: these words end up on terminals and in logs. */
function text(args: Args, key: string, limit: number): string {
  const value = args[key];
  if (typeof value !== 'string' || value.trim() === '' || value.length > limit) {
    throw new UsageError(`${key}: must be a text of 1 to ${limit} characters`);
  }
  if (/\p{Cc}/u.test(value)) throw new UsageError(`${key}: must not hold control characters`);
  return value;
}

function who(args: Args): string {
  return text(args, 'by', MAX_NAME);
}

function maybeReason(args: Args): { reason?: string } {
  return args['reason'] === undefined ? {} : { reason: text(args, 'reason', MAX_REASON) };
}

function latchOf(args: Args): Latch {
  const wanted = args['latch'] ?? 'trading';
  const latch = LATCHES.find((name) => name === wanted);
  if (latch) return latch;
  throw new UsageError(`latch: ${JSON.stringify(wanted)} is not known`, {
    hint: `One of: ${LATCHES.join(', ')}.`,
  });
}
