import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestHttp {
  url: string;
  /** `METHOD /path?query` of every request, oldest first. */
  requests: string[];
  server: Server;
  close(): void;
}

/** What a test answers: a body alone is 200 and JSON; undefined never answers. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };

/** A real HTTP server on a free port that answers as a test says. */
export async function startHttpServer(
  answer: (url: URL, request: IncomingMessage, body: string) => Answer | undefined,
): Promise<TestHttp> {
  const requests: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push(`${request.method} ${request.url}`);
    const given = answer(new URL(request.url ?? '/', 'http://test'), request, body);
    if (!given) return;
    response.writeHead(given.status ?? 200, given.headers);
    response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body ?? ''));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    server,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
