import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Paint } from '../../src/command.ts';
import type { BotEvent } from '../../src/core/status.ts';
import { clean, cut, width } from '../../src/screen/cells.ts';
import { eventWords } from '../../src/screen/event-words.ts';
import { createJournalTail } from '../../src/screen/journal-tail.ts';
import { draw, spread } from '../../src/screen/spans.ts';
import { statusLines } from '../../src/screen/status-view.ts';
import { table } from '../../src/screen/table.ts';
import { createUpPipe } from '../../src/screen/up-pipe.ts';
import { shareOut, upLines } from '../../src/screen/up-view.ts';
import { breakerWords } from '../../src/screen/words.ts';
import { fakeDecision, fakeHello, fakeLatency, fakeStatus } from '../fakes/status.ts';
import { fakeEvents, fakeUpView } from '../fakes/up-view.ts';

const same = (text: string) => text;
const plain: Paint = { good: same, warn: same, bad: same, dim: same, strong: same };
const marked: Paint = {
  good: (text) => `<good ${text}>`,
  warn: (text) => `<warn ${text}>`,
  bad: (text) => `<bad ${text}>`,
  dim: same,
  strong: same,
};

test('fills exactly the screen, whatever its size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 250 }),
      fc.integer({ min: 1, max: 80 }),
      (columns, rows) => {
        const lines = upLines(fakeUpView(), columns, rows, plain);
        expect(lines).toHaveLength(rows);
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
      },
    ),
    { numRuns: 60 },
  );
});

test('80x24 shows everything that matters', () => {
  const text = upLines(fakeUpView(), 80, 24, plain).join('\n');
  for (const part of [
    'paper · volatile · 60 x real time',
    '22:14:10 UTC · up 12:34',
    '● exchange  ● bot  ● mcp',
    'breaker    armed · entries open',
    'today +3.12   realised +1.00   open +2.12   fees 0.01',
    'equity 1,003.12   cash 957.30   exposure 42.70   reserved 0.00',
    'feed 0.40/1.20   internal 0.40/1.20   ack 0.40/1.20   ms p50/p99',
    'live, last 0.1 s ago, 100 % complete, 4,321 rows, 5 wallets',
    '7 copied, 5 skipped (slippage 3, stale 2)',
    'accepted 7, filled 6, confirmed 6, rejected 1',
    'POSITIONS  7, the largest 4',
    'copy      BUY Yes for 6.84 · Will it rain',
    'skip      BUY Yes · slippage: ask 0.612, limit 0.581',
    'filled    12 for 6.84 · Yes · Will it rain',
    'Ctrl-C stops',
  ]) {
    expect(text).toContain(part);
  }
});

test('a wide screen names leaders and uses its room', () => {
  const lines = upLines(fakeUpView(), 130, 60, plain);
  expect(lines.join('\n')).toContain('0x1212…1212');
  expect(lines.filter((line) => line.includes(' copy ')).length).toBeGreaterThan(10);
});

test.each([
  [{ connected: false, ageMs: undefined, status: undefined }, 'the bot is starting'],
  [{ connected: false, ageMs: undefined, status: undefined }, 'waiting for the bot'],
  [{ connected: true, ageMs: 61_000 }, '<bad the bot is silent for 61 s>'],
  [{ alarm: 'bot was killed by SIGKILL' }, '<bad bot was killed by SIGKILL>'],
  [{ services: [{ name: 'bot', state: 'restarting' as const }] }, '<bad ●> bot restarting'],
  [{ speed: 1 }, 'real time'],
])('%j is shown', (overrides, expected) => {
  expect(upLines(fakeUpView(overrides), 120, 30, marked).join('\n')).toContain(expected);
});

