import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { BotEvent, BotStatus, HaltRequest, StatusMessage } from '../core/status.ts';
import { ConfigError, RefusedError, reasonOf } from '../errors.ts';
import { createStatusReader, type StatusReader } from './status-reader.ts';

/**
 * Publishes the bot's state to whoever reads run/status.sock. Publishing never waits and never
 * grows: a reader that does not keep up loses messages and is told how many.
 */
export interface StatusServer {
  /** Keeps this as the newest state and sends it to every reader. Serialised once for all. */
  publish(status: BotStatus): void;
  event(event: BotEvent): void;
  /** How many readers are connected. */
  readers(): number;
  /** Disconnects everybody and removes the socket file. */
  close(): Promise<void>;
}

export interface StatusServerOptions {
  socketPath: string;
  hello: Omit<Extract<StatusMessage, { type: 'hello' }>, 'type'>;
  onHalt(request: HaltRequest): void | Promise<void>;
  /** Clock milliseconds: stamps messages. */
  now(): number;
  /** Most bytes queued for one reader. */
  limitBytes?: number;
  maxReaders?: number;
}

/** The kernel's limit for the path of a Unix socket on Linux, without the closing zero. */
const MAX_PATH_BYTES = 107;

/**
 * Listens at `socketPath` (mode 0600 in a directory of mode 0700). Throws RefusedError when another
 * process listens there; a file that a dead one left behind is replaced.
 */
export async function createStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { socketPath, limitBytes = 256 * 1024, maxReaders = 128 } = options;
  const hello = toLine({ type: 'hello', ...options.hello });
  const readers = new Set<StatusReader>();
  let seq = 0;
  let latest: { message: StatusMessage; line?: Buffer } | undefined;

  const latestLine = () => {
    if (latest) latest.line ??= toLine(latest.message);
    return latest?.line;
  };
  const accept = (socket: Socket) => {
    if (readers.size >= maxReaders) {
      socket.on('error', () => {});
      const message = `${maxReaders} readers are connected already`;
      socket.write(toLine({ type: 'answer', ok: false, message }));
      socket.destroySoon();
      return;
    }
    const reader = createStatusReader(socket, {
      limitBytes,
      latest: latestLine,
      onHalt: options.onHalt,
    });
    readers.add(reader);
    socket.on('close', () => readers.delete(reader));
    reader.send(hello);
    const line = latestLine();
    if (line) reader.send(line);
  };
  const server = await listen(socketPath, accept);

  return {
    publish: (status) => {
      seq += 1;
      latest = { message: { type: 'status', seq, atMs: options.now(), status } };
      if (readers.size === 0) return;
      const line = latestLine();
      if (line) for (const reader of readers) reader.send(line);
    },
    event: (event) => {
      seq += 1;
      if (readers.size === 0) return;
      const line = toLine({ type: 'event', seq, atMs: options.now(), event });
      for (const reader of readers) reader.send(line);
    },
    readers: () => readers.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const reader of readers) reader.close();
      }),
  };
}

function toLine(message: StatusMessage): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}

async function listen(path: string, accept: (socket: Socket) => void): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ConfigError(`${path}: a socket's path may have at most ${MAX_PATH_BYTES} bytes`, {
      hint: 'Set DATA_DIR to a shorter path.',
    });
  }
  // Every write then asks for a 'drain', by which a reader that lost messages is told of it.
  const server = createServer({ highWaterMark: 1 }, accept);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    chmodSync(dirname(path), 0o700);
    await removeStale(path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(`${path}: cannot publish the status there: ${reasonOf(error)}`, {
      hint: 'Check owner and mode of the directory, or choose another with --data-dir.',
      cause: error,
    });
  }
  server.removeAllListeners('error');
  // Out of file descriptors while accepting: that reader is lost, the bot goes on.
  server.on('error', () => {});
  return server;
}

/** Removes a socket file only when nobody answers behind it; any other file is left alone. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new RefusedError(`${path}: exists and is not a socket`);
  const answered = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    // Only a refused connection proves that nobody listens.
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
  if (answered) {
    throw new RefusedError(`${path}: another process publishes there`, {
      hint: 'Stop the other bot, or give this one its own --data-dir.',
    });
  }
  rmSync(path, { force: true });
}
