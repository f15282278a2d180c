/**
 * The operator's verbs, one JSON object a line: run/control.sock of the bot, run/mcp-control.sock
 * of the mcp process.
 *
 *   -> {"verb":"halt","reason":"...","by":"ann"}
 *   <- {"ok":true,"data":{...}}  or  {"ok":false,"error":{"message","hint","exitCode"}}
 *
 * Mode 0600: whoever can connect is the process's own user or root. Requests of one connection are
 * answered in their order.
 */
import type { Socket } from 'node:net';
import { PmcpError, reasonOf, UsageError } from '../errors.ts';
import { listenUnix } from './listen-unix.ts';

/** Arguments are whatever the line held: the handler checks them. What it throws is the answer. */
export type ControlHandler = (args: Readonly<Record<string, unknown>>) => object | Promise<object>;
export type ControlHandlers = Readonly<Record<string, ControlHandler>>;

export type ControlReply =
  | { ok: true; data: object }
  | { ok: false; error: { message: string; hint?: string | undefined; exitCode: number } };

export interface ControlServer {
  /** Disconnects everybody and removes the socket file. */
  close(): Promise<void>;
}

export const MAX_LINE_CHARS = 64 * 1024;
const MAX_CONNECTIONS = 32;

export async function createControlServer(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<ControlServer> {
  const sockets = new Set<Socket>();
  const server = await listenUnix(socketPath, {}, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, handlers);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, handlers: ControlHandlers): void {
  let pending = '';
  let queue = Promise.resolve();
  const send = (reply: ControlReply) => {
    if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
  };
  const answer = (line: string) => {
    // One after the other, and no further reading meanwhile: a flood waits in the sender's buffer.
    socket.pause();
    queue = queue
      .then(async () => send(await replyTo(line, handlers)))
      .then(() => {
        socket.resume();
      });
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    if ([...lines, pending].some((line) => line.length > MAX_LINE_CHARS)) {
      send(failure(new UsageError(`a line may have at most ${MAX_LINE_CHARS} characters`)));
      pending = '';
      socket.destroySoon();
      return;
    }
    for (const line of lines) if (line.trim() !== '') answer(line);
  });
  // A client that vanishes is no event.
  socket.on('error', () => {});
}

async function replyTo(line: string, handlers: ControlHandlers): Promise<ControlReply> {
  try {
    const { verb, ...args } = parseRequest(line);
    const known = typeof verb === 'string' && Object.hasOwn(handlers, verb);
    const handler = known ? handlers[verb] : undefined;
    if (!handler) {
      throw new UsageError(`verb ${JSON.stringify(verb)?.slice(0, 60)} is not known`, {
        hint: `One of: ${Object.keys(handlers).join(', ')}.`,
      });
    }
    return { ok: true, data: await handler(args) };
  } catch (error) {
    return failure(error);
  }
}

function parseRequest(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError('not a line of JSON', { hint: 'Such as {"verb":"breaker.status"}.' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError('not a JSON object', { hint: 'Such as {"verb":"breaker.status"}.' });
  }
  return { ...value };
}

function failure(error: unknown): ControlReply {
  const message = reasonOf(error);
  if (!(error instanceof PmcpError)) return { ok: false, error: { message, exitCode: 1 } };
  return { ok: false, error: { message, hint: error.hint, exitCode: error.exitCode } };
}
