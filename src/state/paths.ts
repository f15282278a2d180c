import { join } from 'node:path';

/** Where things are under DATA_DIR. */
export function pathsOf(dataDir: string) {
  const run = join(dataDir, 'run');
  return {
    breaker: join(dataDir, 'breaker.json'),
    /** Of the mcp process's own latches. */
    mcpBreaker: join(dataDir, 'mcp', 'breaker.json'),
    journal: join(dataDir, 'journal.db'),
    /** Held by the bot while it runs, and by a command that changes its state meanwhile. */
    lock: join(run, 'bot.lock'),
    statusSocket: join(run, 'status.sock'),
    controlSocket: join(run, 'control.sock'),
    /** The operator's verbs of the mcp process. */
    mcpControlSocket: join(run, 'mcp-control.sock'),
    /** What was asked for on Telegram and waits for `pmcp approve` at a terminal. */
    approvals: join(run, 'approvals.json'),
    /** The monitor's own database: history and alerts. */
    monitor: join(dataDir, 'monitor.db'),
  };
}
