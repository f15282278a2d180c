import { spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InconclusiveError } from '../../errors.ts';

export interface PipeOptions {
  socketPath: string;
  server: string;
  /** Starts the daemon, in the background. */
  startDaemon(): void;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

/** Longest a daemon may take from its start to listening. */
const START_MS = 10_000;

/** Joins stdin and stdout to the daemon until either ends. Nothing but protocol is written. */
export async function pipeToDaemon(options: PipeOptions): Promise<void> {
  const { socketPath, server, input, output, signal } = options;
  const socket = (await tryConnect(socketPath)) ?? (await startAndConnect(options));
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  socket.write(`${JSON.stringify({ server })}\n`);
  input.pipe(socket);
  socket.pipe(output, { end: false });
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  signal.removeEventListener('abort', abort);
  input.unpipe(socket);
}

async function startAndConnect(options: PipeOptions): Promise<Socket> {
  options.startDaemon();
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    await sleep(50, undefined, { signal: options.signal });
    const socket = await tryConnect(options.socketPath);
    if (socket) return socket;
  }
  const seconds = START_MS / 1_000;
  throw new InconclusiveError(
    `the mcp process did not listen on ${options.socketPath} within ${seconds} s`,
    { hint: 'Run `pmcp mcp` at a terminal to see why.' },
  );
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** The daemon of this installation, detached: it outlives the client that needed it first. */
export function startDetached(argv: readonly string[], env: NodeJS.ProcessEnv): void {
  const [command = process.execPath, ...rest] = argv;
  spawn(command, rest, { env, stdio: 'ignore', detached: true }).unref();
}
