import { WebSocket } from 'ws';

/** One life of one WebSocket: it opens, it carries text frames, it ends exactly once. */
export interface Connection {
  send(text: string): void;
  /** Ends it without calling onEnd. */
  close(): void;
  readonly open: boolean;
}

export interface ConnectionOptions {
  url: string;
  /** Real ms between text PINGs; every frame, PONG included, proves the socket alive. */
  pingMs: number;
  /** Real ms without any frame after which the socket is taken for dead, opening included. */
  deadMs: number;
  onOpen(connection: Connection): void;
  /** Every text frame but PONG. */
  onText(text: string): void;
  /** Any frame, PONG included. */
  onAlive?(): void;
  onEnd(reason: string): void;
}

/** Larger frames end the connection: no message of the venue comes near it. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export function connect(options: ConnectionOptions): Connection {
  const socket = new WebSocket(options.url, {
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  });
  let ended = false;
  let aliveAt = performance.now();
  const end = (reason: string, tell: boolean) => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    // ws reports the failure of a socket that is closed while it opens; nobody is interested then.
    socket.on('error', () => {});
    socket.terminate();
    if (tell) options.onEnd(reason);
  };
  const check = () => {
    if (performance.now() - aliveAt >= options.deadMs) {
      end(`silent for ${Math.round(options.deadMs)} ms`, true);
    } else if (connection.open) {
      socket.send('PING');
    }
  };
  const timer = setInterval(check, Math.min(options.pingMs, options.deadMs));
  const connection: Connection = {
    send(text) {
      if (connection.open) socket.send(text);
    },
    close: () => end('', false),
    get open() {
      return !ended && socket.readyState === WebSocket.OPEN;
    },
  };
  socket.on('open', () => {
    aliveAt = performance.now();
    if (!ended) options.onOpen(connection);
  });
  socket.on('message', (data, isBinary) => {
    if (ended) return;
    aliveAt = performance.now();
    options.onAlive?.();
    const text = isBinary ? '' : data.toString();
    if (text !== '' && text !== 'PONG') options.onText(text);
  });
  socket.on('error', (error) => end(error.message || error.name, true));
  socket.on('close', (code) => end(`closed by the venue (${code})`, true));
  return connection;
}

/** Full-jitter exponential backoff in real ms: 250 ms doubling to 30 s. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(30_000, 250 * 2 ** Math.min(attempt, 10));
}
