/** Reads what is written to the bot by long polling, and answers the commands of its owners. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asObject, type TelegramAnswer, type TelegramApi } from './telegram-api.ts';

export interface Command {
  text: string;
  userId: string;
  sentAtMs: number;
}

export interface PollerOptions {
  api: TelegramApi;
  chatId: string;
  userIds: ReadonlySet<string>;
  /** Next update to ask for, as it was kept; empty at first. */
  offset: string | undefined;
  keepOffset(offset: string): void;
  /** The reply; never throws. */
  answer(command: Command): Promise<string>;
  onIgnored(): void;
  signal: AbortSignal;
  /** How long Telegram holds a question that has no answer yet. Real seconds. */
  holdSeconds: number;
  backoffMs: number;
}

export interface Poller {
  /** Why commands do not come in; undefined when they do. */
  problem(): string | undefined;
}

const BACKOFF_MOST_MS = 60_000;
const REPLY_TIMEOUT_MS = 10_000;

export function startPoller(options: PollerOptions): Poller {
  const { api, chatId, signal, holdSeconds } = options;
  let offset = Number(options.offset) || 0;
  let failures = 0;
  let problem: string | undefined;

  const handle = async (update: Update) => {
    if (update.chatId !== chatId || !options.userIds.has(update.userId)) {
      if (update.text !== '') options.onIgnored();
      return;
    }
    if (!update.text.startsWith('/')) return;
    const { text, userId, sentAtMs } = update;
    const reply = await options.answer({ text, userId, sentAtMs });
    const parameters = { chat_id: chatId, text: reply };
    await api.call('sendMessage', parameters, { timeoutMs: REPLY_TIMEOUT_MS, signal });
  };
  const poll = async () => {
    const parameters = { offset, timeout: holdSeconds, allowed_updates: ['message'] };
    const timeoutMs = holdSeconds * 1000 + REPLY_TIMEOUT_MS;
    const answer = await api.call('getUpdates', parameters, { timeoutMs, signal });
    if (signal.aborted) return;
    if (answer.kind !== 'ok') {
      problem = problemOf(answer);
      const backoffMs = Math.min(options.backoffMs * 2 ** failures, BACKOFF_MOST_MS);
      failures += 1;
      const afterMs = answer.kind === 'refused' ? answer.retryAfterMs : undefined;
      await sleep(afterMs ?? backoffMs, undefined, { signal });
      return;
    }
    [problem, failures] = [undefined, 0];
    for (const update of updatesOf(answer.result)) {
      await handle(update);
      // Afterwards: a halt is rather carried out twice than lost.
      offset = update.id + 1;
      options.keepOffset(String(offset));
    }
  };
  const loop = async () => {
    while (!signal.aborted) await poll();
  };
  loop().catch(() => {
    // Only the signal ends a pause by an error.
  });
  return { problem: () => problem };
}

function problemOf(answer: Exclude<TelegramAnswer, { kind: 'ok' }>): string {
  if (answer.kind === 'failed') return `no commands from Telegram: ${answer.reason}`;
  if (answer.code === 409) {
    return (
      'another program takes the commands of this bot (or a webhook is set): give each ' +
      'installation its own TELEGRAM_BOT_TOKEN'
    );
  }
  return `no commands from Telegram: ${answer.code} ${answer.description}`;
}

interface Update {
  id: number;
  chatId: string;
  userId: string;
  text: string;
  sentAtMs: number;
}

function updatesOf(result: unknown): Update[] {
  if (!Array.isArray(result)) return [];
  return result.flatMap((one) => {
    const update = asObject(one);
    const id = Number(update?.['update_id']);
    if (!Number.isSafeInteger(id)) return [];
    const message = asObject(update?.['message']);
    const idOf = (key: string) => String(asObject(message?.[key])?.['id'] ?? '');
    const text = message?.['text'];
    return [
      {
        id,
        chatId: idOf('chat'),
        userId: idOf('from'),
        text: typeof text === 'string' ? text : '',
        sentAtMs: Number(message?.['date']) * 1000,
      },
    ];
  });
}
