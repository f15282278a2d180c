import { Agent, type IncomingMessage, request } from 'node:http';
import { InconclusiveError } from '../errors.ts';

export interface Call {
  url: string;
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  agent?: Agent;
  timeoutMs?: number;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** One request on this machine; InconclusiveError when there is no answer. */
export function call(options: Call): Promise<Answer> {
  const { url, method = 'GET', body, agent, timeoutMs = 10_000 } = options;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(text !== undefined && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
    }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new InconclusiveError(`${method} ${url}: ${error.message}`, { cause: error }));
    const sent = request(
      url,
      { method, headers, timeout: timeoutMs, ...(agent && { agent }) },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          received += chunk;
        });
        response.once('error', fail);
        response.once('end', () => {
          const { statusCode = 0 } = response;
          resolve({ status: statusCode, headers: response.headers, text: received });
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.once('error', fail);
    sent.end(text);
  });
}

/** Like `call`, but anything but 200 is an InconclusiveError: a refusal is quick, and no answer. */
export async function callOk(options: Call): Promise<Answer> {
  const answer = await call(options);
  if (answer.status === 200) return answer;
  throw new InconclusiveError(`${options.url}: answered ${answer.status} under load`, {
    hint: answer.text.slice(0, 200),
  });
}

/** The JSON of an answer in the 200s; InconclusiveError otherwise: nothing was measured. */
export async function callJson(options: Call): Promise<unknown> {
  const { status, text } = await call(options);
  if (status >= 200 && status < 300) return JSON.parse(text);
  throw new InconclusiveError(`${options.method ?? 'GET'} ${options.url}: answered ${status}`, {
    hint: text.slice(0, 200),
  });
}

/** Connections that stay open. */
export function keepAlive(connections: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: connections });
}
