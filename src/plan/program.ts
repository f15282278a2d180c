import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Site } from './site.ts';

export interface Ended {
  /** As an operator would type it. */
  command: string;
  /** null: it was killed, or could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why it has no code. */
  problem: string | undefined;
}

export interface ProgramOptions {
  cwd?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  /** Instead of the argv, when that would tell nothing. */
  shown?: string;
  /** Its lines on stderr are progress. */
  talks?: boolean;
}

const TIMEOUT_MS = 120_000;
const LARGEST_CHARS = 20_000_000;
const GRACE_MS = 3000;

/** Runs a program to its end. Never rejects: a program that cannot be run has a problem. */
export function runProgram(
  site: Pick<Site, 'env' | 'signal' | 'progress'>,
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const [command = '', ...args] = argv;
  const shown = options.shown ?? [basename(command), ...args].join(' ');
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...site.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that all it starts ends with it.
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    let problem: string | undefined;
    const end = (why: string) => {
      problem ??= why;
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS).unref();
    };
    const limitMs = options.timeoutMs ?? TIMEOUT_MS;
    const timer = setTimeout(() => end(`not finished within ${limitMs / 1000} s`), limitMs);
    const abort = () => end('interrupted');
    site.signal.addEventListener('abort', abort, { once: true });
    if (site.signal.aborted) abort();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < LARGEST_CHARS) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-LARGEST_CHARS);
      if (options.talks) site.progress(text.trim().split('\n').at(-1) ?? '');
    });
    const done = (code: number | null) => {
      clearTimeout(timer);
      site.signal.removeEventListener('abort', abort);
      resolve({ command: shown, code, stdout, stderr, problem });
    };
    child.once('error', (error) => {
      problem ??= error.message;
      done(null);
    });
    child.once('close', (code, signal) => {
      if (signal) problem ??= `killed by ${signal}`;
      done(problem === undefined ? code : null);
    });
  });
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // All of it has ended.
  }
}

/** Runs `pmcp ...args` with the settings of what is verified. */
export function runPmcp(
  site: Site,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const { command, args: first } = site.self;
  const shown = ['pmcp', ...args].join(' ');
  return runProgram(site, [command, ...first, ...args], { shown, ...options });
}

/** The one JSON document that it printed; undefined when there is none. */
export function documentOf({ stdout }: Ended): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The end of what it said, for evidence. */
export function excerpt({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): string {
  const text = `${stdout.trim()}\n${stderr.trim()}`.trim();
  const lines = text.split('\n').slice(-EXCERPT_LINES);
  return lines.map((line) => line.slice(0, EXCERPT_COLUMNS)).join('\n');
}

const EXCERPT_LINES = 12;
const EXCERPT_COLUMNS = 300;
