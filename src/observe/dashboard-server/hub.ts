import type { IncomingMessage, ServerResponse } from 'node:http';
import { plain, type Route, streamHeaders } from '../http.ts';

export interface Hub {
  /** The route of the stream. */
  open: Route;
  /** Tells every reader: at once, or after the shortest pause between two tellings. */
  tell(urgent: boolean): void;
  readers(): number;
  close(): void;
}

export interface HubOptions {
  /** The newest message, made once for all readers. */
  message(): Buffer;
  /** Told at least this often, as of now. */
  refreshMs(): number;
  /** Least pause between two tellings, unless it is urgent. */
  pauseMs?: number;
  /** A reader who takes nothing for this long is cut. */
  stallMs?: number;
  maxReaders?: number;
}

interface Reader {
  response: ServerResponse;
  /** Since when what was sent has not been taken; undefined: it was. */
  stalledTick: number | undefined;
}

/** Urgent news come in bursts too. */
const URGENT_PAUSE_MS = 50;

/**
 * Server-sent events for any number of open dashboards. Each message is complete, so that a reader
 * who is slow misses some and is not sent them later: nothing piles up for him.
 */
export function createHub(options: HubOptions): Hub {
  const { message, refreshMs, pauseMs = 1_000, stallMs = 30_000, maxReaders = 500 } = options;
  const readers = new Set<Reader>();
  let refresh: NodeJS.Timeout | undefined;
  let waiting: { timer: NodeJS.Timeout; dueTick: number } | undefined;
  let toldTick = Number.NEGATIVE_INFINITY;

  const send = (reader: Reader, event: Buffer) => {
    if (!reader.response.writableNeedDrain) {
      reader.stalledTick = undefined;
      reader.response.write(event);
      return;
    }
    reader.stalledTick ??= performance.now();
    if (performance.now() - reader.stalledTick > stallMs) reader.response.destroy();
  };
  const tellAll = () => {
    clearTimeout(waiting?.timer);
    waiting = undefined;
    if (readers.size === 0) return;
    toldTick = performance.now();
    const event = framed(message());
    for (const reader of readers) send(reader, event);
    clearTimeout(refresh);
    refresh = setTimeout(tellAll, refreshMs());
  };
  const add = (request: IncomingMessage, response: ServerResponse) => {
    const reader: Reader = { response, stalledTick: undefined };
    response.writeHead(200, streamHeaders('text/event-stream'));
    request.socket.setNoDelay(true);
    response.on('error', () => {});
    response.on('close', () => {
      readers.delete(reader);
      if (readers.size === 0) clearTimeout(refresh);
    });
    if (readers.size === 0) refresh = setTimeout(tellAll, refreshMs());
    readers.add(reader);
    send(reader, Buffer.concat([Buffer.from('retry: 2000\n'), framed(message())]));
  };

  return {
    open() {
      if (readers.size >= maxReaders) {
        return { ...plain(503, 'too many open dashboards'), headers: { 'Retry-After': '10' } };
      }
      return { stream: add };
    },
    tell(urgent) {
      if (readers.size === 0) return;
      const dueTick = toldTick + (urgent ? URGENT_PAUSE_MS : pauseMs);
      if (waiting && waiting.dueTick <= dueTick) return;
      clearTimeout(waiting?.timer);
      const timer = setTimeout(tellAll, Math.max(0, dueTick - performance.now()));
      waiting = { timer, dueTick };
    },
    readers: () => readers.size,
    close() {
      clearTimeout(refresh);
      clearTimeout(waiting?.timer);
      for (const { response } of readers) response.end();
      readers.clear();
    },
  };
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from('data: '), message, Buffer.from('\n\n')]);
}
