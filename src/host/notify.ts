import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Tells systemd how a service does (Type=notify, WatchdogSec=). Without systemd every call does
 * nothing. No call waits, and none ever throws.
 */
export interface Notifier {
  /** The service does its work from now on. */
  ready(): void;
  /**
   * A cycle of the service's work was completed; the next is expected in `nextMs`. Only this keeps
   * the watchdog quiet: what hangs is killed and started again.
   */
  cycle(nextMs: number): void;
  /** No cycles will come, by configuration: the watchdog does not wait for them. */
  noCycles(): void;
  close(): void;
}

/**
 * systemd is told by datagrams, which Node cannot send. A shell that waits at a pipe runs
 * systemd-notify for each line it is given, so that this process starts a program once and never
 * again, loads no foreign machine code beside the keys it holds, and never waits for the answer.
 */
const HELPER = 'while IFS= read -r line; do systemd-notify $line || :; done';

/** A cycle may be this many times later than expected before the service counts as hung. */
const PATIENCE = 3;

export interface NotifyEnvironment {
  NOTIFY_SOCKET?: string | undefined;
  /** The limit of the unit, in microseconds; unset: it has no watchdog. */
  WATCHDOG_USEC?: string | undefined;
  [name: string]: string | undefined;
}

/** Takes the variables out of `env`, so that no program which this one starts speaks in its name. */
export function createNotifier(
  env: NotifyEnvironment = process.env,
  nowMs: () => number = () => performance.now(),
): Notifier {
  const socket = env['NOTIFY_SOCKET'];
  const unitLimitMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return { ready() {}, cycle() {}, noCycles() {}, close() {} };

  const helper = createHelper(socket, env['PATH'] ?? '/usr/bin:/bin');
  const guarded = unitLimitMs > 0;
  let limitMs = unitLimitMs;
  let fedMs = Number.NEGATIVE_INFINITY;
  return {
    ready: () => helper.send('READY=1'),
    cycle(nextMs) {
      if (!guarded) return;
      const needMs = Math.max(unitLimitMs, PATIENCE * nextMs);
      const moved = needMs !== limitMs;
      // A loop that turns every second need not start a program every second.
      if (!moved && nowMs() - fedMs < limitMs / PATIENCE - nextMs) return;
      limitMs = needMs;
      fedMs = nowMs();
      helper.send(moved ? `WATCHDOG_USEC=${Math.round(needMs * 1000)} WATCHDOG=1` : 'WATCHDOG=1');
    },
    noCycles: () => {
      if (guarded) helper.send('WATCHDOG_USEC=0');
    },
    close: helper.close,
  };
}

function createHelper(socket: string, path: string) {
  let child: ChildProcess | undefined;
  let isReady = false;
  let closed = false;
  const start = () => {
    const started = spawn('/bin/sh', ['-c', HELPER], {
      env: { PATH: path, NOTIFY_SOCKET: socket },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Killed for want of memory, perhaps: the next line starts another. What was lost with it is
    // made up for by the next cycle, and being ready is said again.
    const gone = () => {
      if (child === started) child = undefined;
    };
    started.once('error', gone);
    started.once('exit', gone);
    started.stdin.on('error', () => {});
    started.unref();
    return started;
  };
  return {
    send(line: string) {
      if (closed) return;
      if (!child) {
        child = start();
        if (isReady) child.stdin?.write('READY=1\n');
      }
      isReady ||= line === 'READY=1';
      child.stdin?.write(`${line}\n`);
    },
    close() {
      closed = true;
      child?.stdin?.end();
    },
  };
}
