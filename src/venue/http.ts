import { subscribe } from 'node:diagnostics_channel';
import { Pool } from 'undici';
import { InconclusiveError, reasonOf } from '../errors.ts';

export interface HttpReply {
  status: number;
  text: string;
  /** From Retry-After; undefined without one. */
  retryAfterMs: number | undefined;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** With its leading slash, without the root's prefix. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  body?: string;
  /** Called as the request is written to its socket: not at all when it never left. */
  onSent?: (() => void) | undefined;
}

/** No answer came. `sent` is false only when the request provably never left this machine. */
export class NoAnswerError extends InconclusiveError {
  readonly sent: boolean;

  constructor(message: string, sent: boolean, cause: unknown) {
    super(message, { cause, hint: 'Is the venue reachable from here? See `pmcp doctor`.' });
    this.sent = sent;
  }
}

export interface HttpClient {
  /** Any status is an answer; throws NoAnswerError when there is none within the timeout. */
  send(request: HttpRequest): Promise<HttpReply>;
  close(): Promise<void>;
}

/** Idle connections are kept this long; the platform's own fetch drops them after about 4 s. */
const KEEP_ALIVE_MS = 60_000;
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Who waits to hear that a body is sent. The client writes at the end of the loop's turn, after it
 * has seen whether an idle connection was closed meanwhile, and tells it by this channel alone.
 */
const unsent = new WeakMap<object, () => void>();
subscribe('undici:client:sendHeaders', (message) => {
  const { body } = (message as { request: { body: object | null } }).request;
  if (body !== null) unsent.get(body)?.();
});

/** Keep-alive connections to one root such as https://host or http://host:port/clob. */
export function createHttpClient(root: string, timeoutMs: number): HttpClient {
  const url = new URL(root);
  const prefix = url.pathname.replace(/\/$/, '');
  const pool = new Pool(url.origin, {
    connections: 16,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: timeoutMs },
  });
  return {
    async send({ method, path, query, headers, body: text, onSent }) {
      const body = text === undefined ? undefined : Buffer.from(text);
      if (body && onSent) unsent.set(body, onSent);
      try {
        const answer = await pool.request({
          method,
          path: `${prefix}${path}`,
          query: defined(query),
          headers: body === undefined ? headers : { ...headers, 'content-type': JSON_TYPE },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const reply = await answer.body.text();
        const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN);
        return {
          status: answer.statusCode,
          text: reply,
          retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
        };
      } catch (error) {
        const reason = reasonOf(error) || codeOf(error);
        const message = `${method} ${url.origin}${prefix}${path}: no answer (${reason})`;
        throw new NoAnswerError(message, !NEVER_CONNECTED.has(codeOf(error)), error);
      }
    },
    close: () => pool.destroy(),
  };
}

const JSON_TYPE = 'application/json';

function defined(query: HttpRequest['query']): Record<string, string> | undefined {
  if (!query) return undefined;
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}
