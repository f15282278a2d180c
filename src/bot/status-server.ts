import type { Socket } from 'node:net';
import type { BotEvent, BotStatus, HaltRequest, StatusMessage } from '../core/status.ts';
import { listenUnix } from '../host/listen-unix.ts';
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

/**
 * Events wait so long, real ms, and then go out together: an order does not wait for its event to be
 * written down, and who reads is woken twenty times a second at most.
 */
const TOGETHER_MS = 50;
/** Messages in one write; what is dropped is dropped by the write. */
const MOST_TOGETHER = 64;

type EventMessage = Extract<StatusMessage, { type: 'event' }>;

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

  let waiting: EventMessage[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const messages = waiting;
    waiting = [];
    if (readers.size === 0) return;
    for (let at = 0; at < messages.length; at += MOST_TOGETHER) {
      const some = messages.slice(at, at + MOST_TOGETHER);
      const lines = Buffer.concat(some.map(toLine));
      for (const reader of readers) reader.send(lines, some.length);
    }
  };
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
  // Every write then asks for a 'drain', by which a reader that lost messages is told of it.
  const server = await listenUnix(socketPath, { highWaterMark: 1 }, accept);

  return {
    publish: (status) => {
      flush();
      seq += 1;
      latest = { message: { type: 'status', seq, atMs: options.now(), status } };
      if (readers.size === 0) return;
      const line = latestLine();
      if (line) for (const reader of readers) reader.send(line);
    },
    event: (event) => {
      seq += 1;
      if (readers.size === 0) return;
      waiting.push({ type: 'event', seq, atMs: options.now(), event });
      timer ??= setTimeout(flush, TOGETHER_MS);
    },
    readers: () => readers.size,
    close: () =>
      new Promise((resolve) => {
        flush();
        server.close(() => resolve());
        for (const reader of readers) reader.close();
      }),
  };
}

function toLine(message: StatusMessage): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\n`);
}
