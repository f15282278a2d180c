/** The chat as a place to put messages: what each answer of Telegram means for the sender. */
import { asObject, type TelegramAnswer, type TelegramApi } from './telegram-api.ts';

export type Delivery =
  | { kind: 'sent'; messageId: number }
  /** Try again; `uncertain`: it may have arrived all the same. */
  | { kind: 'retry'; afterMs: number | undefined; reason: string; uncertain: boolean }
  /** No message will pass until a person does something. */
  | { kind: 'blocked'; reason: string; remedy: string }
  /** This message will never pass; others may. */
  | { kind: 'rejected'; reason: string };

export interface Probe {
  ok: boolean;
  reason: string;
  /** Set when only a person can mend it. */
  remedy?: string;
}

export interface Channel {
  send(text: string, quiet: boolean): Promise<Delivery>;
  /** Whether Telegram answers, knows the token, and knows the chat. */
  probe(): Promise<Probe>;
}

export interface ChannelOptions {
  api: TelegramApi;
  chatId: string;
  timeoutMs: number;
  signal: AbortSignal;
}

export function createChannel({ api, chatId, timeoutMs, signal }: ChannelOptions): Channel {
  const call = (method: string, parameters: object) =>
    api.call(method, parameters, { timeoutMs, signal });
  return {
    async send(text, quiet) {
      const answer = await call('sendMessage', {
        chat_id: chatId,
        text,
        disable_notification: quiet,
        link_preview_options: { is_disabled: true },
      });
      return deliveryOf(answer);
    },
    async probe() {
      const self = await call('getMe', {});
      if (self.kind === 'failed') return { ok: false, reason: self.reason };
      if (self.kind === 'refused') return probeOf(self);
      const chat = await call('getChat', { chat_id: chatId });
      // Another failure of this second question says nothing about sending.
      const isLost = chat.kind === 'refused' && (chat.code === 400 || chat.code === 403);
      return isLost ? probeOf(chat) : { ok: true, reason: 'Telegram answers' };
    },
  };
}

type Refused = Extract<TelegramAnswer, { kind: 'refused' }>;

function deliveryOf(answer: TelegramAnswer): Delivery {
  if (answer.kind === 'ok') {
    return { kind: 'sent', messageId: Number(asObject(answer.result)?.['message_id']) || 0 };
  }
  if (answer.kind === 'failed') {
    const { reason, sent } = answer;
    return { kind: 'retry', afterMs: undefined, reason, uncertain: sent };
  }
  const { code, description, retryAfterMs } = answer;
  const reason = `${code} ${description}`;
  if (code === 429 || code >= 500) {
    return { kind: 'retry', afterMs: retryAfterMs, reason, uncertain: false };
  }
  const remedy = remedyOf(answer);
  return remedy === undefined ? { kind: 'rejected', reason } : { kind: 'blocked', reason, remedy };
}

function probeOf(answer: Refused): Probe {
  const reason = `${answer.code} ${answer.description}`;
  const remedy = remedyOf(answer);
  return remedy === undefined ? { ok: false, reason } : { ok: false, reason, remedy };
}

function remedyOf({ code, description, migratedTo }: Refused): string | undefined {
  if (migratedTo !== undefined) return `the group moved: set TELEGRAM_CHAT_ID=${migratedTo}`;
  if (code === 401 || code === 404) return 'the token is wrong: set TELEGRAM_BOT_TOKEN anew';
  if (code === 403) return 'write to the bot, or unblock or invite it again, in that chat';
  if (code === 400 && /chat|peer/i.test(description)) {
    return 'set TELEGRAM_CHAT_ID to a chat that the bot is in (write to it once)';
  }
  return undefined;
}
