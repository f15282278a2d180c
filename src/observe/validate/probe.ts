import { request as httpRequest, type IncomingMessage } from 'node:http';

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Ask {
  url: string;
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  timeoutMs?: number;
}

const TIMEOUT_MS = 5000;
const LARGEST_BYTES = 10_000_000;

/** One request. Rejects, with words for the operator, when there is no whole answer in time. */
export function ask({ url, method = 'GET', headers, body, timeoutMs }: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const limitMs = timeoutMs ?? TIMEOUT_MS;
    const fail = (why: string) => reject(new Error(`${url}: ${why}`));
    const request = httpRequest(url, { method, headers: headers ?? {}, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        text += more;
        if (text.length > LARGEST_BYTES) request.destroy(new Error('the answer does not end'));
      });
      answer.on('end', () => {
        clearTimeout(timer);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
      });
      answer.on('error', (error) => fail(error.message));
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${limitMs} ms`)),
      limitMs,
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message);
    });
    request.end(body);
  });
}

/** Where to reach what listens on this host setting. */
export function originOf(host: string, port: number): string {
  const any = host === '0.0.0.0' || host === '::';
  const name = any ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
