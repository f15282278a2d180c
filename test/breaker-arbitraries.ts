/** Random but plausible breaker histories, shared by the property tests. */
import fc from 'fast-check';
import { type BreakerEvent, LATCHES, TRIP_CAUSES } from '../src/core/breaker.ts';

const time = fc.integer({ min: 0, max: 10_000 });
const by = fc.constantFrom('ann', 'bob');

export const breakerEvent: fc.Arbitrary<BreakerEvent> = fc.oneof(
  fc.record(
    {
      type: fc.constant('trip' as const),
      cause: fc.constantFrom(...TRIP_CAUSES),
      untilMs: fc.option(time),
      detail: fc.string(),
      firm: fc.boolean(),
    },
    { requiredKeys: ['type', 'cause', 'untilMs'] },
  ),
  fc.constant({ type: 'tick' as const }),
  fc.constant({ type: 'probe_confirmed' as const }),
  fc.record({ type: fc.constant('recovery' as const), ok: fc.boolean() }),
  fc.record({ type: fc.constant('reset' as const), by }),
  fc.record({ type: fc.constant('halt' as const), by, reason: fc.string() }),
  fc.record({ type: fc.constant('resume' as const), by }),
);

/** Times in any order: a clock may be set back. */
export const breakerEvents = fc.array(fc.record({ event: breakerEvent, nowMs: time }), {
  maxLength: 60,
});

export const latch = fc.constantFrom(...LATCHES);
