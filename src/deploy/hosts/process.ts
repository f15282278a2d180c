import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { InconclusiveError } from '../../errors.ts';
import type { Answer, RunOptions } from '../host.ts';

export interface ProcessOptions extends RunOptions {
  /** Names the host in messages. */
  host: string;
}

const TIMEOUT_MS = 60_000;
const LARGEST_CHARS = 64_000_000;

/** Runs a program here to its end. Its exit code is an answer; never ending is not. */
export function runProcess(argv: readonly string[], options: ProcessOptions): Promise<Answer> {
  const { host, input, timeoutMs = TIMEOUT_MS, signal } = options;
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, { stdio: 'pipe' });
    let ended = false;
    const end = (how: () => void) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      how();
    };
    const fail = (error: unknown) => {
      child.kill('SIGKILL');
      end(() => reject(error));
    };
    const onAbort = () => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => {
      fail(new InconclusiveError(`${host}: ${words(argv)} did not end within ${timeoutMs} ms`));
    }, timeoutMs);
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
        if (texts[stream].length > LARGEST_CHARS) {
          fail(new InconclusiveError(`${host}: ${words(argv)} does not stop talking`));
        }
      });
    }
    child.once('error', (error) => {
      fail(new InconclusiveError(`${host}: ${command} cannot be started: ${error.message}`));
    });
    child.once('close', (code, killedBy) => {
      // As a shell would say it.
      const number = code ?? 128 + (killedBy === 'SIGKILL' ? 9 : 15);
      end(() => resolve({ code: number, ...texts }));
    });
    // A program that does not read its input is its own affair: its exit code tells.
    child.stdin.on('error', () => {});
    if (input instanceof Readable) input.on('error', fail).pipe(child.stdin);
    else child.stdin.end(input);
  });
}

const words = (argv: readonly string[]) => argv.join(' ').slice(0, 80);
