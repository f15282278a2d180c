import type { IncomingMessage, ServerResponse } from 'node:http';

/** The small part of HTTP that the exchange needs: routes, bounded bodies, JSON answers. */

/** Largest request body, bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A request that is answered by one error: thrown anywhere below a handler. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    extra: { body?: object; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { error: message, ...extra.body };
    this.headers = extra.headers ?? {};
  }
}

export interface WireRequest {
  method: string;
  /** Whole path, prefix included, percent-decoded segment by segment only in `params`. */
  path: string;
  query: URLSearchParams;
  params: Readonly<Record<string, string>>;
  headers: IncomingMessage['headers'];
  remoteAddress: string;
  /** Exact text: signatures cover it. */
  body: string;
}

export interface WireReply {
  status?: number;
  /** Sent as JSON; undefined sends an empty body. */
  body: unknown;
  headers?: Record<string, string>;
  /** The connection is cut instead of answering. */
  lost?: boolean;
  /** Real milliseconds to wait before answering. */
  delayMs?: number;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** As in `/clob/data/order/:id`. */
  path: string;
  handle(request: WireRequest): WireReply;
}

export function jsonBody(request: WireRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    throw new Refusal(400, 'Invalid payload: the body is not JSON');
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function recordBody(request: WireRequest): Record<string, unknown> {
  const value = jsonBody(request);
  if (!isRecord(value)) throw new Refusal(400, 'Invalid payload: a JSON object is expected');
  return value;
}

/** Header value, or undefined when missing, empty or repeated. */
export function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

type Found = { route: Route; params: Record<string, string> } | 'wrong method' | undefined;

/** Routes by number of segments; parameters match one whole segment. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const table = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (method, path) => {
    const segments = path.split('/');
    let wrongMethod = false;
    for (const entry of table) {
      const params = matchSegments(entry.segments, segments);
      if (!params) continue;
      if (entry.route.method === method) return { route: entry.route, params };
      wrongMethod = true;
    }
    return wrongMethod ? 'wrong method' : undefined;
  };
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decoded(segment);
    else if (part !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'Invalid path: bad percent encoding');
  }
}

/** The body as text; refuses one that is larger than MAX_BODY_BYTES without keeping it. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) {
      throw new Refusal(413, `Invalid payload: larger than ${MAX_BODY_BYTES} bytes`, {
        headers: { connection: 'close' },
      });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendReply(response: ServerResponse, reply: WireReply): void {
  if (response.destroyed || response.headersSent) return;
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
  response.writeHead(reply.status ?? 200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...reply.headers,
  });
  response.end(text);
}
