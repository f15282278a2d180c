import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { RefusedError, reasonOf } from '../errors.ts';

/** What a path answers. */
export interface Page {
  status: number;
  contentType: string;
  body: string | Buffer;
}

export type Routes = ReadonlyMap<string, () => Page | Promise<Page>>;

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
}

/** Serves `routes` read-only. Rejects with one clear error when the port cannot be had. */
export async function serve(door: Door): Promise<Listening> {
  const allowedHost = hostCheck(door.host);
  const server = createServer((request, response) => {
    const refusal = refuse(request, allowedHost);
    if (refusal) return send(request, response, refusal);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = door.routes.get(path);
    if (!route) return send(request, response, notFound(door.routes));
    Promise.resolve()
      .then(route)
      .then(
        (page) => send(request, response, page),
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

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const headers: Record<string, string | number> = {
    'Content-Type': page.contentType,
    'Content-Length': Buffer.byteLength(page.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
  };
  if (page.status === 405) headers['Allow'] = 'GET, HEAD';
  response.writeHead(page.status, headers);
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function refuse(request: IncomingMessage, allowedHost: (host: string) => boolean) {
  if (!allowedHost(request.headers.host ?? '')) {
    return plain(403, 'this host name is not served here: use an IP address or localhost');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'read only');
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

function listen(server: Server, { host, port, what, key }: Door): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new RefusedError(`port ${port} of ${what} (${key}) is in use on ${host}`, {
              hint: `Stop what listens there (\`ss -ltnp 'sport = :${port}'\`), or set ${key}.`,
            })
          : new RefusedError(`${what} cannot listen on ${host}:${port}: ${error.message}`, {
              hint: `Set ${key} and its host to an address of this machine.`,
              cause: error,
            }),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}