test('trouble is in words and colours', () => {
  const status = fakeStatus({
    entriesAllowed: false,
    entriesReason: 'reduce_only',
    unknownOrders: 2,
    positions: [],
    decisions: {},
    orders: {},
    dailyPnlMicro: -5_000_000,
    breaker: {
      trading: { kind: 'tripped', cause: 'daily_loss', detail: 'lost 100', atMs: 0, untilMs: null },
      mcp: { kind: 'armed' },
    },
  });
  status.discovery = {
    ...status.discovery,
    blind: true,
    lastMessageAgeMs: null,
    completeness: null,
    quarantined: 3,
  };
  status.latency.ack = fakeLatency({ count: 0 });
  const text = upLines(fakeUpView({ status }), 140, 30, marked).join('\n');
  for (const part of [
    '<bad TRIPPED: daily loss (lost 100), until a reset>',
    '<warn no entries: reduce only>',
    '<bad -5.00>',
    '<bad BLIND>, nothing yet',
    '<warn , 3 bad rows>',
    'ack -',
    '<warn 2 unresolved, >none yet',
    '0 copied, 0 skipped',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('POSITIONS');
  status.discovery = { ...status.discovery, blind: false, connected: false };
  expect(upLines(fakeUpView({ status }), 140, 30, marked).join('\n')).toContain(
    '<warn not connected>',
  );
});

test.each([
  [{ kind: 'armed' } as const, 'armed'],
  [{ kind: 'probing', cause: 'failure_rate', sinceMs: 0 } as const, 'probing after failure rate'],
  [{ kind: 'halted', by: 'me', reason: 'lunch', atMs: 0 } as const, 'HALTED by me: lunch'],
  [
    { kind: 'tripped', cause: 'failure_rate', atMs: 0, untilMs: 61_000 } as const,
    'TRIPPED: failure rate, 1:00 left',
  ],
])('a breaker that is %j', (state, expected) => {
  expect(breakerWords(state, 1000)[0]).toBe(expected);
});

test('rows go to who needs them, and headings are paid for', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)), (room, wanted) => {
      const { rows, gaps } = shareOut(room, wanted);
      const shown = rows.filter((count) => count > 0).length + ((rows[0] ?? 0) > 0 ? 1 : 0);
      const total = rows.reduce((sum, count) => sum + count, 0);
      expect(total + (total > 0 ? shown : 0)).toBeLessThanOrEqual(room);
      for (const [i, count] of rows.entries()) expect(count).toBeLessThanOrEqual(wanted[i] ?? 0);
      expect(gaps).toBe(room >= 20);
    }),
  );
});

const titleOf = () => 'Yes · the market';
test.each<[BotEvent, string, string, boolean]>([
  [fakeDecision({ usdcMicro: null }), 'copy', 'BUY Yes · Will it rain', false],
  [
    {
      kind: 'settlement',
      orderId: 'o',
      tradeId: 't',
      status: 'FAILED',
      sharesMicro: 1e6,
      priceMicro: 5e5,
      feeMicro: 0,
    },
    'failed',
    '1 at 0.500 · Yes · the market',
    true,
  ],
  [
    {
      kind: 'settlement',
      orderId: 'o',
      tradeId: 't',
      status: 'CONFIRMED',
      sharesMicro: 1e6,
      priceMicro: 5e5,
      feeMicro: 0,
    },
    'confirmed',
    '1 at 0.500',
    false,
  ],
  [
    {
      kind: 'order',
      fillId: 'f',
      orderId: 'o',
      outcome: 'accepted',
      detail: 'live',
      sharesMicro: 0,
      usdcMicro: 0,
    },
    'accepted',
    'Yes · the market · live',
    false,
  ],
  [
    { kind: 'exit', tokenId: '1', title: 'T', reason: 'stop_loss', orderId: 'o', detail: '' },
    'exit',
    'T · stop loss',
    true,
  ],
  [
    {
      kind: 'breaker',
      latch: 'trading',
      from: 'armed',
      to: 'tripped',
      cause: 'daily_loss',
      by: 'rule',
    },
    'breaker',
    'trading breaker armed to tripped · daily loss · by rule',
    true,
  ],
  [
    { kind: 'breaker', latch: 'trading', from: 'tripped', to: 'armed', cause: '', by: 'me' },
    'breaker',
    'trading breaker tripped to armed · by me',
    true,
  ],
  [
    { kind: 'resolution', conditionId: '0x', title: 'T', payoutMicro: 2e6, pnlMicro: 1e6 },
    'resolved',
    'paid 2.00, PnL +1.00 · T',
    true,
  ],
  [
    { kind: 'resolution', conditionId: '0x', title: 'T', payoutMicro: 0, pnlMicro: -1e6 },
    'resolved',
    'paid 0.00, PnL -1.00',
    true,
  ],
  [{ kind: 'feed', state: 'blind', detail: 'silent for 30 s' }, 'feed', 'blind · silent', true],
  [{ kind: 'feed', state: 'sighted', detail: '' }, 'feed', 'sighted', true],
  [{ kind: 'notice', level: 'info', message: 'm' }, 'info', 'm', false],
  [{ kind: 'notice', level: 'error', message: 'm' }, 'error', 'm', true],
])('%j in words', (event, tag, text, important) => {
  const words = eventWords(event, titleOf);
  expect(words).toMatchObject({ tag, important });
  expect(words.text).toContain(text);
});

