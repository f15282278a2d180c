import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { LineLog } from './line-log.ts';
import type { User } from './owner.ts';

/** A program of ours that runs below this one and never outlives it. */
export interface Child {
  pid: number | undefined;
  exited: Promise<ChildEnd>;
  /** The end of what it said on stderr. */
  lastWords(): string;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<ChildEnd>;
}

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It could not even be started. */
  error?: string;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Whose rights it has; this program's where it says nothing. */
  user?: User | undefined;
  /** Takes stdout and stderr. */
  log: Pick<LineLog, 'stdout' | 'stderr'>;
}

/** File descriptor of the pipe by which a child notices that its parent is gone. */
const PARENT_PIPE_FD = 3;
const LAST_WORDS_CHARS = 4000;

/**
 * Starts a child in a session of its own, so that Ctrl-C reaches only the parent, which then stops
 * its children in the right order. However the parent ends, the pipe it holds closes, and a child
 * that finds PMCP_PARENT_PIPE in its environment stops (create-context.ts).
 */
export function startChild(options: ChildOptions): Child {
  const child = spawn(options.command, options.args, {
    env: { ...options.env, PMCP_PARENT_PIPE: String(PARENT_PIPE_FD) },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...options.user,
  });
  let words = '';
  child.stdout?.setEncoding('utf8').on('data', options.log.stdout);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    options.log.stderr(text);
    words = (words + text).slice(-LAST_WORDS_CHARS);
  });
  // Nothing is ever written to it; the child's end must not be an unhandled error here.
  (child.stdio[PARENT_PIPE_FD] as Socket | null)?.on('error', () => {});
  const exited = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid,
    exited,
    lastWords: () => words.trim(),
    stop: (graceMs) => stop(child, exited, graceMs),
  };
}

async function stop(child: ChildProcess, exited: Promise<ChildEnd>, graceMs: number) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  const end = await exited;
  clearTimeout(timer);
  return end;
}

/** "ended with code 2", "was killed by SIGKILL" */
export function endWords(end: ChildEnd): string {
  if (end.error !== undefined) return `could not be started: ${end.error}`;
  return end.signal ? `was killed by ${end.signal}` : `ended with code ${end.code}`;
}
