import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  createMcpHandler,
  ProtocolError as SdkProtocolError,
  Server,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import type { CallEnvironment } from '../call-tool.ts';
import type { CallContext, ServerDefinition } from '../definition.ts';
import { createOperations, OPERATIONS, type Params, ProtocolError } from '../operations.ts';
import { CAPABILITIES } from './capabilities.ts';

export interface ModernHost {
  handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void>;
  close(): Promise<void>;
}

/** `watch` tells subscribers of changes until the function it returns is called. */
export function createModernHost(
  createServer: (notify: ServerNotifier) => Server,
  watch: (notify: ServerNotifier) => () => void,
): ModernHost {
  const handler = createMcpHandler(() => createServer(handler.notify), { legacy: 'reject' });
  const stop = watch(handler.notify);
  return {
    async handle(request, response, body) {
      const abort = new AbortController();
      response.once('close', () => abort.abort());
      const answer = await handler.fetch(webRequest(request, body, abort.signal), {
        parsedBody: body,
        // The only way through the SDK; whether he may call at all, the guard has decided.
        authInfo: { token: '', clientId: '', scopes: [], extra: { caller: request.socket } },
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (!answer.body) return void response.end();
      await pipeline(Readable.fromWeb(answer.body), response).catch(() => undefined);
    },
    async close() {
      stop();
      await handler.close();
    },
  };
}

/** Passes the changes of a server on to its subscribers. */
export function tellChanges(definition: ServerDefinition) {
  return (notify: ServerNotifier) =>
    definition.onChange((change) => {
      if (change.kind === 'resources') notify.resourcesChanged();
      else notify.resourceUpdated(change.uri);
    });
}

/** What is offered changes with a release only; what a resource says may change at any moment. */
const CONSTANT = { ttlMs: 300_000, cacheScope: 'private' } as const;
const CACHE_HINTS = {
  'server/discover': CONSTANT,
  'tools/list': CONSTANT,
  'prompts/list': CONSTANT,
  'resources/list': CONSTANT,
  'resources/templates/list': CONSTANT,
} as const;

/** A server for one exchange of revision 2026-07-28. */
export function createModernServer(
  definition: ServerDefinition,
  environment: CallEnvironment,
  operations = createOperations(definition, environment),
): Server {
  const { name, title, version, instructions } = definition;
  const server = new Server(
    { name: `pmcp-${name}`, title, version },
    { instructions, capabilities: CAPABILITIES, cacheHints: CACHE_HINTS },
  );
  for (const operation of OPERATIONS) {
    server.setRequestHandler(operation, async (request, context) => {
      const params: Params = { ...request.params };
      const answer = operations[operation](params, contextOf(context));
      // The SDK's result types are those of its own builders; the shape is checked on the wire.
      return (await answer.catch(asSdkError)) as never;
    });
  }
  return server;
}

function webRequest(request: IncomingMessage, body: unknown, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return new Request(url, { method: request.method ?? 'GET', headers, signal, ...init });
}

/** What a call may use, from what the SDK gives its handler. */
export function contextOf(context: ServerContext): CallContext {
  const { signal, _meta, notify, log } = context.mcpReq;
  const caller = context.http?.authInfo?.extra?.caller;
  const progressToken = _meta?.progressToken;
  return {
    signal,
    ...(typeof caller === 'object' && caller !== null ? { caller } : {}),
    progress(done, total, message) {
      if (progressToken === undefined) return;
      const params = {
        progressToken,
        progress: done,
        ...(total === undefined ? {} : { total }),
        message,
      };
      notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
    log(level, message) {
      log(level, message).catch(() => undefined);
    },
  };
}

function asSdkError(error: unknown): never {
  if (!(error instanceof ProtocolError)) throw error;
  // This revision has no code of its own for a missing resource.
  throw new SdkProtocolError(
    error.code === -32002 ? -32602 : error.code,
    error.message,
    error.data,
  );
}