test('the tail is bounded, and an order is named by its decision or exit', () => {
  const tail = createJournalTail();
  for (let i = 0; i < 1000; i++) {
    tail.add(fakeDecision({ orderId: `0x${i}` }), i);
    tail.add(
      { kind: 'exit', tokenId: '', title: `T${i}`, reason: '', orderId: `e${i}`, detail: '' },
      i,
    );
  }
  tail.add(
    {
      kind: 'settlement',
      orderId: 'e1',
      tradeId: 't',
      status: 'MATCHED',
      sharesMicro: 1,
      priceMicro: 1,
      feeMicro: 0,
    },
    0,
  );
  expect(tail.happenings()[0]?.tag).toBe('exit');
  expect(tail.decisions()).toHaveLength(200);
  expect(tail.happenings()).toHaveLength(200);
  const settled = (orderId: string) =>
    tail.add(
      {
        kind: 'settlement',
        orderId,
        tradeId: 't',
        status: 'MINED',
        sharesMicro: 1,
        priceMicro: 1,
        feeMicro: 0,
      },
      0,
    ).text;
  expect(settled('0x999')).toContain('Yes · Will it rain');
  expect(settled('e999')).toContain('T999');
  expect(settled('0x1')).toContain('order 0x1…');
});

test('what comes from outside cannot steer the terminal', () => {
  const evil = '\u001b[2J\u0007title\nwith\u202eline';
  expect(clean(evil)).toBe(' [2J title with line');
  const view = fakeUpView();
  const events = createJournalTail();
  events.add(fakeDecision({ title: evil, outcome: evil }), 0);
  const text = upLines({ ...view, decisions: events.decisions() }, 80, 24, plain).join('');
  expect(text).not.toContain('\u001b');
});

test('cuts between characters and never too wide', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
  expect(cut('東京都', 4)).toBe('東…');
  expect(cut('a… b', 3)).toBe('a…');
  expect(cut('abc', 0)).toBe('');
  expect(draw([['ab', 'good'], ['cdef']], marked, 4)).toBe('<good ab>c…');
  expect(spread([['left']], [['right']], plain, 20)).toBe('left           right');
  expect(spread([['left']], [['right']], plain, 12)).toBe('left  right');
});

test('a table without a flexible column is as wide as it is', () => {
  const rows = table([{ title: 'a', cell: (row: string) => row }], ['long cell'], 4);
  expect(rows.map((spans) => draw(spans, plain))).toEqual(['a        ', 'long cell']);
});

test('in a pipe a burst is whole, a flood is thinned out, and troubles still come through', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const pipe = createUpPipe(
    (text) => lines.push(text),
    () => nowMs,
  );
  for (let i = 0; i < 500; i++) pipe.event(fakeDecision(), 1_700_000_000_000);
  expect(lines).toHaveLength(60);
  const mined = { orderId: 'o', tradeId: 't', sharesMicro: 1, priceMicro: 1, feeMicro: 0 };
  pipe.event({ kind: 'settlement', status: 'MINED', ...mined }, 0);
  expect(lines).toHaveLength(60);
  pipe.event({ kind: 'notice', level: 'error', message: 'disk full' }, 1_700_000_000_000);
  expect(lines.at(-1)).toBe('22:13:20 error     disk full');
  pipe.summary(fakeStatus(), 1_700_000_010_000);
  expect(lines.at(-1)).toBe(
    '22:13:30 summary   7 copied, 5 skipped · PnL today +3.12 · equity 1,003.12 · ' +
      '1 open for 42.70 · latency p99 1.20 ms · breaker armed · 440 lines left out',
  );
  nowMs = 10_000;
  for (const event of fakeEvents()) pipe.event(event, 1_700_000_000_000);
  pipe.summary(undefined, 1_700_000_020_000);
  expect(lines.at(-1)).toContain('no bot');
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(220);
});

test('status: figures, what is not healthy, and the positions', () => {
  const status = fakeUpView().status ?? fakeStatus();
  const report = { ...fakeHello, atMs: 1_700_000_000_000, status };
  const lines = statusLines(report, plain, 100);
  expect(lines[0]).toContain('bot 0.1.0  paper · development');
  expect(lines.join('\n')).toContain('Will it rain in Ghent');
  const many = Array.from({ length: 23 }, () => status.positions[0]).filter((p) => p !== undefined);
  const bad = { status: 'critical', message: 'silent' } as const;
  const worse = { status: 'degraded', message: 'slow' } as const;
  const ill = fakeStatus({
    positions: many,
    components: { ...status.components, main_bot: bad, trade_executor: worse },
  });
  const text = statusLines({ ...report, status: ill }, marked, 100).join('\n');
  expect(text).toContain('<bad main_bot critical>: silent');
  expect(text).toContain('<warn trade_executor degraded>: slow');
  expect(text).toContain('and 3 more: pmcp positions');
  const none = statusLines({ ...report, status: fakeStatus({ positions: [] }) }, plain, 100);
  expect(none.at(-1)).toBe('no open positions');
});
