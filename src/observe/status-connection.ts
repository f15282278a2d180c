import { createConnection } from 'node:net';
import type { StatusMessage } from '../core/status.ts';
import { parseStatusLine } from '../core/status-parse.ts';

export interface StatusConnection {
  send(value: object): void;
  close(): void;
}

interface Handlers {
  onOpen?(): void;
  onMessage(message: StatusMessage): void;
  onMalformed(problem: string): void;
  /** Once, for every end: refused, closed by either side, or broken. */
  onClose(code: string | undefined): void;
}

/** A message is some kilobytes; this much without a line end is not the bot. */
const MAX_LINE_CHARS = 8 * 1024 * 1024;

/** One connection to run/status.sock: lines in, parsed messages out. */
export function connectStatus(socketPath: string, handlers: Handlers): StatusConnection {
  const socket = createConnection(socketPath);
  let pending = '';
  let code: string | undefined;
  socket.setEncoding('utf8');
  socket.on('connect', () => handlers.onOpen?.());
  socket.on('data', (chunk: string) => {
    const end = chunk.lastIndexOf('\n');
    if (end === -1) {
      pending += chunk;
      if (pending.length > MAX_LINE_CHARS) {
        handlers.onMalformed(`a line of more than ${MAX_LINE_CHARS} characters`);
        socket.destroy();
      }
      return;
    }
    const lines = (pending + chunk.slice(0, end)).split('\n');
    pending = chunk.slice(end + 1);
    for (const line of lines) {
      const message = parseStatusLine(line);
      if ('problem' in message) handlers.onMalformed(message.problem);
      else handlers.onMessage(message);
    }
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  socket.on('close', () => handlers.onClose(code));
  return {
    send: (value) => void socket.write(`${JSON.stringify(value)}\n`),
    close: () => socket.destroy(),
  };
}
