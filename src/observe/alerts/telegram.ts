import type { Config } from '../../config/schema.ts';
import { schema } from '../../config/schema.ts';
import { type Channel, createChannel } from './channel.ts';
import { createTelegramApi, type TelegramApi } from './telegram-api.ts';

export interface Telegram {
  api: TelegramApi;
  channel: Channel;
  chatId: string;
  userIds: ReadonlySet<string>;
}

const TIMEOUT_MS = 10_000;

/** The chat that the configuration names, or why there is none. */
export function openTelegram(config: Config, signal: AbortSignal): Telegram | { off: string } {
  if (!config.ALERT_ENABLED) return { off: 'switched off by ALERT_ENABLED' };
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: chatId } = config;
  if (!token || !chatId) {
    return { off: 'no Telegram is configured: set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID' };
  }
  const { placeholder } = schema.TELEGRAM_BOT_TOKEN;
  if (token.reveal() === placeholder) {
    return { off: `TELEGRAM_BOT_TOKEN is the stand-in ${placeholder}: set the bot's own token` };
  }
  const api = createTelegramApi({ baseUrl: config.TELEGRAM_API_URL, token });
  const channel = createChannel({ api, chatId, timeoutMs: TIMEOUT_MS, signal });
  const userIds = new Set((config.TELEGRAM_USER_IDS ?? '').split(',').map((id) => id.trim()));
  userIds.delete('');
  return { api, channel, chatId, userIds };
}
