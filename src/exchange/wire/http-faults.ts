import { Refusal, type WireRequest } from './http.ts';
import type { Wire } from './wire.ts';

/** Faults that strike a request before anything looks at it; throws the venue's refusal. */
export function refuseByFault({ faults }: Wire, { method, path }: WireRequest): void {
  if (path.startsWith('/control')) return;
  const subject = `${method} ${path}`;
  if (faults.take('rate_limited', subject)) {
    throw new Refusal(429, 'Too Many Requests', { headers: { 'retry-after': '1' } });
  }
  const placing = method === 'POST' && /^\/clob\/orders?$/.test(path);
  const cancelling = method === 'DELETE' && /^\/clob\/(orders?|cancel-)/.test(path);
  if (placing) {
    if (faults.take('restarting', subject)) {
      throw new Refusal(425, 'matching engine is restarting');
    }
    if (faults.take('forbidden', subject)) {
      throw new Refusal(403, 'Trading restricted in your region');
    }
    if (faults.take('cancel_only', subject)) {
      throw new Refusal(503, 'Trading is currently cancel-only. New orders are not accepted.');
    }
  }
  if ((placing || cancelling) && faults.take('disabled', subject)) {
    throw new Refusal(503, 'Trading is currently disabled. Check back later.');
  }
}
