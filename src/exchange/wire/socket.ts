import type { WebSocket } from 'ws';
import { isRecord } from './http.ts';

/** One client's socket: bounded outgoing data, text frames, PING and PONG as plain text. */
export interface Outlet {
  /** Sends JSON; a client that reads too slowly is cut off instead of being buffered. */
  send(value: unknown): void;
  /** Sends text as it is. */
  text(text: string): void;
  close(code: number, reason: string): void;
}

export interface SocketLimits {
  /** Bytes that may wait for one client. */
  maxBufferedBytes: number;
}

/** Frames that make no sense before the client is told to go. */
const MAX_BAD_FRAMES = 20;

export function createOutlet(socket: WebSocket, limits: SocketLimits): Outlet {
  const text = (line: string) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount + line.length > limits.maxBufferedBytes) {
      socket.terminate();
      return;
    }
    socket.send(line);
  };
  return {
    text,
    send: (value) => text(JSON.stringify(value)),
    close: (code, reason) => socket.close(code, reason),
  };
}

/** Answers PING, hands JSON objects on, and complains about the rest. */
export function onFrames(
  socket: WebSocket,
  outlet: Outlet,
  handle: (frame: Record<string, unknown>) => boolean,
): void {
  let bad = 0;
  // A broken frame ends the connection; the close event follows.
  socket.on('error', () => socket.terminate());
  socket.on('message', (data, isBinary) => {
    const line = String(data);
    if (!isBinary && (line === 'PING' || line === 'ping')) return outlet.text('PONG');
    const frame = parse(line);
    if (!isBinary && isRecord(frame) && handle(frame)) return;
    outlet.text('INVALID OPERATION');
    bad += 1;
    if (bad >= MAX_BAD_FRAMES) outlet.close(1008, 'too many invalid frames');
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Strings of a frame's field; undefined when it is not a list of strings. */
export function stringList(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? value
    : undefined;
}
