import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { FailedError } from '../errors.ts';
import { type Child, endWords, startChild } from '../host/child.ts';
import { createLineLog } from '../host/line-log.ts';
import { openLog } from '../host/log-file.ts';
import type { User } from '../host/owner.ts';

/** How to run pmcp itself: program and arguments before the subcommand. */
export interface Self {
  command: string;
  args: readonly string[];
}

/** Above dist/ or src/, whichever this program is. */
export function projectDirectory(self: Self): string {
  return dirname(dirname(self.args.at(-1) ?? ''));
}

export interface Program {
  pid: number;
  /** Seconds from the start until it was ready. */
  readySeconds: number;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  user?: User | undefined;
  logPath: string;
  isReady(): Promise<boolean>;
}

const READY_WITHIN_MS = 30_000;
const GRACE_MS = 3000;

/** Starts a program and waits until it does its work; FailedError when it does not. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const log = createLineLog(openLog(options.logPath), options.name);
  const startedTick = performance.now();
  const child = startChild({ ...options, log });
  const stop = async () => {
    await child.stop(GRACE_MS);
    log.close();
  };
  const problem = await untilReady(child, options.isReady);
  if (problem !== undefined) {
    await stop();
    throw new FailedError(`${options.name} ${problem}: ${child.lastWords()}`, {
      hint: `Its log is ${options.logPath}.`,
    });
  }
  const readySeconds = (performance.now() - startedTick) / 1000;
  return { pid: child.pid ?? 0, readySeconds, stop };
}

async function untilReady(
  child: Child,
  isReady: () => Promise<boolean>,
): Promise<string | undefined> {
  let ended: string | undefined;
  child.exited.then((end) => {
    ended = endWords(end);
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    if (ended !== undefined) return ended;
    if (await isReady().catch(() => false)) return undefined;
    await pause(20);
  }
  return `is not ready after ${READY_WITHIN_MS / 1000} s`;
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Ports of the loopback that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
