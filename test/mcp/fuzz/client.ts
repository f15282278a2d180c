import { Pool } from 'undici';
import { z } from 'zod';
import type { Malformed } from './malformed.ts';

const message = z.looseObject({
  result: z.looseObject({ isError: z.boolean().optional() }).optional(),
  error: z.object({ code: z.int(), message: z.string() }).optional(),
});

export interface FuzzClient {
  /** What is wrong with the answer; undefined: it is what it must be. */
  judge(request: Malformed): Promise<string | undefined>;
  initialize(path: string): Promise<string>;
  /** A call that must succeed. */
  call(path: string, session: string, method: string, params: object): Promise<unknown>;
  close(): Promise<void>;
}

/** An answer that takes longer is a hang, also on a busy machine. */
const WAIT_MS = 30_000;

export function createFuzzClient(origin: string, connections: number): FuzzClient {
  const pool = new Pool(origin, { connections, bodyTimeout: WAIT_MS, headersTimeout: WAIT_MS });

  async function send({ method, path, headers, body }: Omit<Malformed, 'what' | 'wants'>) {
    const answer = await pool.request({
      method: method as 'POST',
      path,
      headers,
      body: body ?? null,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, text, session: answer.headers['mcp-session-id'] };
  }

  const post = (path: string, session: string | undefined, sent: object) =>
    send({
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session === undefined ? {} : { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...sent }),
    });

  return {
    async judge(request) {
      try {
        const { status, text } = await send(request);
        const wrong = request.wants === 'error' ? notAnError(status, text) : notNothing(status);
        return wrong && `${request.what}: ${wrong}: ${String(request.body).slice(0, 300)}`;
      } catch (error) {
        return `${request.what}: ${error}: ${String(request.body).slice(0, 300)}`;
      }
    },
    async initialize(path) {
      const clientInfo = { name: 'fuzz', version: '1' };
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
      const { session } = await post(path, undefined, { id: 0, method: 'initialize', params });
      if (typeof session !== 'string') throw new Error('no session');
      await post(path, session, { method: 'notifications/initialized' });
      return session;
    },
    async call(path, session, method, params) {
      const { text } = await post(path, session, { id: 1, method, params });
      const [answer] = messagesIn(text);
      if (!answer?.result || answer.result.isError) throw new Error(`${method}: ${text}`);
      return answer.result;
    },
    close: () => pool.close(),
  };
}

function messagesIn(text: string) {
  const data = text.startsWith('event:')
    ? [...text.matchAll(/^data: (.+)$/gm)].map(([, one]) => JSON.parse(one ?? ''))
    : [JSON.parse(text)].flat();
  return data.map((one) => message.parse(one));
}

function notAnError(status: number, text: string): string | undefined {
  if (status >= 500) return `status ${status}: ${text}`;
  const messages = messagesIn(text);
  const clear = messages.every(({ error, result }) => error?.message || result?.isError);
  const one = messages.length === 1 || (messages.length > 1 && new Set(text.split('\n')).size > 1);
  return clear && one ? undefined : `status ${status}: ${text.slice(0, 300)}`;
}

function notNothing(status: number): string | undefined {
  return status === 202 ? undefined : `status ${status}`;
}
