/** The line to the chat: messages out, commands in, and whether it works. */
import type { Config } from '../../config/schema.ts';
import type { Severity } from '../../core/alerts/facts.ts';
import type { Evidence } from '../../core/verdicts.ts';
import { RefusedError } from '../../errors.ts';
import type { Book } from './book.ts';
import type { Probe } from './channel.ts';
import { alertSystem } from './evidence.ts';
import { createOutbox, type OutboxTimes } from './outbox.ts';
import { type Command, startPoller } from './poller.ts';
import { openTelegram } from './telegram.ts';

export interface Link {
  send(message: { severity: Severity; text: string; quiet: boolean }): void;
  evidence(): Evidence;
  /** Sends a test message and waits a little; throws RefusedError when nothing is ever sent. */
  test(): Promise<{ delivered: boolean; tookMs: number; problem: string | null }>;
  close(): void;
}

export interface LinkOptions {
  config: Config;
  book: Book;
  times: OutboxTimes;
  nowMs(): number;
  answer(command: Command): Promise<string>;
  onDelivered(severity: Severity, result: 'sent' | 'late' | 'failed'): void;
  onIgnored(): void;
}

const PROBE_MS = 5 * 60_000;
const TEST_WAIT_MS = 4_000;
/** How long Telegram holds an unanswered question for commands. */
const HOLD_SECONDS = 25;

export function openLink(options: LinkOptions): Link {
  const stopping = new AbortController();
  const { signal } = stopping;
  const telegram = openTelegram(options.config, signal);
  if ('off' in telegram) {
    return {
      send: () => {},
      evidence: () => ({ status: 'disabled', message: telegram.off }),
      test: () => Promise.reject(new RefusedError(`alerts are not sent: ${telegram.off}`)),
      close: () => {},
    };
  }
  const { config, book, nowMs, times } = options;
  const { channel, userIds } = telegram;
  const outbox = createOutbox({ book, channel, nowMs, times, onDelivered: options.onDelivered });
  const poller =
    userIds.size === 0
      ? undefined
      : startPoller({
          ...telegram,
          offset: book.value('telegram.offset'),
          keepOffset: (offset) => book.putValue('telegram.offset', offset),
          answer: options.answer,
          onIgnored: options.onIgnored,
          signal,
          holdSeconds: HOLD_SECONDS,
          backoffMs: times.backoffMs,
        });
  let probe: (Probe & { atMs: number }) | undefined;
  const ask = async () => {
    const found = await channel.probe();
    if (!signal.aborted) probe = { ...found, atMs: nowMs() };
  };
  void ask();
  const probing = setInterval(ask, PROBE_MS);

  return {
    send: (message) => void outbox.add(message),
    evidence: () =>
      alertSystem({
        probe,
        outbox: outbox.state(),
        commands: poller?.problem(),
        storeProblem: book.problem(),
        nowMs: nowMs(),
      }),
    async test() {
      const text = `[${config.ENVIRONMENT}] TEST: so an alert looks. Nothing is wrong.`;
      const startedTick = performance.now();
      const arrival = outbox.add({ severity: 'info', text, quiet: false });
      outbox.nudge();
      const patience = new Promise<undefined>((resolve) => {
        setTimeout(resolve, TEST_WAIT_MS, undefined).unref();
      });
      const delivered = (await Promise.race([arrival, patience])) === true;
      await ask();
      const { blocked, lastFailure } = outbox.state();
      return {
        delivered,
        tookMs: Math.round(performance.now() - startedTick),
        problem: delivered ? null : (blocked?.remedy ?? lastFailure ?? 'it is still under way'),
      };
    },
    close() {
      clearInterval(probing);
      stopping.abort();
      outbox.close();
    },
  };
}
