import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { readTree } from '../../host/vitals.ts';

export interface JobLimits {
  /** Longest a job may take. */
  timeMs: number;
  /** Most memory of its whole process tree. */
  memoryBytes: number;
}

export interface JobEnd {
  code: number | null;
  /** Why we ended it; undefined: it ended by itself. */
  stoppedBecause: 'time' | 'memory' | 'cancelled' | undefined;
  /** The last lines of both streams. */
  tail: string;
}

const TAIL_LINES = 200;
const MEMORY_CHECK_MS = 500;
/** Between asking and killing. */
const GRACE_MS = 2_000;
/** The lowest: trading and everything else goes first. */
const LOWEST_PRIORITY = 19;

/** Runs a command below everything else, in its own process group, within limits. */
export async function runJob(
  argv: readonly string[],
  options: { cwd: string; limits: JobLimits; signal: AbortSignal; onLine(line: string): void },
): Promise<JobEnd> {
  const [command = '', ...rest] = argv;
  const { cwd, limits, signal } = options;
  const child = spawn(command, rest, {
    cwd,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) lower(child.pid);
  let stoppedBecause: JobEnd['stoppedBecause'];
  const stop = (why: NonNullable<JobEnd['stoppedBecause']>) => {
    stoppedBecause ??= why;
    endGroup(child);
  };
  const onAbort = () => stop('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const deadline = setTimeout(() => stop('time'), limits.timeMs);
  const watch = setInterval(() => {
    const bytes =
      child.pid === undefined ? 0 : readTree(child.pid).reduce((sum, one) => sum + one.rssBytes, 0);
    if (bytes > limits.memoryBytes) stop('memory');
  }, MEMORY_CHECK_MS);
  const tail: string[] = [];
  const listen = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      tail.push(line.slice(0, 500));
      if (tail.length > TAIL_LINES) tail.shift();
      options.onLine(line);
    }
  };
  try {
    const [code] = await Promise.all([ended(child), listen(child.stdout), listen(child.stderr)]);
    return { code, stoppedBecause, tail: tail.join('\n') };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    endGroup(child);
  }
}

/** The project's tests get a path and a home, and none of our configuration or secrets. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return { PATH, HOME, LANG, TMPDIR, CI: 'true', NO_COLOR: '1' };
}

function lower(pid: number): void {
  try {
    setPriority(pid, LOWEST_PRIORITY);
  } catch {
    // It ended already.
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

function endGroup(child: ChildProcess): void {
  if (!signalGroup(child, 'SIGTERM')) return;
  setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS).unref();
}

/** false: no process of the group is left. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, name);
  } catch {
    return false;
  }
}
