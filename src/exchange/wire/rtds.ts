import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { ActivityRow } from '../engine.ts';
import { isRecord } from './http.ts';
import type { SocketRoom } from './market-socket.ts';
import { breakRow, feedRow } from './shapes/activity.ts';
import { createOutlet, type Outlet, onFrames, type SocketLimits } from './socket.ts';
import type { Wire } from './wire.ts';

/**
 * /rtds: the live feed of everybody's fills. `trades` has a message for each side of a fill,
 * `orders_matched` one with the taker's wallet; `*` is both.
 */
type FeedType = 'trades' | 'orders_matched';
const TYPES: readonly FeedType[] = ['trades', 'orders_matched'];

interface Listener {
  id: string;
  outlet: Outlet;
  types: Set<FeedType>;
}

/** Rows held back by the late_rows fault. */
const MAX_LATE_ROWS = 10_000;

export interface FeedRoom extends SocketRoom {
  /** Sends held-back rows whose time has come. */
  flush(): void;
}

export function createRtds(wire: Wire, limits: SocketLimits): FeedRoom {
  const listeners = new Map<WebSocket, Listener>();
  let late: { dueMs: number; row: ActivityRow }[] = [];

  const send = (row: ActivityRow, type: FeedType, payload: object) => {
    const message = { topic: 'activity', type, timestamp: wire.engine.now(), payload };
    for (const { id, outlet, types } of listeners.values()) {
      if (types.has(type)) outlet.send({ connection_id: id, ...message });
    }
    return row;
  };
  const publish = (row: ActivityRow) => {
    const times = wire.faults.take('duplicated_rows', 'rtds') ? 2 : 1;
    const sound = feedRow(wire.engine, row);
    const payload = wire.faults.take('malformed_rows', 'rtds') ? breakRow(sound) : sound;
    for (let time = 0; time < times; time++) {
      if (row.taker) send(row, 'orders_matched', payload);
      send(row, 'trades', payload);
    }
  };

  return {
    accept(socket) {
      const outlet = createOutlet(socket, limits);
      const listener: Listener = { id: randomUUID(), outlet, types: new Set() };
      listeners.set(socket, listener);
      socket.on('close', () => listeners.delete(socket));
      onFrames(socket, outlet, (frame) => subscribe(listener, frame));
    },
    onEvent(event) {
      if (event.kind !== 'activity' || event.row.type !== 'TRADE') return;
      const fault = wire.faults.take('late_rows', 'rtds');
      if (!fault || late.length >= MAX_LATE_ROWS) return publish(event.row);
      late.push({ dueMs: wire.engine.now() + fault.ms, row: event.row });
    },
    flush() {
      const due = late.filter(({ dueMs }) => dueMs <= wire.engine.now());
      if (due.length === 0) return;
      late = late.filter(({ dueMs }) => dueMs > wire.engine.now());
      for (const { row } of due) publish(row);
    },
    closeAll() {
      for (const socket of listeners.keys()) socket.close(1001, 'going away');
    },
    size: () => listeners.size,
  };
}

function subscribe(listener: Listener, frame: Record<string, unknown>): boolean {
  const { action, subscriptions } = frame;
  if (action !== 'subscribe' && action !== 'unsubscribe') return false;
  if (!Array.isArray(subscriptions) || !subscriptions.every(isRecord)) return false;
  for (const { topic, type } of subscriptions) {
    // Other topics (prices, comments) exist on the venue, and stay silent here.
    if (topic !== 'activity') continue;
    for (const known of TYPES) {
      if (type !== '*' && type !== known) continue;
      if (action === 'subscribe') listener.types.add(known);
      else listener.types.delete(known);
    }
  }
  return true;
}
