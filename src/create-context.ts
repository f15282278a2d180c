import { resolve } from 'node:path';
import { parseClock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { Context, GlobalFlags, Out } from './context.ts';
import { InterruptedError } from './errors.ts';

/** Built once per process. Nothing heavy is loaded before a command asks for it. */
export function createContext(flags: GlobalFlags): Context {
  const abort = new AbortController();
  const stop = (name: string) => () => abort.abort(new InterruptedError(`stopped by ${name}`));
  process.once('SIGINT', stop('SIGINT'));
  process.once('SIGTERM', stop('SIGTERM'));
  followParent(stop('the end of the process that started it'));
  let loading: Promise<Config> | undefined;
  const config = () => {
    loading ??= import('./config/load.ts').then((module) => module.loadConfig({ flags }));
    return loading;
  };
  return {
    flags,
    out: createOut(),
    clock: parseClock(process.env['PMCP_CLOCK']),
    signal: abort.signal,
    config,
    dataDir: async () => resolve((await config()).DATA_DIR),
  };
}

/** How long a process may take to end after its parent; it would be an orphan from then on. */
const ORPHAN_GRACE_MS = 5000;

/**
 * A child of `pmcp up` holds one end of a pipe and never reads anything from it: the other end
 * closes when `up` ends, however it ends, SIGKILL included.
 */
function followParent(stop: () => void): void {
  const descriptor = process.env['PMCP_PARENT_PIPE'];
  if (!descriptor) return;
  // Ours alone: a program that we start has other descriptors.
  delete process.env['PMCP_PARENT_PIPE'];
  const { Socket } = process.getBuiltinModule('node:net');
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  pipe.resume();
  pipe.once('error', () => {});
  pipe.once('close', () => {
    stop();
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS).unref();
  });
  pipe.unref();
}

function createOut(): Out {
  return {
    line: (text) => void process.stdout.write(`${text}\n`),
    document: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    isTerminal: Boolean(process.stdout.isTTY),
  };
}
