import { randomUUID } from 'node:crypto';
import { Refusal, type Route, recordBody } from './http.ts';
import type { Wire } from './wire.ts';

/**
 * Dead man's switch of an API key: once it has sent a heartbeat, silence cancels its open orders.
 */
const SILENCE_MS = 10_000;

export interface Heartbeats {
  routes: Route[];
  /** Cancels the orders of silent keys; called all the time. */
  check(): void;
}

export function createHeartbeats(wire: Wire): Heartbeats {
  const beats = new Map<string, { id: string; atMs: number }>();
  return {
    routes: [
      {
        method: 'POST',
        path: '/clob/v1/heartbeats',
        handle(request) {
          const { apiKey } = wire.auth.l2(request);
          const given = recordBody(request)['heartbeat_id'] ?? '';
          const expected = beats.get(apiKey)?.id ?? '';
          if (given !== expected) {
            throw new Refusal(400, 'Invalid Heartbeat ID', {
              body: { error_msg: 'Invalid Heartbeat ID', heartbeat_id: expected },
            });
          }
          const id = randomUUID();
          beats.set(apiKey, { id, atMs: wire.clock.now() });
          return { body: { heartbeat_id: id } };
        },
      },
    ],
    check() {
      for (const [apiKey, { atMs }] of beats) {
        if (wire.clock.now() - atMs <= SILENCE_MS) continue;
        beats.delete(apiKey);
        for (const order of wire.engine.ordersOf(apiKey)) {
          if (order.status === 'LIVE') wire.engine.cancel(order.orderId, apiKey);
        }
      }
    },
  };
}
