import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { RefusedError } from '../errors.ts';
import { explainPort } from '../host/ports.ts';
import { createSessionHost, refuse } from './adapter/legacy-sessions.ts';
import type { ModernHost } from './adapter/modern.ts';
import { admit } from './admission.ts';
import type { CallEnvironment } from './call-tool.ts';
import type { ServerDefinition } from './definition.ts';
import { isModern } from './era.ts';
import { createGuard, type GuardOptions } from './guard.ts';
import { createOperations } from './operations.ts';
import { readBody } from './read-body.ts';

export interface McpHttpOptions extends GuardOptions {
  port: number;
  servers: readonly Served[];
}

/** One server behind one URL. */
export interface Served {
  name: string;
  /** A session of its own for each client. */
  legacy(): Promise<Server>;
  modern(): Promise<ModernHost>;
}

export interface McpHttp {
  port: number;
  sessions(): number;
  close(): Promise<void>;
}

/** Most connections at once; one client holds a handful. */
const MAX_CONNECTIONS = 2_048;

const NO_BODY = { ok: true, value: undefined } as const;

/** Serves each definition at /mcp/<name>, behind one guard. */
export async function serveMcpHttp(options: McpHttpOptions): Promise<McpHttp> {
  const guard = createGuard(options);
  const hosts = new Map(options.servers.map((one) => [`/mcp/${one.name}`, createHost(one)]));
  // Half-open requests are looked for every second; by default every thirty.
  const server = createServer({ connectionsCheckingInterval: 1_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.maxConnections = MAX_CONNECTIONS;
  const admission = admit(server);
  server.headersTimeout = 10_000;
  // A call may stream for as long as its tool may run; bodies have their own limit.
  server.requestTimeout = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Taken at once: a request that was given up has none.
    const { socket } = request;
    const refusal = guard(request);
    if (refusal) {
      for (const [name, value] of Object.entries(refusal.headers ?? {}))
        response.setHeader(name, value);
      return refuse(response, refusal.status, -32000, refusal.message);
    }
    const path = (request.url ?? '').split('?')[0] ?? '';
    const host = hosts.get(path);
    if (!host) {
      const known = [...hosts.keys()].join(', ');
      return refuse(response, 404, -32000, `no server at this path; served here: ${known}`);
    }
    const body = request.method === 'POST' ? await readBody(request) : NO_BODY;
    admission.arrived(socket);
    response.once('close', () => admission.answered(socket));
    if (!body.ok) {
      response.setHeader('Connection', 'close');
      return refuse(response, body.status, body.code, body.message);
    }
    if (Array.isArray(body.value) && body.value.length === 0) {
      return refuse(response, 400, -32600, 'an empty batch asks nothing');
    }
    return host.handle(request, response, body.value);
  }

  const port = await listen(server, options);
  return {
    port,
    sessions: () => [...hosts.values()].reduce((sum, host) => sum + host.count(), 0),
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: McpHttpOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const wanted = { host, port, what: 'the MCP servers', key: 'MCP_HTTP_PORT' };
      explainPort(wanted, cause.code ?? cause.message).then(({ message, ...hint }) =>
        reject(new RefusedError(message, { ...hint, cause })),
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Both eras of the protocol at one URL; each is loaded when it is first spoken. */
function createHost(served: Served) {
  const legacy = createSessionHost(served.legacy);
  let modern: Promise<ModernHost> | undefined;
  return {
    count: legacy.count,
    async handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
      if (!isModern(request, body)) return legacy.handle(request, response, body);
      modern ??= served.modern();
      return (await modern).handle(request, response, body);
    },
    async close() {
      await legacy.close();
      await (await modern)?.close();
    },
  };
}

/** A definition in both eras. */
export function served(definition: ServerDefinition, environment: CallEnvironment): Served {
  const operations = createOperations(definition, environment);
  return {
    name: definition.name,
    async legacy() {
      const { createLegacySession } = await import('./adapter/legacy.ts');
      return createLegacySession(definition, environment, operations);
    },
    async modern() {
      const { createModernHost, createModernServer, tellChanges } = await import(
        './adapter/modern.ts'
      );
      return createModernHost(
        () => createModernServer(definition, environment, operations),
        tellChanges(definition),
      );
    },
  };
}
