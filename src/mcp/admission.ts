import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that may be open without a whole request having arrived on them. */
const MAX_WAITING = 256;

export interface Admission {
  /** A whole request has arrived: until it is answered, its connection is not given up. */
  arrived(socket: Socket): void;
  answered(socket: Socket): void;
}

/**
 * Gives up the connection that waits longest for its client when too many do, so that half-open
 * ones cannot keep out a client that has something to ask.
 */
export function admit(server: Server): Admission {
  const waiting = new Set<Socket>();
  const wait = (socket: Socket) => {
    if (socket.destroyed) return;
    waiting.add(socket);
    const [longest] = waiting;
    if (waiting.size > MAX_WAITING) longest?.destroy();
  };
  server.on('connection', (socket) => {
    socket.once('close', () => waiting.delete(socket));
    wait(socket);
  });
  return { arrived: (socket) => void waiting.delete(socket), answered: wait };
}
