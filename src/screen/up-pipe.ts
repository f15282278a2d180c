import { createBucket } from '../core/bucket.ts';
import type { BotEvent, BotStatus } from '../core/status.ts';
import { integer, milliseconds, money, signedMoney, timeOfDay } from './format.ts';
import { createJournalTail, type Entry } from './journal-tail.ts';
import { paintFor } from './paint.ts';
import { draw } from './spans.ts';
import { entrySpans } from './up-view.ts';
import { breakerWords, decisionCounts } from './words.ts';

/**
 * `up` in a pipe: a line an event and a summary every ten seconds. A burst is shown whole, a flood
 * is thinned out and the lines left out are counted, so that hours of it stay within bounds.
 */
export interface UpPipe {
  event(event: BotEvent, atMs: number): void;
  summary(status: BotStatus | undefined, clockMs: number): void;
}

export const SUMMARY_EVERY_MS = 10_000;
const LINES_PER_SECOND = 2;
const BURST = 60;
const LINE_CELLS = 160;

export function createUpPipe(
  line: (text: string) => void,
  nowMs: () => number = () => performance.now(),
): UpPipe {
  const tail = createJournalTail();
  const paint = paintFor({}, { color: false });
  const routine = createBucket(BURST, LINES_PER_SECOND);
  const important = createBucket(BURST, LINES_PER_SECOND);
  let left = 0;
  const print = (entry: Entry) => line(draw(entrySpans(entry), paint, LINE_CELLS));
  return {
    event: (event, atMs) => {
      const entry = tail.add(event, atMs);
      if (entry.minor) return;
      const bucket = entry.important ? important : routine;
      if (bucket.take(nowMs())) print(entry);
      else left += 1;
    },
    summary: (status, clockMs) => {
      const time = timeOfDay(clockMs);
      const skipped = left > 0 ? ` · ${integer(left)} lines left out` : '';
      left = 0;
      line(
        draw([[`${time} ${status ? summaryWords(status, clockMs) : 'no bot'}${skipped}`]], paint),
      );
    },
  };
}

/** "summary   7 copied, 5 skipped · PnL today +3.12 · …" */
export function summaryWords(status: BotStatus, clockMs: number): string {
  const { copied, skipped } = decisionCounts(status);
  const { internal } = status.latency;
  const [breaker] = breakerWords(status.breaker.trading, clockMs);
  const parts = [
    `${integer(copied)} copied, ${integer(skipped)} skipped`,
    `PnL today ${signedMoney(status.dailyPnlMicro)}`,
    `equity ${money(status.equityMicro)}`,
    `${integer(status.positions.length)} open for ${money(status.exposureMicro)}`,
    internal.count > 0 ? `latency p99 ${milliseconds(internal.p99Ms)} ms` : '',
    `breaker ${breaker}`,
  ];
  return `summary   ${parts.filter(Boolean).join(' · ')}`;
}
