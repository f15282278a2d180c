import type { Socket } from 'node:net';
import { listenUnix } from '../../host/listen-unix.ts';
import type { CallEnvironment } from '../call-tool.ts';
import type { ServerDefinition } from '../definition.ts';

export interface PipeServer {
  /** Clients connected now. */
  count(): number;
  close(): Promise<void>;
}

const MAX_CLIENTS = 64;
/** A client says which server it wants in its first line, and within this time. */
const GREETING_MS = 5_000;
const MAX_GREETING = 200;
/** A client that does not read its answers is cut off at this much. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/**
 * The daemon's end of `pmcp mcp --stdio SERVER`: one line `{"server":"testing"}`, then the bytes of
 * the stdio transport, so that a stdio client costs a pipe and not a whole server.
 */
export async function servePipe(
  socketPath: string,
  definitions: readonly ServerDefinition[],
  environment: CallEnvironment,
): Promise<PipeServer> {
  const sockets = new Set<Socket>();
  const server = await listenUnix(socketPath, {}, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    greet(socket, definitions, environment);
  });
  server.maxConnections = MAX_CLIENTS;
  return {
    count: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function greet(
  socket: Socket,
  definitions: readonly ServerDefinition[],
  environment: CallEnvironment,
): void {
  let received = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), GREETING_MS);
  socket.once('close', () => clearTimeout(timer));
  const read = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(10);
    if (end === -1 && received.length <= MAX_GREETING) return;
    socket.off('data', read);
    socket.pause();
    clearTimeout(timer);
    const wanted = wantedIn(received.subarray(0, Math.max(end, 0)));
    const definition = definitions.find((one) => one.name === wanted);
    if (!definition) return refuse(socket, definitions);
    if (received.length > end + 1) socket.unshift(received.subarray(end + 1));
    connect(socket, definition, environment).catch(() => socket.destroy());
  };
  socket.on('data', read);
}

function wantedIn(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString())?.server;
  } catch {
    return undefined;
  }
}

function refuse(socket: Socket, definitions: readonly ServerDefinition[]): void {
  const names = definitions.map((one) => one.name).join(', ') || 'none';
  const error = { code: -32000, message: `no such server is enabled; enabled: ${names}` };
  socket.end(`${JSON.stringify({ jsonrpc: '2.0', id: null, error })}\n`);
}

async function connect(
  socket: Socket,
  definition: ServerDefinition,
  environment: CallEnvironment,
): Promise<void> {
  // With the first client: the start of the process does not wait for the SDK.
  const { createLegacySession } = await import('../adapter/legacy.ts');
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  if (socket.destroyed) return;
  const session = createLegacySession(definition, environment);
  // The transport does not notice the end of its input.
  socket.once('close', () => session.close().catch(() => undefined));
  const guard = setInterval(() => {
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  }, 1_000);
  guard.unref();
  socket.once('close', () => clearInterval(guard));
  await session.connect(new StdioServerTransport(socket, socket));
  socket.resume();
}
