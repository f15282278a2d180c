/**
 * Takes messages to the chat, one after the other, across outages and restarts.
 *
 * A message is on disk before it is sent and marked with Telegram's message id afterwards. Only
 * when the process dies, or the connection breaks, between Telegram's acceptance and its answer can
 * a message arrive twice; the second then says that it may be a repeat.
 */
import type { Severity } from '../../core/alerts/facts.ts';
import { lateRemark } from '../../core/alerts/text.ts';
import type { Book } from './book.ts';
import type { Channel, Delivery } from './channel.ts';
import type { Message } from './store.ts';

export interface OutboxTimes {
  /** First pause after a failure, doubled each time up to the most. */
  backoffMs: number;
  backoffMostMs: number;
  /** While only a person can help. */
  blockedMs: number;
  /** Between two messages: Telegram allows about one a second in a chat. */
  paceMs: number;
  /** Later than this after it was raised, a message says so. */
  lateMs: number;
}

export const OUTBOX_TIMES: OutboxTimes = {
  backoffMs: 1_000,
  backoffMostMs: 60_000,
  blockedMs: 600_000,
  paceMs: 1_000,
  lateMs: 60_000,
};

export interface OutboxState {
  waiting: number;
  oldestAtMs: number | undefined;
  /** Why nothing passes until a person does something. */
  blocked: { reason: string; remedy: string } | undefined;
  /** Of the last attempt; undefined when it went well. */
  lastFailure: string | undefined;
}

export interface Outbox {
  /** Resolves when it was sent (true) or can never be (false). */
  add(message: { severity: Severity; text: string; quiet: boolean }): Promise<boolean>;
  /** Tries again now. */
  nudge(): void;
  state(): OutboxState;
  close(): void;
}

export interface OutboxOptions {
  book: Book;
  channel: Channel;
  nowMs(): number;
  times: OutboxTimes;
  onDelivered(severity: Severity, result: 'sent' | 'late' | 'failed'): void;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { book, channel, nowMs, times } = options;
  const watching = new Map<number, (arrived: boolean) => void>();
  let blocked: OutboxState['blocked'];
  let lastFailure: string | undefined;
  let failures = 0;
  let isSending = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let readyAtTick = 0;

  // A crash came between sending and recording.
  for (const message of book.waiting()) {
    if (message.state === 'sending') {
      book.putMessage({ ...message, state: 'waiting', uncertain: true });
    }
  }

  const wait = (ms: number) => {
    readyAtTick = performance.now() + ms;
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
  const finish = (message: Message, state: 'sent' | 'rejected', telegramId: number | null) => {
    const sentAtMs = state === 'sent' ? nowMs() : null;
    book.putMessage({ ...message, state, sentAtMs, telegramId });
    const isLate = nowMs() - message.atMs >= times.lateMs;
    const result = state === 'rejected' ? 'failed' : isLate ? 'late' : 'sent';
    options.onDelivered(message.severity, result);
    watching.get(message.id)?.(state === 'sent');
    watching.delete(message.id);
    wait(times.paceMs);
  };
  const settle = (message: Message, delivery: Delivery) => {
    if (delivery.kind === 'sent') {
      [blocked, lastFailure, failures] = [undefined, undefined, 0];
      return finish(message, 'sent', delivery.messageId);
    }
    lastFailure = delivery.reason;
    if (delivery.kind === 'rejected') return finish(message, 'rejected', null);
    if (delivery.kind === 'blocked') {
      blocked = { reason: delivery.reason, remedy: delivery.remedy };
      book.putMessage({ ...message, state: 'waiting' });
      return wait(times.blockedMs);
    }
    const uncertain = message.uncertain || delivery.uncertain;
    book.putMessage({ ...message, state: 'waiting', uncertain });
    const backoffMs = Math.min(times.backoffMs * 2 ** failures, times.backoffMostMs);
    failures += 1;
    wait(delivery.afterMs ?? backoffMs);
  };
  const run = async () => {
    if (isSending || isClosed || performance.now() < readyAtTick - 1) return;
    const [first] = book.waiting();
    if (!first) return;
    isSending = true;
    const message = { ...first, state: 'sending' as const, attempts: first.attempts + 1 };
    book.putMessage(message);
    const delivery = await channel.send(worded(message, nowMs(), times.lateMs), message.quiet);
    isSending = false;
    // Whoever stops does not know what came of it: the next start will.
    if (!isClosed || delivery.kind === 'sent') settle(message, delivery);
    if (isClosed) clearTimeout(timer);
  };
  void run();

  return {
    add({ severity, text, quiet }) {
      const id = book.nextMessageId();
      const message: Message = {
        ...{ id, severity, text, quiet, atMs: nowMs(), attempts: 0 },
        ...{ state: 'waiting', uncertain: false, sentAtMs: null, telegramId: null },
      };
      book.putMessage(message);
      const arrived = new Promise<boolean>((resolve) => watching.set(id, resolve));
      void run();
      return arrived;
    },
    nudge() {
      readyAtTick = 0;
      void run();
    },
    state() {
      const waiting = book.waiting();
      return { waiting: waiting.length, oldestAtMs: waiting[0]?.atMs, blocked, lastFailure };
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function worded({ text, atMs, uncertain }: Message, nowMs: number, lateMs: number): string {
  const remarks: string[] = [];
  if (nowMs - atMs >= lateMs) remarks.push(lateRemark(nowMs - atMs));
  if (uncertain) remarks.push('(may be a repeat)');
  return [...remarks, text].join('\n');
}
