/** Runs an operator's verb: in the running bot, or on its state when none runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../errors.ts';
import { callControl } from '../host/control-client.ts';
import type { ControlHandlers } from '../host/control-server.ts';
import { acquireLock, type Lock } from '../host/lock.ts';
import { openBreakerStore } from '../state/breaker-store.ts';
import { pathsOf } from '../state/paths.ts';
import { createBreakerVerbs } from './breaker-verbs.ts';

export interface Operation {
  dataDir: string;
  verb: string;
  args: Readonly<Record<string, unknown>>;
  /** Changes nothing: needs no lock, and creates no file. */
  readOnly?: boolean;
  nowMs: number;
  /** How long a bot may take to start or stop listening. Real milliseconds. */
  patienceMs?: number;
}

/** `bot`: the running bot did it. `store`: none runs, and its state was changed in its place. */
export interface Operated {
  via: 'bot' | 'store';
  data: object;
}

/** For people: who did it. */
export function whoDid(via: Operated['via'], dataDir: string): string {
  return via === 'bot' ? 'by the running bot' : `in ${dataDir}, where no bot is running`;
}

const RETRY_MS = 100;

export async function operate(operation: Operation): Promise<Operated> {
  const { dataDir, verb, args, readOnly = false, patienceMs = 5000 } = operation;
  const { controlSocket: socketPath } = pathsOf(dataDir);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const data = await callControl({ socketPath, verb, args });
    if (data !== undefined) return { via: 'bot', data };
    if (readOnly) return { via: 'store', data: await onStore(operation) };
    const lock = tryLock(operation, giveUpAt);
    if (lock) {
      try {
        return { via: 'store', data: await onStore(operation) };
      } finally {
        lock.release();
      }
    }
    await sleep(RETRY_MS);
  }
}

/** undefined: a bot that is just starting, or stopping, holds the lock and does not listen. */
function tryLock({ dataDir, verb }: Operation, giveUpAt: number): Lock | undefined {
  try {
    return acquireLock(pathsOf(dataDir).lock, `pmcp ${verb}`);
  } catch (error) {
    if (performance.now() > giveUpAt) throw error;
    return undefined;
  }
}

async function onStore({ dataDir, verb, args, readOnly, nowMs }: Operation): Promise<object> {
  const { breaker: path } = pathsOf(dataDir);
  const whenMissing = 'create';
  const store = openBreakerStore({ path, nowMs, whenMissing, readOnly: readOnly ?? false });
  const verbs: ControlHandlers = createBreakerVerbs({ store, now: () => nowMs });
  const handler = verbs[verb];
  if (!handler) {
    throw new RefusedError(`${verb}: no bot is running in ${dataDir}`, {
      hint: 'Start it with `pmcp bot` or `pmcp up`.',
    });
  }
  return handler(args);
}
