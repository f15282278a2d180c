import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';

/**
 * Runs the built product as its users do: bin/pmcp in a process of its own. Nothing that these
 * helpers start or create outlives the test file that asked for it.
 */
export const PMCP = resolve(import.meta.dirname, '../../bin/pmcp');

export interface RunOptions {
  /** Added to a bare environment (PATH, HOME, TZ); the developer's own variables stay out. */
  env?: Record<string, string>;
  /** Default: a fresh temporary directory, so that no `.env` of the checkout is read. */
  cwd?: string;
  /** DATA_DIR. Default: a fresh temporary directory. */
  dataDir?: string;
  /** Written to stdin, which is closed otherwise. */
  input?: string;
  /** Another program than bin/pmcp. */
  program?: string;
}

export interface Exit {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly dataDir: string;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /**
   * The match of the first text on stdout or stderr; rejects, with all output, when the process
   * ends first or `timeoutMs` (default 15 s) have passed.
   */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** SIGTERM, or another signal, to the process alone; SIGKILL to its group after 10 s. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  /** SIGKILL to the process and everything it started. */
  kill(): Promise<Exit>;
}

const running = new Set<ChildProcess>();
const directories: string[] = [];

/** A directory that is removed when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-test-'));
  directories.push(directory);
  return directory;
}

/** Below what the kernel gives to whoever asks for any port; a hundred for each test process. */
let nextPort = 10_000 + (process.pid % 220) * 100;

/** A port that nobody listens on, and that nobody else here is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort;
    nextPort += 1;
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

/** Starts `pmcp ...args` and returns at once. */
export function startPmcp(args: readonly string[], options: RunOptions = {}): Running {
  const dataDir = options.dataDir ?? temporaryDirectory();
  const child = spawn(options.program ?? PMCP, args, {
    cwd: options.cwd ?? temporaryDirectory(),
    env: childEnvironment({ DATA_DIR: dataDir, ...options.env }),
    // A group of its own, so that whatever it starts can be ended with it.
    detached: true,
  });
  running.add(child);
  const output = collectOutput(child);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const exited = new Promise<Exit>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => {
      running.delete(child);
      done({ code, signal, stdout: output.stdout(), stderr: output.stderr() });
    });
  });
  const kill = () => {
    killGroup(child);
    return exited;
  };
  return {
    pid: child.pid ?? 0,
    dataDir,
    exited,
    stdout: output.stdout,
    stderr: output.stderr,
    waitFor: (pattern, timeoutMs = 15_000) => output.waitFor(pattern, timeoutMs, exited),
    kill,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const deadline = setTimeout(kill, 10_000);
      return exited.finally(() => clearTimeout(deadline));
    },
  };
}

/** Runs `pmcp ...args` to its end; killed after `timeoutMs` (default 60 s). */
export async function runPmcp(
  args: readonly string[],
  options: RunOptions & { timeoutMs?: number } = {},
): Promise<Exit> {
  const started = startPmcp(args, options);
  const deadline = setTimeout(started.kill, options.timeoutMs ?? 60_000);
  return started.exited.finally(() => clearTimeout(deadline));
}

function childEnvironment(added: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = { NO_COLOR: '1' };
  for (const name of ['PATH', 'HOME', 'TZ', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  // Set by scripts/test.sh: what the product's processes executed counts in the coverage gate.
  const coverage = process.env['PMCP_COVERAGE_DIR'];
  if (coverage) kept['NODE_V8_COVERAGE'] = coverage;
  return { ...kept, ...added };
}

function collectOutput(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const notice = () => {
    for (const look of waiting) look();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    notice();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    notice();
  });
  const waitFor = (pattern: RegExp, timeoutMs: number, exited: Promise<Exit>) =>
    new Promise<RegExpExecArray>((done, failed) => {
      const look = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match) finish(() => done(match));
        return match !== null;
      };
      const fail = (why: string) =>
        finish(() => failed(new Error(`${why} before ${pattern}:\n${stdout}${stderr}`)));
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        settle();
      };
      waiting.add(look);
      if (look()) return;
      exited.then(
        (exit) => look() || fail(`ended with ${exit.code ?? exit.signal}`),
        (error: Error) => fail(error.message),
      );
    });
  return { stdout: () => stdout, stderr: () => stderr, waitFor };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
}

function killAll(): void {
  for (const child of running) killGroup(child);
}

process.once('exit', killAll);
afterAll(async () => {
  const ends = [...running].map((child) => new Promise((done) => child.once('close', done)));
  killAll();
  await Promise.all(ends);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
