import { expect, test } from 'vitest';
import { eventLine } from '../../src/bot/event-log.ts';
import { parseLogLine } from '../../src/core/log-line.ts';
import type { BotEvent } from '../../src/core/status.ts';
import { fakeDecision } from '../fakes/status.ts';

const at = Date.parse('2026-05-03T10:00:00Z');
const order = (outcome: string): BotEvent => ({
  kind: 'order',
  fillId: 'f',
  orderId: 'o',
  outcome,
  detail: '',
  sharesMicro: 0,
  usdcMicro: 0,
});
const breaker = (to: string): BotEvent => ({
  kind: 'breaker',
  latch: 'trading',
  from: 'armed',
  to,
  cause: 'daily_loss',
  by: 'bot',
});

test('what is needed to find an order again is on the line', () => {
  const line = eventLine(fakeDecision(), at, at);
  expect(line).toMatchObject({ process: 'bot', kind: 'decision', fillId: 'f00d', level: 'info' });
  expect(line['orderId']).toMatch(/^0x/);
  expect(line).not.toHaveProperty('clock');
  expect(parseLogLine(JSON.stringify(line))).toEqual(line);
});

test('paper time is told beside the real one, and no order has no id', () => {
  const line = eventLine(fakeDecision({ orderId: null }), at, at + 60_000);
  expect(line).toMatchObject({
    time: '2026-05-03T10:00:00.000Z',
    clock: '2026-05-03T10:01:00.000Z',
  });
  expect(line).not.toHaveProperty('orderId');
});

test.each<[BotEvent, string]>([
  [order('accepted'), 'info'],
  [order('rejected'), 'warn'],
  [order('unknown'), 'warn'],
  [breaker('armed'), 'info'],
  [breaker('tripped'), 'error'],
  [{ kind: 'feed', state: 'blind', detail: '' }, 'error'],
  [{ kind: 'feed', state: 'silent', detail: '' }, 'warn'],
  [{ kind: 'feed', state: 'sighted', detail: '' }, 'info'],
  [{ kind: 'notice', level: 'warning', message: '' }, 'warn'],
  [{ kind: 'notice', level: 'error', message: '' }, 'error'],
])('the gravity of %o', (event, level) => {
  expect(eventLine(event, at, at).level).toBe(level);
});
