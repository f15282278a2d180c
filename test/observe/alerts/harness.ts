import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { Secret } from '../../../src/config/secret.ts';
import { createBook } from '../../../src/observe/alerts/book.ts';
import { createChannel } from '../../../src/observe/alerts/channel.ts';
import { createOutbox, type OutboxTimes } from '../../../src/observe/alerts/outbox.ts';
import { openAlertStore } from '../../../src/observe/alerts/store.ts';
import { createTelegramApi } from '../../../src/observe/alerts/telegram-api.ts';
import { CHAT_ID, type FakeTelegram, startFakeTelegram, TOKEN } from '../../fakes/telegram.ts';

const TIMES: OutboxTimes = {
  backoffMs: 20,
  backoffMostMs: 80,
  blockedMs: 600_000,
  paceMs: 1,
  lateMs: 60_000,
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export function onEnd(close: () => unknown): void {
  closing.push(close);
}

export function temporaryFile(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-alerts-'));
  onEnd(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

export async function fakeTelegram(): Promise<FakeTelegram> {
  const telegram = await startFakeTelegram();
  onEnd(telegram.close);
  return telegram;
}

export function apiOf(url: string) {
  return createTelegramApi({ baseUrl: url, token: new Secret(TOKEN) });
}

export interface OpenOptions {
  url: string;
  path: string;
  nowMs?: () => number;
  timeoutMs?: number;
  times?: Partial<OutboxTimes>;
}

/** An outbox on a real file that sends over real HTTP. */
export function openOutbox({ url, path, nowMs = Date.now, timeoutMs = 500, times }: OpenOptions) {
  const stopping = new AbortController();
  const book = createBook(openAlertStore(path), nowMs);
  const api = apiOf(url);
  const channel = createChannel({ api, chatId: CHAT_ID, timeoutMs, signal: stopping.signal });
  const results: string[] = [];
  const outbox = createOutbox({
    book,
    channel,
    nowMs,
    times: { ...TIMES, ...times },
    onDelivered: (severity, result) => results.push(`${severity} ${result}`),
  });
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    stopping.abort();
    outbox.close();
    book.close();
  };
  onEnd(close);
  const add = (text: string) => outbox.add({ severity: 'warning', text, quiet: false });
  return { outbox, book, channel, results, add, close };
}
