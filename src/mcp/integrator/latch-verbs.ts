/**
 * The operator's verbs on the mcp process's own latches. The running process serves them over its
 * control socket; when none runs, the command uses the very same ones on the file.
 */
import { existsSync } from 'node:fs';
import { type BreakerReport, type ChangeReport, createBreakerVerbs } from '../../bot/port.ts';
import { LATCHES } from '../../core/breaker.ts';
import { RefusedError } from '../../errors.ts';
import { callControl } from '../../host/control-client.ts';
import type { ControlHandlers } from '../../host/control-server.ts';
import { type BreakerStore, openBreakerStore } from '../../state/breaker-store.ts';
import { pathsOf } from '../../state/paths.ts';

type Args = Readonly<Record<string, unknown>>;
type Verb = 'breaker.status' | 'breaker.trip' | 'breaker.reset';

export interface LatchVerbsOptions {
  store: BreakerStore;
  now(): number;
  onChange(): void;
}

export function latchVerbs({ store, now, onChange }: LatchVerbsOptions): ControlHandlers {
  const verbs = createBreakerVerbs({ store, now, onChange });
  const change = (verb: 'breaker.trip' | 'breaker.reset', args: Args): ChangeReport => {
    if ((args['latch'] ?? 'trading') !== 'trading') return verbs[verb](args);
    throw new RefusedError('the trading latch is the bot\u2019s', { hint: 'Ask the bot.' });
  };
  return {
    'breaker.status': verbs['breaker.status'],
    'breaker.trip': (args) => change('breaker.trip', args),
    'breaker.reset'(args) {
      const report = change('breaker.reset', args);
      // A state that could not be read halted the latch, and nobody but the operator ends that.
      const latch = LATCHES.find((name) => name === args['latch']) ?? 'mcp';
      const resumed = store.apply(latch, { type: 'resume', by: String(args['by']) }, now());
      if (resumed) onChange();
      return resumed ? { ...report, latches: store.set().latches, changed: [latch] } : report;
    },
  };
}

export interface LatchOperation {
  dataDir: string;
  verb: Verb;
  args: Args;
  nowMs: number;
}

/** `mcp`: the running process did it. `store`: none runs, and its state was changed in its place. */
export type LatchOperated<Report = ChangeReport> = Report & { via: 'mcp' | 'store' };

/** null: no mcp process runs in this directory, and none ever did. */
export async function operateLatch<Report extends BreakerReport = ChangeReport>(
  operation: LatchOperation,
): Promise<LatchOperated<Report> | null> {
  const { dataDir, verb, args, nowMs } = operation;
  const { mcpControlSocket: socketPath, mcpBreaker: path } = pathsOf(dataDir);
  const data = await callControl({ socketPath, verb, args, who: 'the mcp process' });
  if (data) return { via: 'mcp', ...(data as Report) };
  if (!existsSync(path)) return null;
  const readOnly = verb === 'breaker.status';
  const store = openBreakerStore({ path, nowMs, whenMissing: 'create', owner: 'mcp', readOnly });
  const answer = await latchVerbs({ store, now: () => nowMs, onChange: () => {} })[verb]?.(args);
  return { via: 'store', ...(answer as Report) };
}
