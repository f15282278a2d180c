/**
 * Durable latches. Every change is on disk before it is acted upon; when it cannot be written,
 * trading is halted. A state that cannot be read halts everything, and the bad file is kept aside.
 */
import { renameSync } from 'node:fs';
import {
  ARMED,
  type BreakerEvent,
  type BreakerState,
  LATCHES,
  type Latch,
} from '../core/breaker.ts';
import {
  ARMED_SET,
  advance,
  type BreakerSet,
  setOf,
  withEquity,
  withTally,
} from '../core/breaker-set.ts';
import type { MicroUsdc } from '../core/money.ts';
import type { Tally } from '../core/tally.ts';
import { ConfigError, RefusedError, reasonOf } from '../errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { type BreakerBody, encodeBody, type HistoryEntry, readBody } from './breaker-file.ts';

export type { HistoryEntry } from './breaker-file.ts';

export interface BreakerStoreOptions {
  path: string;
  nowMs: number;
  /**
   * `create`: a missing file is a first boot. `halt`: it was there once, so its loss is doubtful.
   */
  whenMissing: 'create' | 'halt';
  /** Whose breaker this is; a file of somebody else's is refused. */
  owner?: string;
  /** Only looks: writes nothing, and refuses to change anything. */
  readOnly?: boolean;
}

export interface BreakerChange {
  latch: Latch;
  from: BreakerState;
  to: BreakerState;
  entry: HistoryEntry;
}

export interface BreakerStore {
  readonly path: string;
  /** What an operator should know about how the state was found; unset when it was in order. */
  readonly notice: string | undefined;
  set(): BreakerSet;
  state(latch: Latch): BreakerState;
  /** Why the last change could not be written; unset when it could. */
  fault(): string | undefined;
  /** undefined: the event changed nothing. */
  apply(latch: Latch, event: BreakerEvent, nowMs: number): BreakerChange | undefined;
  seeEquity(equityMicro: MicroUsdc, nowMs: number): void;
  keepTally(tally: Tally, nowMs: number): void;
  /** Newest first. */
  history(limit: number): HistoryEntry[];
}

const HISTORY_LIMIT = 500;
const SELF = 'pmcp';

export function openBreakerStore(options: BreakerStoreOptions): BreakerStore {
  const { path, readOnly = false } = options;
  const found = find(options);
  let body = found.body;
  let fault: string | undefined;

  const write = (changed: BreakerBody): boolean => {
    try {
      writeFileAtomic(path, encodeBody(changed));
      body = changed;
      fault = undefined;
    } catch (error) {
      fault = `${path} cannot be written: ${reasonOf(error)}`;
    }
    return fault === undefined;
  };
  /** Of the old and the new set, whichever holds more back, with a halt over it. */
  const failClosed = (stricter: BreakerSet, latch: Latch, nowMs: number) => {
    const halt: BreakerEvent = { type: 'halt', by: SELF, reason: String(fault) };
    const set = advance(advance(stricter, 'trading', halt, nowMs), latch, halt, nowMs);
    body = { ...body, set };
  };
  // Proves at the start, and not at the first trip, that the state can be written.
  if (!readOnly && !write(body)) failClosed(body.set, 'trading', options.nowMs);

  return {
    path,
    notice: found.notice,
    set: () => body.set,
    state: (latch) => body.set.latches[latch],
    fault: () => fault,
    apply(latch, event, nowMs) {
      if (readOnly) throw new RefusedError(`${path}: opened for reading only`);
      const set = advance(body.set, latch, event, nowMs);
      if (set === body.set) return undefined;
      const from = body.set.latches[latch];
      const entry = entryOf(latch, event, from, set.latches[latch], nowMs);
      const history = [...body.history, entry].slice(-HISTORY_LIMIT);
      const before = body.set;
      const tightens = event.type === 'trip' || event.type === 'halt';
      if (!write({ ...body, set, history })) failClosed(tightens ? set : before, latch, nowMs);
      return { latch, from, to: body.set.latches[latch], entry };
    },
    seeEquity(equityMicro, nowMs) {
      const set = withEquity(body.set, equityMicro, nowMs);
      const isNewDay = set.day?.day !== body.set.day?.day;
      // Within a day the loss follows from the equity at its start, which is on disk.
      if (!isNewDay) body = { ...body, set };
      else if (!write({ ...body, set })) failClosed(set, 'trading', nowMs);
    },
    keepTally(tally, nowMs) {
      const set = withTally(body.set, tally);
      const before = body.set.tally;
      const worse =
        tally.consecutiveLosses !== before.consecutiveLosses || tally.orders.endsWith('x');
      // An order that went well may be forgotten in a crash: that errs towards tripping.
      if (set === body.set || !worse) body = { ...body, set };
      else if (!write({ ...body, set })) failClosed(set, 'trading', nowMs);
    },
    history: (limit) => body.history.slice(-limit).reverse(),
  };
}

interface Found {
  body: BreakerBody;
  notice?: string;
}

function find({ path, nowMs, whenMissing, owner, readOnly }: BreakerStoreOptions): Found {
  const read = readBody(path);
  if ('body' in read) {
    const { body } = read;
    if (owner !== undefined && body.owner !== null && body.owner !== owner) {
      throw new ConfigError(`${path}: belongs to ${body.owner}, not to ${owner}`, {
        hint: 'Give each wallet its own state file.',
      });
    }
    return { body: { ...body, owner: owner ?? body.owner } };
  }
  const empty: BreakerBody = { owner: owner ?? null, set: ARMED_SET, history: [] };
  if ('missing' in read && whenMissing === 'create') {
    return { body: empty, notice: `${path}: no breaker state yet; it begins armed` };
  }
  const why = 'missing' in read ? 'missing' : read.corrupt;
  const aside = 'missing' in read || readOnly ? undefined : keepAside(path, nowMs);
  const reason = `breaker state ${path}: ${why}${aside ? `; kept as ${aside}` : ''}`;
  const halted: BreakerState = { kind: 'halted', by: SELF, reason, atMs: nowMs };
  const history = LATCHES.map((latch) =>
    entryOf(latch, { type: 'halt', by: SELF, reason }, ARMED, halted, nowMs),
  );
  return { body: { ...empty, set: setOf(halted), history }, notice: reason };
}

/** Moves the bad file out of the way for whoever examines it. undefined: that was not possible. */
function keepAside(path: string, nowMs: number): string | undefined {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = `${path}.corrupt-${time}`;
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

function entryOf(
  latch: Latch,
  event: BreakerEvent,
  from: BreakerState,
  to: BreakerState,
  atMs: number,
): HistoryEntry {
  const by = ('by' in event && event.by) || SELF;
  return { atMs, latch, event: event.type, from: from.kind, to: to.kind, by, why: whyOf(event) };
}

function whyOf(event: BreakerEvent): string {
  if (event.type === 'trip') return event.detail ? `${event.cause}: ${event.detail}` : event.cause;
  return ('reason' in event && event.reason) || '';
}
