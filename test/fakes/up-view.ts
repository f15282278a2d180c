import type { BotEvent, PositionReport } from '../../src/core/status.ts';
import { createJournalTail } from '../../src/screen/journal-tail.ts';
import type { UpView } from '../../src/screen/up-view.ts';
import { fakeDecision, fakeStatus } from './status.ts';

const START_MS = 1_700_000_000_000;

const titles = [
  'Will it rain in Ghent on 3 May?',
  '東京で明日雨が降るでしょうか、それとも晴れるでしょうか',
  'Bitcoin above 120,000 on Friday, measured at noon in New York by the exchange of record',
];

/** Decisions and what became of them. */
export function fakeEvents(): BotEvent[] {
  const events: BotEvent[] = [];
  for (let i = 0; i < 40; i++) {
    const title = titles[i % 3] ?? '';
    const orderId = `0x${String(i).padStart(64, '0')}`;
    const side = i % 4 === 0 ? 'SELL' : 'BUY';
    const base = { title, orderId, side } as const;
    if (i % 3 === 1) {
      const skip = {
        result: 'skip',
        reason: 'slippage',
        detail: 'ask 0.612, limit 0.581',
      } as const;
      events.push(fakeDecision({ ...base, ...skip, orderId: null, usdcMicro: null }));
      continue;
    }
    events.push(fakeDecision(base));
    const rejected = i % 9 === 0;
    events.push({
      kind: 'order',
      fillId: 'f',
      orderId,
      outcome: rejected ? 'rejected' : 'filled',
      detail: rejected ? 'not enough balance' : '',
      sharesMicro: rejected ? 0 : 12_000_000,
      usdcMicro: 6_840_000,
    });
  }
  return events;
}

/** A busy run: many positions, decisions of every kind, one wide title. */
export function fakeUpView(overrides: Partial<UpView> = {}): UpView {
  const [first] = fakeStatus().positions;
  const positions: PositionReport[] = Array.from({ length: 7 }, (_, i) => ({
    ...(first as PositionReport),
    tokenId: String(i),
    title: titles[i % 3] ?? '',
    outcome: i % 2 === 0 ? 'Yes' : 'No',
    costMicro: 5_000_000 * (i + 1),
    unrealisedMicro: i === 3 ? null : (i - 2) * 700_000,
    markMicro: i === 3 ? null : 597_600,
  }));
  const tail = createJournalTail();
  for (const [i, event] of fakeEvents().entries()) tail.add(event, START_MS + i * 500);
  return {
    mode: 'paper',
    scenario: 'volatile',
    speed: 60,
    clockMs: START_MS + 50_000,
    uptimeMs: 754_000,
    services: [
      { name: 'exchange', state: 'running' },
      { name: 'bot', state: 'running' },
      { name: 'mcp', state: 'running' },
    ],
    status: fakeStatus({ positions }),
    ageMs: 400,
    connected: true,
    decisions: tail.decisions(),
    happenings: tail.happenings(),
    alarm: undefined,
    footer: 'Ctrl-C stops · /health on 8080 · /metrics on 9090 · logs in data/logs',
    ...overrides,
  };
}
