import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who deploys to this host, as he said when he began. */
export interface Holder {
  token: string;
  who: string;
  /** Name of the machine that he works on. */
  from: string;
  /** Of that machine: its boot and pid namespace, in which the pid means something. */
  bootId: string;
  pidNamespace: string;
  pid: number;
  /** Clock ticks after boot at which the pid began; tells it from a later process of that number. */
  pidStart: string;
  /** ISO time. */
  since: string;
  /** Such as `deploy 20260901T101500Z-3c3c318`. */
  what: string;
}

export interface HeldLock {
  /** undefined: cannot be read. */
  holder: Holder | undefined;
  /** Seconds since the holder gave a sign of life, by the host's clock. */
  silentSeconds: number;
  /** An interrupted change of this holder will be taken back by the host itself. */
  revertPending: boolean;
}

/** `gone`: proved. `silent`: no sign of life for long, but it may come back. */
export type HolderState = 'alive' | 'silent' | 'gone';

const ALIVE_SECONDS = 120;

/** What `READ_LOCK` printed; undefined: nobody holds it. */
export function parseLock(text: string): HeldLock | undefined {
  const [first = '', ...rest] = text.split('\n');
  const match = /^held (-?\d+) (yes|no)$/.exec(first);
  if (!match) return undefined;
  const silentSeconds = Math.max(0, Number(match[1]));
  return { holder: parseHolder(rest.join('\n')), silentSeconds, revertPending: match[2] === 'yes' };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    const texts = [value?.token, value?.who, value?.from, value?.since, value?.what];
    return texts.every((one) => typeof one === 'string') ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Only a pid of this very boot and namespace can be looked at; all others are judged by silence. */
export function holderState(
  { holder, silentSeconds }: HeldLock,
  me = thisProcess(),
  startOf = pidStart,
): HolderState {
  const ours = holder && holder.bootId === me.bootId && holder.pidNamespace === me.pidNamespace;
  if (holder && ours && me.bootId !== '') {
    return startOf(holder.pid) === holder.pidStart ? 'alive' : 'gone';
  }
  return silentSeconds <= ALIVE_SECONDS ? 'alive' : 'silent';
}

/** "ann on laptop (pid 12) for 4 min: deploy 2026...; last heard of 3 s ago". */
export function lockWords({ holder, silentSeconds }: HeldLock, nowMs = Date.now()): string {
  if (!holder) return `somebody who left no name, last heard of ${age(silentSeconds)} ago`;
  const held = age((nowMs - Date.parse(holder.since)) / 1000);
  const who = `${holder.who} on ${holder.from} (pid ${holder.pid}) for ${held}`;
  return `${who}: ${holder.what}; last heard of ${age(silentSeconds)} ago`;
}

type Self = Pick<Holder, 'from' | 'bootId' | 'pidNamespace' | 'pid' | 'pidStart'>;

export function thisProcess(): Self {
  return {
    from: hostname(),
    bootId: quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    pidNamespace: quietly(() => readlinkSync('/proc/self/ns/pid')) ?? '',
    pid: process.pid,
    pidStart: pidStart(process.pid) ?? '',
  };
}

/** The 22nd field of /proc/PID/stat; what precedes it may hold spaces, but ends with a bracket. */
function pidStart(pid: number): string | undefined {
  return quietly(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  });
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function age(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
