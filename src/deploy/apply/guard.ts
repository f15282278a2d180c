import { RefusedError } from '../../errors.ts';
import { renewDeadMan } from '../dead-man.ts';
import type { Host } from '../host.ts';
import type { Layout } from '../layout.ts';
import type { DeployLock } from '../lock.ts';

/** Signs of life to the host while a deploy is under way. */
export interface Guard {
  /** From here on the host's reversal is put off, too. */
  arm(): void;
  disarm(): void;
  stop(): Promise<void>;
}

export interface GuardOptions {
  host: Host;
  layout: Layout;
  lock: DeployLock;
  everyMs: number;
  /** The host has decided otherwise: it reverted by itself, or somebody took the lock. */
  onLost(error: unknown): void;
}

export function startGuard({ host, layout, lock, everyMs, onLost }: GuardOptions): Guard {
  let armed = false;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const attempt = async (work: Promise<void>, isWanted: () => boolean) => {
    try {
      await work;
    } catch (error) {
      // A lost connection may come back; what the host refuses will not.
      if (error instanceof RefusedError && isWanted()) onLost(error);
    }
  };
  const renew = async () => {
    await attempt(lock.renew(), () => !stopped);
    // Disarmed while it was asked: then it is no news that there is nothing to put off.
    if (armed && !stopped) await attempt(renewDeadMan(host, layout), () => armed && !stopped);
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = renew().finally(() => {
      busy = false;
    });
  }, everyMs);
  return {
    arm: () => {
      armed = true;
    },
    disarm: () => {
      armed = false;
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
