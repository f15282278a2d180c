import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A real WebSocket server on a free port that a test drives by hand. */
export interface TestServer {
  url: string;
  /** All connections so far, open or not. */
  sockets: WebSocket[];
  /** Text frames received but PINGs, oldest first. */
  received: string[];
  /** Whether PINGs are answered. */
  pong: boolean;
  open(): WebSocket[];
  broadcast(frame: unknown): void;
  close(): Promise<void>;
}

export async function startWsServer(onOpen?: (socket: WebSocket) => void): Promise<TestServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const test: TestServer = {
    url: `ws://127.0.0.1:${port}`,
    sockets: [],
    received: [],
    pong: true,
    open: () => test.sockets.filter((socket) => socket.readyState === socket.OPEN),
    broadcast(frame) {
      const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
      for (const socket of test.open()) socket.send(text);
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((done) => server.close(done));
    },
  };
  server.on('connection', (socket) => {
    test.sockets.push(socket);
    socket.on('message', (data) => {
      const text = data.toString();
      if (text !== 'PING') test.received.push(text);
      else if (test.pong) socket.send('PONG');
    });
    onOpen?.(socket);
  });
  return test;
}

/** Waits until `read` gives something; fails by name when it does not. */
export async function until<T>(
  what: string,
  read: () => T | undefined | false | null,
  ms = 5_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
