import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError, InconclusiveError, RefusedError } from '../errors.ts';
import type { Host } from './host.ts';
import type { Layout } from './layout.ts';
import {
  type HeldLock,
  type Holder,
  holderState,
  lockWords,
  parseLock,
  thisProcess,
} from './lock-holder.ts';
import { lastWords, must, script } from './shell.ts';

export interface DeployLock {
  readonly token: string;
  readonly holder: Holder;
  /** A sign of life, at least every 30 s. Throws RefusedError when somebody else has the lock. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

const HELD = 75;
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

function lockArgv(layout: Layout, replaced = ''): string[] {
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
