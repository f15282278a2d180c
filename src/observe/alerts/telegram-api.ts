/**
 * Telegram's Bot API over node:https, a method a function call. The token is part of every URL, so
 * no URL, and no error of the system that might hold one, ever leaves this file.
 */
import type { IncomingMessage } from 'node:http';
import type { Secret } from '../../config/secret.ts';

export interface TelegramApiOptions {
  /** Without a closing slash or with one. */
  baseUrl: string;
  token: Secret;
}

export interface TelegramCall {
  /** Real milliseconds for the whole call. */
  timeoutMs: number;
  signal: AbortSignal;
}

export type TelegramAnswer =
  | { kind: 'ok'; result: unknown }
  /** The API's own refusal. */
  | {
      kind: 'refused';
      code: number;
      description: string;
      retryAfterMs: number | undefined;
      migratedTo: string | undefined;
    }
  /** No usable answer. `sent`: the request had left, so it may have been carried out. */
  | { kind: 'failed'; reason: string; sent: boolean };

export interface TelegramApi {
  call(method: string, parameters: object, options: TelegramCall): Promise<TelegramAnswer>;
}

const MAX_ANSWER_BYTES = 4_000_000;

export function createTelegramApi({ baseUrl, token }: TelegramApiOptions): TelegramApi {
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  return {
    async call(method, parameters, options) {
      // Loaded on first use: without Telegram the process never pays for TLS.
      const { request } = base.protocol === 'http:' ? await http() : await https();
      // Joined as text: relative to a base, the token's colon would make `bot123` a protocol.
      const url = new URL(`${base.href}bot${token.reveal()}/${method}`);
      const body = Buffer.from(JSON.stringify(parameters));
      return new Promise((resolve) => {
        let sent = false;
        const done = (answer: TelegramAnswer) => {
          clearTimeout(timer);
          options.signal.removeEventListener('abort', abort);
          resolve(answer);
          outgoing.destroy();
        };
        const fail = (reason: string) => done({ kind: 'failed', reason, sent });
        const abort = () => fail('stopped');
        const outgoing = request(url, {
          method: 'POST',
          // Calls are rare: a kept connection is mostly stale, and its reset looks like a lost answer.
          agent: false,
          headers: { 'content-type': 'application/json', 'content-length': body.length },
        });
        const timer = setTimeout(
          () => fail(`no answer within ${options.timeoutMs} ms`),
          options.timeoutMs,
        );
        options.signal.addEventListener('abort', abort, { once: true });
        outgoing.on('finish', () => {
          sent = true;
        });
        // Only the code: the message of some errors repeats the request.
        outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'broken'));
        outgoing.on('response', (response) => {
          collect(response).then(
            (text) => done(read(response.statusCode ?? 0, text)),
            () => fail('the answer broke off'),
          );
        });
        if (options.signal.aborted) abort();
        else outgoing.end(body);
      });
    },
  };
}

const http = () => import('node:http');
const https = () => import('node:https');

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new RangeError('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a proxy on the way says is no answer of the API, whatever its status. */
function read(status: number, text: string): TelegramAnswer {
  const document = parse(text);
  if (document?.['ok'] === true) return { kind: 'ok', result: document['result'] };
  if (document?.['ok'] !== false) {
    return {
      kind: 'failed',
      reason: `HTTP ${status} without an answer of the Bot API`,
      sent: true,
    };
  }
  const parameters = asObject(document['parameters']);
  const retryAfter = Number(parameters?.['retry_after']);
  const migratedTo = parameters?.['migrate_to_chat_id'];
  return {
    kind: 'refused',
    code: Number(document['error_code']) || status,
    description: String(document['description'] ?? '').slice(0, 200),
    retryAfterMs: retryAfter > 0 ? retryAfter * 1000 : undefined,
    migratedTo: migratedTo === undefined ? undefined : String(migratedTo),
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
