import { join } from 'node:path';

/** Where things are under DATA_DIR. */
export function pathsOf(dataDir: string) {
  const run = join(dataDir, 'run');
  return {
    breaker: join(dataDir, 'breaker.json'),
    journal: join(dataDir, 'journal.db'),
    /** Held by the bot while it runs, and by a command that changes its state meanwhile. */
    lock: join(run, 'bot.lock'),
    statusSocket: join(run, 'status.sock'),
    controlSocket: join(run, 'control.sock'),
  };
}
