import { expect, it } from 'vitest';
import { ARMED, type BreakerState, permits } from '../../src/core/breaker.ts';

const tripped: BreakerState = { kind: 'tripped', cause: 'failure_rate', atMs: 10, untilMs: 1000 };
const probing: BreakerState = { kind: 'probing', cause: 'failure_rate', sinceMs: 1000 };
const halted: BreakerState = { kind: 'halted', by: 'ann', reason: 'look', atMs: 20 };

it('costs at most 50 ns to ask', () => {
  const states = [ARMED, tripped, probing, halted];
  let yes = 0;
  const round = (n: number) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < n; i++) if (permits(states[i & 3] as BreakerState, 'enter')) yes++;
    return Number(process.hrtime.bigint() - start) / n;
  };
  round(200_000);
  const best = Math.min(...Array.from({ length: 5 }, () => round(200_000)));
  expect(yes).toBeGreaterThan(0);
  expect(best).toBeLessThan(50);
});
