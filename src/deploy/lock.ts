import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError, InconclusiveError, RefusedError } from '../errors.ts';
import type { Host } from './host.ts';
import type { Layout } from './layout.ts';
import { lastWords, must, script } from './shell.ts';

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

export interface DeployLock {
  readonly token: string;
  readonly holder: Holder;
  /** A sign of life, at least every 30 s. Throws RefusedError when somebody else has the lock. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

const HELD = 75;
const ALIVE_SECONDS = 120;
const RETRY_MS = 1000;
const TIMEOUT_MS = 20_000;

/** Every change of the lock is made under one flock, which dies with whoever held it. */
const GUARD = 'exec 9>>"$1.guard"; flock -w 15 9 || { echo "$1.guard stays locked" >&2; exit 1; }';

/** $1 lock, $2 the token that may be replaced (or nothing). */
const TAKE = `umask 077
mkdir -p "$(dirname "$1")"
${GUARD}
if [ -e "$1/holder.json" ] && ! { [ -n "$2" ] && grep -qF "$2" "$1/holder.json"; }; then exit ${HELD}; fi
rm -rf "$1"
mkdir "$1"
cat >"$1/holder.new"
sync "$1/holder.new"
mv "$1/holder.new" "$1/holder.json"
touch "$1/beat"`;

const RENEW = `${GUARD}
grep -qsF "$2" "$1/holder.json" || exit ${HELD}
touch "$1/beat"`;

const RELEASE = `${GUARD}
if grep -qsF "$2" "$1/holder.json"; then rm -rf "$1"; fi`;

/** Prints what `parseLock` reads. $1 lock, $2 where a reversal is prepared. */
export const READ_LOCK = `[ -d "$1" ] || exit 0
beat=$(stat -c %Y "$1/beat" 2>/dev/null || stat -c %Y "$1")
pending=no
for plan in "$2/plan" "$2/plan.acting"; do [ ! -e "$plan" ] || pending=yes; done
echo "held $(($(date +%s) - beat)) $pending"
cat "$1/holder.json" 2>/dev/null || true`;

/** What a plan shows of it. */
export function lockArgv(layout: Layout, replaced = ''): string[] {
  return script(TAKE, layout.lock, replaced);
}

export interface LockOptions {
  who: string;
  what: string;
  /** How long to wait for another holder; 0: not at all. */
  waitMs?: number;
  signal?: AbortSignal;
  /** Told once a second while waiting. */
  onWait?(words: string): void;
}

/**
 * Throws RefusedError, naming the holder and its age, when somebody else has the lock. A holder
 * that is proved dead and left nothing to revert is replaced.
 */
export async function acquireDeployLock(
  host: Host,
  layout: Layout,
  { who, what, waitMs = 0, signal, onWait }: LockOptions,
): Promise<DeployLock> {
  const holder: Holder = { token: randomUUID(), who, what, since: isoNow(), ...thisProcess() };
  const input = `${JSON.stringify(holder)}\n`;
  const options = { timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) };
  const giveUpAt = performance.now() + waitMs;
  let replaced = '';
  for (;;) {
    const answer = await host.run(lockArgv(layout, replaced), { ...options, input });
    if (answer.code === 0) return held(host, layout, holder);
    if (answer.code !== HELD) {
      throw new FailedError(`${host.name}: cannot lock: ${lastWords(answer)}`);
    }
    const found = await readDeployLock(host, layout);
    if (found === undefined) continue;
    if (holderState(found) === 'gone' && !found.revertPending && replaced === '') {
      replaced = found.holder?.token ?? '';
      continue;
    }
    replaced = '';
    if (performance.now() >= giveUpAt) throw heldBy(host, found);
    onWait?.(lockWords(found));
    await sleep(RETRY_MS, undefined, signal ? { signal } : {});
  }
}

function held(host: Host, layout: Layout, holder: Holder): DeployLock {
  const { token } = holder;
  return {
    token,
    holder,
    async renew() {
      const answer = await host.run(script(RENEW, layout.lock, token), { timeoutMs: TIMEOUT_MS });
      if (answer.code === 0) return;
      if (answer.code !== HELD) {
        throw new InconclusiveError(
          `${host.name}: the lock cannot be renewed: ${lastWords(answer)}`,
        );
      }
      throw new RefusedError(`${host.name}: the deploy lock is not ours any more`, {
        hint: 'The host reverted by itself, or somebody unlocked it: see `pmcp releases`.',
      });
    },
    async release() {
      await must(host, 'unlocking', script(RELEASE, layout.lock, token), { timeoutMs: TIMEOUT_MS });
    },
  };
}

/** undefined: nobody holds it. */
export async function readDeployLock(host: Host, layout: Layout): Promise<HeldLock | undefined> {
  const argv = script(READ_LOCK, layout.lock, layout.revert);
  const { stdout } = await must(host, 'reading the lock', argv, { timeoutMs: TIMEOUT_MS });
  return parseLock(stdout);
}

/** The output of the script above. */
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

function heldBy(host: Host, found: HeldLock): RefusedError {
  const hint = found.revertPending
    ? 'The host takes an interrupted change back by itself; wait with `--lock-wait`.'
    : holderState(found) === 'alive'
      ? 'Wait with `--lock-wait SECONDS`.'
      : 'If it is dead: `pmcp releases unlock`.';
  return new RefusedError(`${host.name}: locked by ${lockWords(found)}`, { hint });
}

/** What was unlocked; undefined: nothing was locked. Refuses a live holder without `force`. */
export async function unlockDeploy(
  host: Host,
  layout: Layout,
  force: boolean,
): Promise<HeldLock | undefined> {
  const found = await readDeployLock(host, layout);
  if (!found) return undefined;
  if (!force && found.revertPending) {
    throw new RefusedError(`${host.name}: an interrupted change waits to be taken back`, {
      hint: 'Take it back now: `systemctl start pmcp-revert.service` on the host; that also unlocks.',
    });
  }
  if (!force && holderState(found) === 'alive') {
    throw new RefusedError(`${host.name}: the holder is alive: ${lockWords(found)}`, {
      hint: 'Ask him, or `pmcp releases unlock --force`.',
    });
  }
  const token = found.holder?.token ?? '';
  const argv = script(
    `${GUARD}\n[ -z "$2" ] || grep -qsF "$2" "$1/holder.json" || exit ${HELD}
rm -rf "$1"`,
    layout.lock,
    token,
  );
  await must(host, 'unlocking', argv, { timeoutMs: TIMEOUT_MS });
  return found;
}

function isoNow(): string {
  return new Date().toISOString();
}

type Self = Pick<Holder, 'from' | 'bootId' | 'pidNamespace' | 'pid' | 'pidStart'>;

function thisProcess(): Self {
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
