import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import {
  createConnection,
  createServer,
  type Server,
  type ServerOpts,
  type Socket,
} from 'node:net';
import { dirname } from 'node:path';
import { ConfigError, RefusedError, reasonOf } from '../errors.ts';

/** The kernel's limit for the path of a Unix socket on Linux, without the closing zero. */
const MAX_PATH_BYTES = 107;

/**
 * Listens at `path`: mode 0600 in a directory of mode 0700, so for this user alone. A file that a
 * dead process left behind is replaced; one with a living process behind it throws RefusedError.
 */
export async function listenUnix(
  path: string,
  options: ServerOpts,
  accept: (socket: Socket) => void,
): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ConfigError(`${path}: a socket's path may have at most ${MAX_PATH_BYTES} bytes`, {
      hint: 'Set DATA_DIR to a shorter path.',
    });
  }
  const server = createServer(options, accept);
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
    throw new RefusedError(`${path}: cannot listen there: ${reasonOf(error)}`, {
      hint: 'Check owner and mode of the directory, or choose another with --data-dir.',
      cause: error,
    });
  }
  server.removeAllListeners('error');
  // Out of file descriptors while accepting: that connection is lost, the bot goes on.
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
    throw new RefusedError(`${path}: another process listens there`, {
      hint: 'Stop the other bot, or give this one its own --data-dir.',
    });
  }
  rmSync(path, { force: true });
}
