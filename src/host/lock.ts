import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RefusedError, reasonOf } from '../errors.ts';

/**
 * One holder at a time, among all processes of this machine.
 *
 * The kernel keeps the lock (SQLite's exclusive file lock, the only one that Node offers) and gives
 * it back the moment its holder dies, however he dies. So there is no stale lock to judge, no pid
 * that may have been reused, and no moment between looking and taking over. Who holds it stands
 * beside it in `<path>.json`, for people: what that file says never decides anything.
 */
export interface Lock {
  release(): void;
}

export interface Holder {
  pid: number;
  /** What it runs, such as `pmcp bot`. */
  command: string;
  sinceMs: number;
}

/** A lock that its holder forgot about must not be collected as garbage, for that would free it. */
const holding = new Set<DatabaseSync>();

/** Throws RefusedError, naming the holder and its age, when the lock is held. */
export function acquireLock(path: string, command: string, nowMs = Date.now()): Lock {
  const database = open(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked/.test(reasonOf(error))) throw unusable(path, error);
    throw held(path, nowMs);
  }
  const holder: Holder = { pid: process.pid, command, sinceMs: nowMs };
  writeFileSync(`${path}.json`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  holding.add(database);
  return {
    release() {
      if (!holding.delete(database)) return;
      rmSync(`${path}.json`, { force: true });
      database.close();
    },
  };
}

function open(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new DatabaseSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): RefusedError {
  return new RefusedError(`${path}: cannot be locked: ${reasonOf(error)}`, {
    hint: 'Check owner and mode of the directory, or choose another with --data-dir.',
    cause: error,
  });
}

function held(path: string, nowMs: number): RefusedError {
  const holder = readHolder(path);
  const who = holder
    ? `${holder.command} (pid ${holder.pid}) for ${age(nowMs - holder.sinceMs)}`
    : 'a process that has just started';
  return new RefusedError(`${path}: held by ${who}`, {
    hint: 'Stop that process first, or give this one its own --data-dir.',
  });
}

/** undefined: nobody has said so yet, or what stands there cannot be read. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
