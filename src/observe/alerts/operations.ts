/**
 * What an operator may do with alerts. The mcp process serves it over its control socket; when none
 * runs, the commands use the very same functions on the database.
 */
import { randomBytes } from 'node:crypto';
import type { TrackedAlert } from '../../core/alerts/engine.ts';
import { isGlob, LONGEST_SILENCE_MS, type Silence } from '../../core/alerts/silence.ts';
import { RefusedError, UsageError } from '../../errors.ts';
import type { ControlHandlers } from '../../host/control-server.ts';
import { text, whole } from './arguments.ts';
import type { Book } from './book.ts';
import type { Alert, AlertFilter, Severity } from './port.ts';

export interface AlertList {
  alerts: Alert[];
  total: number;
}

export interface SilenceList {
  silences: Silence[];
}

export interface OperationsOptions {
  book: Book;
  nowMs(): number;
  onChange(): void;
  onAcknowledged(severity: Severity, falsePositive: boolean): void;
}

export interface Operations {
  list(filter: AlertFilter): AlertList;
  acknowledge(id: string, by: string, falsePositive: boolean): Alert | undefined;
  silence(wanted: { glob: string; spanMs: number; by: string; reason: string }): Silence;
  silences(): SilenceList;
  /** Ends it now; undefined: no such silence. */
  unsilence(id: string): Silence | undefined;
}

export function createOperations(options: OperationsOptions): Operations {
  const { book, nowMs, onChange } = options;
  return {
    list(filter) {
      const { alerts, total } = book.list(filter);
      return { alerts: alerts.map(shown), total };
    },
    acknowledge(id, by, falsePositive) {
      const alert = book.find(id);
      if (!alert) return undefined;
      const acknowledged = { by, atMs: nowMs(), falsePositive };
      const changed = { ...alert, acknowledged };
      book.putAlerts([changed]);
      options.onAcknowledged(alert.severity, falsePositive);
      onChange();
      return shown(changed);
    },
    silence({ glob, spanMs, by, reason }) {
      const fromMs = nowMs();
      const id = newId('s');
      const silence = { id, glob, by, reason, fromMs, untilMs: fromMs + spanMs };
      book.putSilence(silence);
      onChange();
      return silence;
    },
    silences: () => ({ silences: [...book.silences()] }),
    unsilence(id) {
      const found = book.silences().find((one) => one.id === id);
      if (!found) return undefined;
      const ended = { ...found, untilMs: nowMs() };
      book.putSilence(ended);
      onChange();
      return ended;
    },
  };
}

export function newId(prefix: string): string {
  return `${prefix}${randomBytes(4).toString('hex')}`;
}

function shown(alert: TrackedAlert): Alert {
  const { id, key, severity, title, detail, raisedAtMs, resolvedAtMs, acknowledged } = alert;
  return { id, key, severity, title, detail, raisedAtMs, resolvedAtMs, acknowledged };
}

/** The same as verbs, with their arguments checked. */
export function alertVerbs(operations: Operations): ControlHandlers {
  return {
    'alerts.list': (args) =>
      operations.list({
        active: args['active'] === true,
        limit: whole(args, 'limit', 1, 1000),
        offset: 0,
      }),
    'alerts.ack'(args) {
      const id = text(args, 'id', 40);
      const by = text(args, 'by', 100);
      const alert = operations.acknowledge(id, by, args['falsePositive'] === true);
      if (alert) return { alert };
      throw new RefusedError(`no alert ${id}`, { hint: 'See `pmcp alerts list --all`.' });
    },
    'alerts.silence'(args) {
      const glob = text(args, 'glob', 60);
      if (!isGlob(glob)) {
        throw new UsageError(`${JSON.stringify(glob)} is not a key or pattern of keys`, {
          hint: 'Such as bot.down, mcp.* or *; docs/alerts.md lists the keys.',
        });
      }
      const spanMs = whole(args, 'spanMs', 1, LONGEST_SILENCE_MS);
      const [by, reason] = [text(args, 'by', 100), text(args, 'reason', 200)];
      return { silence: operations.silence({ glob, spanMs, by, reason }) };
    },
    'alerts.silences': () => operations.silences(),
    'alerts.unsilence'(args) {
      const id = text(args, 'id', 40);
      const silence = operations.unsilence(id);
      if (silence) return { silence };
      throw new RefusedError(`no silence ${id}`, { hint: 'See `pmcp alerts silences`.' });
    },
  };
}
