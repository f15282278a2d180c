/** Runs an operator's verb on alerts: in the running mcp process, or on its database without one. */
import { existsSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import { FailedError, RefusedError } from '../../errors.ts';
import { callControl } from '../../host/control-client.ts';
import { pathsOf } from '../../state/paths.ts';
import { openHistoryDatabase } from '../history/database.ts';
import { createHistory, type Mark } from '../history/history.ts';
import { createBook } from './book.ts';
import { maintenanceVerbs } from './maintenance.ts';
import { alertVerbs, createOperations } from './operations.ts';
import { openAlertStore } from './store.ts';
import { openTelegram } from './telegram.ts';

export interface AlertOperation {
  dataDir: string;
  verb: string;
  args: Readonly<Record<string, unknown>>;
  nowMs: number;
}

/** `mcp`: the running process did it. `store`: none runs, and its database was used. */
export interface AlertOperated {
  via: 'mcp' | 'store';
  data: object;
}

export async function operateAlerts(operation: AlertOperation): Promise<AlertOperated> {
  const { dataDir, verb, args } = operation;
  const { mcpControlSocket: socketPath } = pathsOf(dataDir);
  const data = await callControl({
    socketPath,
    verb,
    args,
    who: 'the mcp process',
    timeoutMs: 8000,
  });
  return data ? { via: 'mcp', data } : { via: 'store', data: await onStore(operation) };
}

const LOOKING = new Set(['alerts.list', 'alerts.silences', 'maintenance.status']);

async function onStore({ dataDir, verb, args, nowMs }: AlertOperation): Promise<object> {
  const { monitor: path } = pathsOf(dataDir);
  // Looking makes no file.
  const isAbsent = !existsSync(path) && LOOKING.has(verb);
  // Makes the file, or sets a damaged one aside, as the mcp process would.
  if (!isAbsent) openHistoryDatabase(path, nowMs).db.close();
  const book = createBook(openAlertStore(isAbsent ? ':memory:' : path), () => nowMs);
  try {
    const operations = createOperations({
      book,
      nowMs: () => nowMs,
      onChange: () => {},
      onAcknowledged: () => {},
    });
    const maintenance = maintenanceVerbs({
      book,
      nowMs: () => nowMs,
      onChange: () => {},
      // Without a process nobody tells the chat.
      onNews: () => {},
      mark: (kind, detail) => markOnStore(path, { atMs: nowMs, kind, detail }),
    });
    const answer = (await { ...alertVerbs(operations), ...maintenance }[verb]?.(args)) ?? {};
    const problem = book.problem();
    if (problem === undefined) return answer;
    throw new FailedError(`${path}: cannot be written: ${problem}`);
  } finally {
    book.close();
  }
}

function markOnStore(path: string, mark: Mark): void {
  const history = createHistory({ path, nowMs: () => mark.atMs });
  history.mark(mark);
  history.flush();
  const { problem } = history.health();
  history.close();
  if (problem !== undefined) throw new FailedError(`${path}: cannot be written: ${problem}`);
}

/** A test message, straight from here: what `pmcp alerts test` does when no mcp process runs. */
export async function testDirectly(config: Config, signal: AbortSignal): Promise<object> {
  const telegram = openTelegram(config, signal);
  if ('off' in telegram) throw new RefusedError(`alerts are not sent: ${telegram.off}`);
  const text = `[${config.ENVIRONMENT}] TEST: so an alert looks. Nothing is wrong.`;
  const startedTick = performance.now();
  const delivery = await telegram.channel.send(text, false);
  const problem =
    delivery.kind === 'sent'
      ? null
      : delivery.kind === 'blocked'
        ? delivery.remedy
        : delivery.reason;
  const tookMs = Math.round(performance.now() - startedTick);
  return { delivered: delivery.kind === 'sent', tookMs, problem };
}
