import type { Socket } from 'node:net';
import type { HaltRequest } from '../core/status.ts';
import { reasonOf } from '../errors.ts';
import { LineError, parseHaltLine } from './status-verbs.ts';

/** One connected reader of the status socket, with a bounded queue of its own. */
export interface StatusReader {
  /** Queues a line or several, or counts them as dropped when it does not keep up. Never waits. */
  send(lines: Buffer, count?: number): void;
  close(): void;
}

interface ReaderOptions {
  /** Most bytes kept for this reader in our memory, beside the kernel's own buffer. */
  limitBytes: number;
  /** Called when a reader that lost messages keeps up again: the newest state, if there is any. */
  latest(): Buffer | undefined;
  onHalt(request: HaltRequest): void | Promise<void>;
}

const MAX_LINE_BYTES = 4096;
/** More lines than this in a window is abuse: a reader has one verb and rarely a cause for it. */
const MAX_LINES_PER_WINDOW = 8;
const WINDOW_MS = 10_000;
const LINGER_MS = 1000;

export function createStatusReader(socket: Socket, options: ReaderOptions): StatusReader {
  let dropped = 0;
  let pending = '';
  let windowStart = Number.NEGATIVE_INFINITY;
  let linesInWindow = 0;

  const send = (lines: Buffer, count = 1) => {
    const queued = socket.writableLength;
    // Once behind, everything is dropped until the queue is empty: no gap goes unreported. An empty
    // queue takes a line of any length, or a long one would never arrive.
    if (dropped > 0 || (queued > 0 && queued + lines.length > options.limitBytes)) dropped += count;
    else socket.write(lines);
  };
  const answer = (ok: boolean, message: string) => {
    send(Buffer.from(`${JSON.stringify({ type: 'answer', ok, message })}\n`));
  };
  const disconnect = (message: string) => {
    answer(false, message);
    pending = '';
    socket.pause();
    socket.destroySoon();
    // It may have stopped reading as well: then it never takes the answer, and loses it.
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  const obey = async (line: string) => {
    try {
      await options.onHalt(parseHaltLine(line));
      answer(true, 'halted');
    } catch (error) {
      answer(false, error instanceof LineError ? error.message : `halt: ${reasonOf(error)}`);
    }
  };
  const tooMany = () => {
    const now = performance.now();
    if (now - windowStart > WINDOW_MS) {
      windowStart = now;
      linesInWindow = 0;
    }
    linesInWindow += 1;
    return linesInWindow > MAX_LINES_PER_WINDOW;
  };

  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (tooMany()) return disconnect('too many lines, disconnected');
      if (line.length > MAX_LINE_BYTES) return disconnect(TOO_LONG);
      void obey(line);
    }
    if (pending.length > MAX_LINE_BYTES) disconnect(TOO_LONG);
  });
  socket.on('drain', () => {
    if (dropped === 0) return;
    const report = Buffer.from(`${JSON.stringify({ type: 'dropped', count: dropped })}\n`);
    dropped = 0;
    send(report);
    const latest = options.latest();
    if (latest) send(latest);
  });
  // A reader that vanishes is no event for the bot; 'close' follows and removes it.
  socket.on('error', () => {});
  return { send, close: () => socket.destroy() };
}

const TOO_LONG = `a line may have at most ${MAX_LINE_BYTES} bytes, disconnected`;
