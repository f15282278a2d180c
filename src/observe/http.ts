import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { RefusedError, reasonOf } from '../errors.ts';
import { explainPort } from '../host/ports.ts';

/** What a path answers. */
export interface Page {
  status: number;
  contentType: string;
  body: string | Buffer;
  headers?: Readonly<Record<string, string>>;
}

/** An answer that goes on until one side ends it. */
export interface Stream {
  stream(request: IncomingMessage, response: ServerResponse): void;
}

type Answer = Page | Stream;
export type Route = (request: IncomingMessage) => Answer | Promise<Answer>;
/** By path. One of another method is named with it, and `*` stands for one part of the path. */
export type Routes = ReadonlyMap<string, Route>;

export interface Listening {
  /** The port in use, also when 0 was asked for. */
  port: number;
  close(): Promise<void>;
}

export interface Door {
  host: string;
  port: number;
  /** Names the port in messages, as in "the dashboard". */
  what: string;
  /** The configuration key of the port. */
  key: string;
  routes: Routes;
  /** Asked before every route: an answer instead of it, when the request may not pass. */
  admit?(request: IncomingMessage): Page | undefined;
}

/** Nothing from elsewhere, nothing inline, in no frame. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SAFE_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // Stricter, and browsers would hide from us that a form is our own.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': CONTENT_POLICY,
} as const;

/** Serves `routes`. Rejects with one clear error when the port cannot be had. */
export async function serve(door: Door): Promise<Listening> {
  const allowedHost = hostCheck(door.host);
  const server = createServer((request, response) => {
    const route = chooseRoute(door, request, allowedHost);
    if (typeof route !== 'function') return send(request, response, route);
    Promise.resolve(request)
      .then(route)
      .then(
        (answer) => {
          if ('stream' in answer) answer.stream(request, response);
          else send(request, response, answer);
        },
        (error) => send(request, response, plain(500, `internal error: ${reasonOf(error)}`)),
      );
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.maxConnections = 1024;
  server.maxRequestsPerSocket = 0;
  await listen(server, door);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function plain(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/** The path without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** Headers of a stream: as safe as those of a page. */
export function streamHeaders(contentType: string): Record<string, string> {
  return { ...SAFE_HEADERS, 'Content-Type': contentType };
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    ...SAFE_HEADERS,
    'Content-Type': page.contentType,
    'Content-Length': Buffer.byteLength(page.body),
    ...page.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function chooseRoute(
  door: Door,
  request: IncomingMessage,
  allowedHost: (host: string) => boolean,
): Route | Page {
  if (!allowedHost(request.headers.host ?? '')) {
    return plain(403, 'this host name is not served here: use an IP address or localhost');
  }
  const path = pathOf(request);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const route = findRoute(door.routes, reads ? path : `${request.method} ${path}`);
  if (!route && !reads) {
    return { ...plain(405, 'read only'), headers: { Allow: 'GET, HEAD' } };
  }
  return door.admit?.(request) ?? route ?? notFound(door.routes);
}

function findRoute(routes: Routes, wanted: string): Route | undefined {
  const exact = routes.get(wanted);
  if (exact) return exact;
  const parts = wanted.split('/');
  for (const [name, route] of routes) {
    const named = name.split('/');
    if (named.length !== parts.length || !named.includes('*')) continue;
    if (named.every((part, index) => part === '*' || part === parts[index])) return route;
  }
  return undefined;
}

/**
 * Against DNS rebinding: a web page can make its own name point here, but it cannot make a browser
 * send an address or "localhost" as the host.
 */
function hostCheck(configured: string): (host: string) => boolean {
  return (host) => {
    const name = host
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    return name === 'localhost' || name === configured.toLowerCase() || isIP(name) !== 0;
  };
}

function notFound(routes: Routes): Page {
  return plain(404, `not found; served here: ${[...routes.keys()].join(', ')}`);
}

function listen(server: Server, door: Door): Promise<void> {
  const { host, port } = door;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      explainPort(door, cause.code ?? cause.message).then(({ message, ...hint }) =>
        reject(new RefusedError(message, { ...hint, cause })),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}
