import type { Clock } from '../../clock.ts';
import { Refusal } from './http.ts';

/**
 * Faults on purpose, as the venue shows them. Each is armed for a number of times, a span of
 * exchange time, or until cleared; the wire asks `take` at the places where it could strike.
 */
export const faultKinds = {
  restarting: '425 to every new order: the matching engine restarts',
  rate_limited: '429 with Retry-After to every request',
  post_only: '503 to every new order that is not post-only',
  cancel_only: '503 to every new order',
  disabled: '503 to every new order and cancel',
  forbidden: '403 to every new order, as for a blocked region',
  lost_answer: 'a new order is accepted, then the connection is cut',
  slow_answer: 'answers come `ms` real milliseconds late',
  failed_settlement: 'trades that a new order takes end FAILED',
  unmatched: 'a new order is answered with status unmatched, and is not placed',
  delayed: 'a new order is answered with status delayed, and matched `ms` later',
  stall: 'sockets stay open but carry no more events',
  late_rows: 'feed rows come `ms` late; with match=data, the Data API hides younger rows',
  duplicated_rows: 'feed rows come twice',
  malformed_rows: 'one field of a feed row is broken',
  disconnect: 'open sockets are closed, and new ones while it lasts',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  id: number;
  kind: FaultKind;
  /** Strikes left; undefined: no limit. */
  count: number | undefined;
  /** Exchange time at which it ends; undefined: never. */
  untilMs: number | undefined;
  probability: number;
  /** Part of `METHOD /path`, or rtds, market, user, data; undefined: wherever the kind strikes. */
  match: string | undefined;
  ms: number;
  /** How often it has struck. */
  struck: number;
}

export interface Faults {
  list(): Fault[];
  add(value: Record<string, unknown>): Fault;
  clear(): void;
  /** The fault that strikes here and now, one use of it spent. */
  take(kind: FaultKind, subject: string): Fault | undefined;
  /** As take, without spending a use. */
  active(kind: FaultKind, subject: string): Fault | undefined;
  onAdd(listener: (fault: Fault) => void): void;
}

export function createFaults(clock: Clock, random: () => number): Faults {
  let faults: Fault[] = [];
  let lastId = 0;
  const listeners: ((fault: Fault) => void)[] = [];

  const find = (kind: FaultKind, subject: string) =>
    faults.find(
      (fault) =>
        fault.kind === kind &&
        (fault.match === undefined || subject.includes(fault.match)) &&
        (fault.untilMs === undefined || clock.now() < fault.untilMs) &&
        (fault.probability === 1 || random() < fault.probability),
    );
  const prune = () => {
    faults = faults.filter(
      (fault) => fault.count !== 0 && (fault.untilMs === undefined || clock.now() < fault.untilMs),
    );
  };
  return {
    list() {
      prune();
      return faults.map((fault) => ({ ...fault }));
    },
    add(value) {
      const fault = parseFault(value, ++lastId, clock.now());
      faults.push(fault);
      for (const listener of listeners) listener(fault);
      prune();
      return fault;
    },
    clear() {
      faults = [];
    },
    take(kind, subject) {
      const fault = find(kind, subject);
      if (!fault) return undefined;
      fault.struck += 1;
      if (fault.count !== undefined) fault.count -= 1;
      prune();
      return fault;
    },
    active: find,
    onAdd(listener) {
      listeners.push(listener);
    },
  };
}

function parseFault(value: Record<string, unknown>, id: number, nowMs: number): Fault {
  const allowed = ['kind', 'count', 'seconds', 'probability', 'match', 'ms'];
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw refuse(unknown, value[unknown], `one of ${allowed.join(', ')}`);
  const { kind, match } = value;
  if (typeof kind !== 'string' || !isFaultKind(kind)) {
    throw refuse('kind', kind, Object.keys(faultKinds).join(', '));
  }
  if (match !== undefined && typeof match !== 'string') throw refuse('match', match, 'a string');
  const seconds = numberIn(value, 'seconds', 0.001, 1e6);
  const count = numberIn(value, 'count', 1, 1e6);
  if (count !== undefined && !Number.isInteger(count)) throw refuse('count', count, 'an integer');
  return {
    id,
    kind,
    count: count ?? (seconds === undefined ? 1 : undefined),
    untilMs: seconds === undefined ? undefined : nowMs + seconds * 1000,
    probability: numberIn(value, 'probability', 0, 1) ?? 1,
    match,
    ms: numberIn(value, 'ms', 0, 3_600_000) ?? 2000,
    struck: 0,
  };
}

function isFaultKind(kind: string): kind is FaultKind {
  return Object.hasOwn(faultKinds, kind);
}

function numberIn(value: Record<string, unknown>, key: string, min: number, max: number) {
  const number = value[key];
  if (number === undefined) return undefined;
  if (typeof number !== 'number' || !(number >= min && number <= max)) {
    throw refuse(key, number, `a number from ${min} to ${max}`);
  }
  return number;
}

function refuse(key: string, received: unknown, allowed: string): Refusal {
  return new Refusal(400, `fault ${key}: ${JSON.stringify(received)} is not ${allowed}`);
}
