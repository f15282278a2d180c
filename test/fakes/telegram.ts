/**
 * A server that answers as Telegram's Bot API does, over real HTTP: sendMessage, getMe, getChat and
 * getUpdates with long polling, and the ways in which it fails.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  chatId: string;
  text: string;
  quiet: boolean;
  atMs: number;
}

/** How the next calls of a method go wrong. */
export type Fault =
  | { status: number; description: string; parameters?: object }
  /** An error page of something on the way. */
  | { page: number }
  /** Carries the call out and never answers, or breaks the connection instead. */
  | 'hang'
  | 'break'
  /** Answers after so long. */
  | { slowMs: number };

export interface FakeTelegram {
  url: string;
  messages: Told[];
  calls: { method: string; token: string }[];
  /** The next `count` calls of `method` fail so; Infinity until it is set anew. */
  fail(method: string, fault: Fault, count?: number): void;
  heal(): void;
  /** Somebody writes to the bot. */
  write(text: string, from?: { chatId?: string; userId?: number; agoMs?: number }): void;
  /** Resolves with the message that fits, also one already there. */
  heard(pattern: RegExp, timeoutMs?: number): Promise<Told>;
  close(): Promise<void>;
}

export const CHAT_ID = '-1001234567890';
export const USER_ID = 42;
export const TOKEN = '123456789:AAfake-token_that-must_never-be-seen0';

export async function startFakeTelegram(port = 0): Promise<FakeTelegram> {
  const messages: Told[] = [];
  const calls: FakeTelegram['calls'] = [];
  const faults = new Map<string, { fault: Fault; count: number }>();
  const updates: { update_id: number; message: object }[] = [];
  const changed = new Set<() => void>();
  const notify = () => {
    for (const look of [...changed]) look();
  };
  let updateId = 700;

  const act = async (method: string, body: Record<string, unknown>): Promise<unknown> => {
    if (method === 'getMe') return { id: 1, is_bot: true, username: 'pmcp_bot' };
    if (method === 'getChat') return { id: Number(body['chat_id']), type: 'supergroup' };
    if (method === 'sendMessage') {
      messages.push({
        chatId: String(body['chat_id']),
        text: String(body['text']),
        quiet: body['disable_notification'] === true,
        atMs: Date.now(),
      });
      notify();
      return { message_id: messages.length, date: Math.floor(Date.now() / 1000) };
    }
    if (method !== 'getUpdates') return undefined;
    const offset = Number(body['offset'] ?? 0);
    const ready = () => updates.filter(({ update_id }) => update_id >= offset);
    if (ready().length === 0) await changeWithin(Number(body['timeout'] ?? 0) * 1000);
    return ready();
  };
  const changeWithin = (ms: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      changed.add(done);
    });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const [, token = '', method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    let text = '';
    for await (const chunk of request) text += String(chunk);
    calls.push({ method, token });
    const body = JSON.parse(text || '{}') as Record<string, unknown>;
    const fault = take(method);
    if (fault === 'hang' || fault === 'break') {
      await act(method, body);
      if (fault === 'break') request.socket.destroy();
      return;
    }
    if (fault && 'slowMs' in fault) await changeless(fault.slowMs);
    else if (fault && 'page' in fault) {
      response.writeHead(fault.page).end('<html>Bad Gateway</html>');
      return;
    } else if (fault) {
      const { status, description, parameters } = fault;
      const refusal = { ok: false, error_code: status, description, parameters };
      response.writeHead(status).end(JSON.stringify(refusal));
      return;
    }
    const result = await act(method, body);
    const known = result !== undefined;
    const answer = known
      ? { ok: true, result }
      : { ok: false, error_code: 404, description: 'Not Found' };
    response.writeHead(known ? 200 : 404).end(JSON.stringify(answer));
  };
  const take = (method: string): Fault | undefined => {
    const planned = faults.get(method);
    if (!planned || planned.count <= 0) return undefined;
    planned.count -= 1;
    return planned.fault;
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    calls,
    fail: (method, fault, count = 1) => void faults.set(method, { fault, count }),
    heal: () => faults.clear(),
    write(text, { chatId = CHAT_ID, userId = USER_ID, agoMs = 0 } = {}) {
      updateId += 1;
      const date = Math.floor((Date.now() - agoMs) / 1000);
      const message = { chat: { id: Number(chatId) }, from: { id: userId }, date, text };
      updates.push({ update_id: updateId, message });
      notify();
    },
    async heard(pattern, timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const found = messages.find(({ text }) => pattern.test(text));
        if (found) return found;
        const leftMs = deadline - Date.now();
        if (leftMs <= 0) {
          const all = messages.map(({ text }) => text).join('\n---\n');
          throw new Error(`${pattern} was not heard within ${timeoutMs} ms; only:\n${all}`);
        }
        await changeWithin(leftMs);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function changeless(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
