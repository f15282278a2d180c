import type { PostOutcome, SignedOrder } from '../core/order.ts';
import { reasonOf } from '../errors.ts';
import type { Authenticator } from './credentials.ts';
import { type HttpClient, NoAnswerError } from './http.ts';
import { outcomeOfReply } from './post-outcome.ts';

/** Sends an order's bytes once; never throws, never retries: docs/decisions/0007-order-post.md. */
export function createOrderPoster(
  http: HttpClient,
  authenticate: Authenticator,
): (order: SignedOrder, onSent?: () => void) => Promise<PostOutcome> {
  return async ({ orderId, payload }, onSent) => {
    try {
      const headers = authenticate('POST', '/order', payload);
      const reply = await http.send({
        method: 'POST',
        path: '/order',
        headers,
        body: payload,
        onSent,
      });
      const side = payload.includes('"side":"BUY"') ? 'BUY' : 'SELL';
      return outcomeOfReply(reply, orderId, side);
    } catch (error) {
      if (error instanceof NoAnswerError && !error.sent) {
        return { kind: 'rejected', code: 'unreachable', message: error.message };
      }
      return { kind: 'unknown', message: reasonOf(error) };
    }
  };
}
