import { type Child, type ChildEnd, endWords, startChild } from './child.ts';
import { createLineLog } from './line-log.ts';
import { openLog } from './log-file.ts';

export type ServiceState = 'starting' | 'running' | 'restarting' | 'stopped';

/** A child that is kept running: started again, ever more patiently, when it dies. */
export interface Service {
  readonly name: string;
  state(): ServiceState;
  /** Resolves when it is ready; rejects with its last words when it ends before that. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logPath: string;
  /** Takes secrets out of what is logged. */
  redact?(text: string): string;
  /** Whether it does its work yet; asked again and again. */
  isReady(): Promise<boolean>;
  /** It died and will be started again in `pauseMs`. */
  onDeath(words: string, pauseMs: number): void;
  readyWithinMs?: number;
  /** First and longest pause before a restart. */
  backoffMs?: { first: number; longest: number };
}

const ASK_EVERY_MS = 50;
/** A run of this length was no failed start: the next pause is the first one again. */
const STEADY_MS = 60_000;

/** Thrown when it ends, or does nothing, before it was ever ready. */
export class ServiceStartError extends Error {
  readonly lastWords: string;

  constructor(message: string, lastWords: string) {
    super(message);
    this.lastWords = lastWords;
  }
}

export function createService(options: ServiceOptions): Service {
  const { first, longest } = options.backoffMs ?? { first: 1000, longest: 30_000 };
  const log = createLineLog(openLog(options.logPath), options.name, options.redact);
  let state: ServiceState = 'stopped';
  let child: Child | undefined;
  let stopping = false;
  let pauseMs = first;
  let timer: NodeJS.Timeout | undefined;

  const launch = () => {
    const startedTick = performance.now();
    const started = startChild({ ...options, log });
    child = started;
    const died = started.exited.then((end) => {
      if (performance.now() - startedTick > STEADY_MS) pauseMs = first;
      return end;
    });
    return { child: started, died };
  };
  const restart = (end: ChildEnd) => {
    if (stopping) return;
    state = 'restarting';
    const words = endWords(end);
    log.remark('error', `${options.name} ${words}; started again in ${pauseMs} ms`);
    options.onDeath(words, pauseMs);
    timer = setTimeout(() => {
      const { child: next, died } = launch();
      died.then(restart);
      untilReady(next).then((ready) => {
        if (ready === true) state = 'running';
      });
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longest);
  };
  /** true, or how it ended, or false when it took too long. */
  const untilReady = async (one: Child): Promise<boolean | ChildEnd> => {
    const deadline = performance.now() + (options.readyWithinMs ?? 30_000);
    let end: ChildEnd | undefined;
    one.exited.then((how) => {
      end = how;
    });
    while (performance.now() < deadline) {
      if (end) return end;
      if (await options.isReady()) return end ?? true;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    return false;
  };

  return {
    name: options.name,
    state: () => state,
    start: async () => {
      state = 'starting';
      const { child: started, died } = launch();
      const ready = await untilReady(started);
      if (ready !== true) {
        state = 'stopped';
        const how = ready === false ? 'is not ready after 30 s' : endWords(ready);
        throw new ServiceStartError(`${options.name} ${how}`, started.lastWords());
      }
      state = 'running';
      died.then(restart);
    },
    stop: async (graceMs) => {
      stopping = true;
      clearTimeout(timer);
      await child?.stop(graceMs);
      state = 'stopped';
      log.close();
    },
  };
}
