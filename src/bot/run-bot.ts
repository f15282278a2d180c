import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { BotEvent } from '../core/status.ts';
import { STATUS_SCHEMA, STATUS_VERSION } from '../core/status.ts';
import { InconclusiveError } from '../errors.ts';
import { createControlServer } from '../host/control-server.ts';
import { acquireLock } from '../host/lock.ts';
import { type BreakerStore, openBreakerStore } from '../state/breaker-store.ts';
import { type Journal, openJournal } from '../state/journal.ts';
import { pathsOf } from '../state/paths.ts';
import type { Venue } from '../venue/port.ts';
import { createVenue } from '../venue/venue.ts';
import { type Bot, startBot } from './create-bot.ts';
import { operatorVerbs } from './operator-verbs.ts';
import { walletsToFollow } from './paper-leaders.ts';
import { policyFrom, settingsFrom } from './policy.ts';
import { createStatusServer, type StatusServer } from './status-server.ts';
import { watchWallets } from './wallets-watch.ts';

export interface RunOptions {
  config: Config;
  clock: Clock;
  /** Absolute. */
  dataDir: string;
  release: string;
  onEvent(event: BotEvent): void;
  /** A cycle of the loop was completed; the next is due within `nextMs` (real). */
  onCycle(nextMs: number): void;
  /** Ends the waiting for a venue that does not answer yet. */
  signal: AbortSignal;
}

/** Real ms between attempts to reach the venue at the start: 15 s in all. */
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 8000;

export interface Running {
  readonly bot: Bot;
  stop(): Promise<void>;
}

/**
 * The whole bot from its configuration: lock, breaker, journal, venue, sockets. What has been
 * opened is closed again, in reverse, when a later step fails, and on stop.
 */
export async function runBot(options: RunOptions): Promise<Running> {
  const { config, clock, dataDir } = options;
  const paths = pathsOf(dataDir);
  const undo: (() => void | Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const lock = acquireLock(paths.lock, 'pmcp bot');
    undo.push(lock.release);
    const journal = openJournal(paths.journal);
    undo.push(journal.close);
    const { files, venue } = await patiently(options, async () => ({
      files: await walletsToFollow(config),
      venue: await createVenue({ config, clock, dataDir }),
    }));
    undo.push(venue.close);
    const breaker = openBreaker(paths.breaker, journal, venue, clock);
    let status: StatusServer | undefined;
    const emit = (event: BotEvent) => {
      status?.event(event);
      // Who asks right after a trip must not be shown the second before it.
      if (event.kind === 'breaker') status?.publish(bot.status());
      options.onEvent(event);
    };
    if (breaker.notice) emit({ kind: 'notice', level: 'warning', message: breaker.notice });
    const bot = await startBot({
      clock,
      venue,
      journal,
      breaker,
      settings: settingsFrom(config),
      policy: policyFrom(config, files),
      emit,
      publish: (state) => status?.publish(state),
      onCycle: options.onCycle,
    });
    // From here on the bot closes journal and venue itself, in its own order.
    undo.splice(1, 2, bot.stop);
    status = await openStatus(options, paths.statusSocket, bot, breaker);
    undo.push(status.close);
    const control = await createControlServer(
      paths.controlSocket,
      operatorVerbs(bot, breaker, clock),
    );
    undo.push(control.close);
    const watch = watchWallets(
      config.WALLETS_FILE,
      (file) => bot.setPolicy(policyFrom(config, file)),
      (message) => emit({ kind: 'notice', level: 'warning', message }),
    );
    undo.push(watch.close);
    return { bot, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A venue that is restarting or busy is asked again for a while; one that refuses us is not. */
async function patiently<T>({ signal, onEvent }: RunOptions, attempt: () => Promise<T>) {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof InconclusiveError) || pauseMs > LAST_PAUSE_MS) throw error;
      const message = `${error.message}; trying again in ${pauseMs / 1000} s`;
      onEvent({ kind: 'notice', level: 'warning', message });
      await setTimeout(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** A journal without a breaker state has lost it, and with it a loss or a trip. */
function openBreaker(path: string, journal: Journal, venue: Venue, clock: Clock): BreakerStore {
  const isNew = journal.ledgerHistory().checkpoint === undefined;
  return openBreakerStore({
    path,
    nowMs: clock.now(),
    whenMissing: isNew ? 'create' : 'halt',
    owner: venue.account,
  });
}

function openStatus(
  { config, clock, release }: RunOptions,
  socketPath: string,
  bot: Bot,
  breaker: BreakerStore,
): Promise<StatusServer> {
  return createStatusServer({
    socketPath,
    now: clock.now,
    hello: {
      schema: STATUS_SCHEMA,
      version: STATUS_VERSION,
      pid: process.pid,
      release,
      mode: config.TRADING_MODE,
      environment: config.ENVIRONMENT,
      startedAtMs: clock.now(),
    },
    onHalt({ by, reason }) {
      const change = breaker.apply('trading', { type: 'halt', by, reason }, clock.now());
      if (change) bot.desk.changed(change);
    },
  });
}
