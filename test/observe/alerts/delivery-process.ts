/** A process that sends and is killed meanwhile. Arguments: URL, database. */

import { Secret } from '../../../src/config/secret.ts';
import { createBook } from '../../../src/observe/alerts/book.ts';
import { createChannel } from '../../../src/observe/alerts/channel.ts';
import { createOutbox, OUTBOX_TIMES } from '../../../src/observe/alerts/outbox.ts';
import { openAlertStore } from '../../../src/observe/alerts/store.ts';
import { createTelegramApi } from '../../../src/observe/alerts/telegram-api.ts';
import { CHAT_ID, TOKEN } from '../../fakes/telegram.ts';

const [baseUrl = '', path = ''] = process.argv.slice(2);
const book = createBook(openAlertStore(path), Date.now);
const api = createTelegramApi({ baseUrl, token: new Secret(TOKEN) });
const { signal } = new AbortController();
const channel = createChannel({ api, chatId: CHAT_ID, timeoutMs: 60_000, signal });
const times = { ...OUTBOX_TIMES, paceMs: 1 };
const outbox = createOutbox({ book, channel, nowMs: Date.now, times, onDelivered: () => {} });
for (const text of ['first', 'second', 'third']) {
  void outbox.add({ severity: 'warning', text, quiet: false });
}
