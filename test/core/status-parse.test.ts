import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStatusLine } from '../../src/core/status-parse.ts';
import { fakeDecision, fakeHello, fakeStatus } from '../fakes/status.ts';
import { fakeEvents } from '../fakes/up-view.ts';

const status = { type: 'status', seq: 1, atMs: 2, status: fakeStatus() };
const event = (value: object) => ({ type: 'event', seq: 1, atMs: 2, event: value });

test.each<[object]>([
  [{ type: 'hello', ...fakeHello }],
  [status],
  [{ ...status, more: 'from a newer bot' }],
  [
    {
      ...status,
      status: fakeStatus({
        breaker: {
          trading: { kind: 'tripped', cause: 'daily_loss', atMs: 1, untilMs: null },
          mcp: { kind: 'halted', by: 'me', reason: 'lunch', atMs: 1 },
        },
      }),
    },
  ],
  [
    {
      ...status,
      status: fakeStatus({
        breaker: {
          trading: { kind: 'probing', cause: 'daily_loss', sinceMs: 1 },
          mcp: { kind: 'armed' },
        },
      }),
    },
  ],
  ...fakeEvents()
    .slice(0, 6)
    .map((one): [object] => [event(one)]),
  [
    event({
      kind: 'settlement',
      orderId: 'o',
      tradeId: 't',
      status: 'FAILED',
      sharesMicro: 1,
      priceMicro: 1,
      feeMicro: 0,
    }),
  ],
  [
    event({
      kind: 'exit',
      tokenId: '1',
      title: 't',
      reason: 'stop_loss',
      orderId: null,
      detail: '',
    }),
  ],
  [event({ kind: 'breaker', latch: 'trading', from: 'armed', to: 'tripped', cause: 'c', by: 'b' })],
  [event({ kind: 'resolution', conditionId: '0x', title: 't', payoutMicro: 1, pnlMicro: -1 })],
  [event({ kind: 'feed', state: 'blind', detail: '' })],
  [event({ kind: 'notice', level: 'error', message: 'm' })],
  [{ type: 'dropped', count: 3 }],
  [{ type: 'answer', ok: false, message: 'no' }],
])('understands %j', (message) => {
  expect(parseStatusLine(JSON.stringify(message))).toEqual(message);
});

const broken = (change: (copy: ReturnType<typeof fakeStatus>) => void) => {
  const copy = structuredClone(fakeStatus());
  change(copy);
  return { ...status, status: copy };
};

test.each([
  ['', 'not JSON: ""'],
  ['nul', 'not JSON: "nul"'],
  ['[]', 'message: must be an object'],
  ['{}', 'type: must be one of hello'],
  ['{"type":"constructor"}', 'type: must be one of hello'],
  ['{"type":"dropped"}', 'count: must be a number, got nothing'],
  [
    broken((s) => Object.assign(s, { cashMicro: null })),
    'status.cashMicro: must be a number, got null',
  ],
  [broken((s) => Object.assign(s, { mode: 'real' })), 'status.mode: must be one of paper'],
  [broken((s) => Object.assign(s, { entriesAllowed: 1 })), 'status.entriesAllowed: must be true'],
  [broken((s) => Object.assign(s, { positions: {} })), 'status.positions: must be a list'],
  [broken((s) => Object.assign(s.positions[0] ?? {}, { title: 1 })), 'status.positions[0].title'],
  [broken((s) => Object.assign(s.decisions, { 'copy:x': 'y' })), 'status.decisions.copy:x'],
  [broken((s) => Object.assign(s, { orders: [] })), 'status.orders: must be an object'],
  [broken((s) => s.latency.ack.buckets.pop()), 'status.latency.ack.buckets: must hold 18 counts'],
  [broken((s) => Object.assign(s.latency, { ack: [] })), 'status.latency.ack: must be an object'],
  [broken((s) => Object.assign(s.breaker, { mcp: [] })), 'status.breaker.mcp: must be an object'],
  [
    broken((s) => Object.assign(s.breaker.trading, { kind: 'open' })),
    'status.breaker.trading.kind',
  ],
  [event(fakeDecision({ side: 'buy' as 'BUY' })), 'event.side: must be one of BUY, SELL'],
])('says what is wrong with %j', (message, problem) => {
  const line = typeof message === 'string' ? message : JSON.stringify(message);
  expect(parseStatusLine(line)).toEqual({ problem: expect.stringContaining(problem) });
});

test('nothing that is sent makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      expect(parseStatusLine(line)).toHaveProperty('problem');
    }),
  );
});
