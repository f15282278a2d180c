/**
 * Maintenance: somebody is at work on this host, as a deploy is. Alerts are held back for a while,
 * but for those that no work excuses; there is one at a time, and it ends by itself.
 */
import {
  LONGEST_MAINTENANCE_MS,
  MAINTENANCE_KINDS,
  type MaintenanceKind,
  type Silence,
} from '../../core/alerts/silence.ts';
import type { ControlHandlers } from '../../host/control-server.ts';
import { oneOf, text, whole } from './arguments.ts';
import type { Book } from './book.ts';
import { newId } from './operations.ts';

/** Answer of every verb of maintenance. */
export interface MaintenanceReport {
  /** null: there is none. */
  maintenance: Silence | null;
  /** Of `maintenance.end`: what it ended; null when it was over already. */
  ended?: Silence | null;
}

export interface MaintenanceOptions {
  book: Book;
  nowMs(): number;
  onChange(): void;
  /** Told of every beginning and of every end by hand, for the chat. */
  onNews(kind: 'begun' | 'ended', maintenance: Silence, by: string): void;
  /** A line across every chart. */
  mark(kind: 'deploy' | 'rollback' | 'bench', detail: string): void;
}

/** `maintenance.begin`, `maintenance.end`, `maintenance.status`, and `history.mark`. */
export function maintenanceVerbs(options: MaintenanceOptions): ControlHandlers {
  const { book, nowMs, onChange, onNews, mark } = options;
  const current = () => book.silences().find(({ maintenance }) => maintenance !== undefined);
  const report = (): MaintenanceReport => ({ maintenance: current() ?? null });
  const end = (): Silence | undefined => {
    const found = current();
    if (found) book.putSilence({ ...found, untilMs: nowMs() });
    return found;
  };
  return {
    'maintenance.begin'(args): MaintenanceReport {
      const kind = oneOf<MaintenanceKind>(args, 'kind', MAINTENANCE_KINDS);
      const spanMs = whole(args, 'spanMs', 1, LONGEST_MAINTENANCE_MS);
      const [by, reason] = [text(args, 'by', 100), text(args, 'reason', 200)];
      // A second beginning takes the place of the first: a rollback follows its deploy.
      end();
      const fromMs = nowMs();
      const times = { fromMs, untilMs: fromMs + spanMs };
      const begun: Silence = { id: newId('s'), glob: '*', maintenance: kind, by, reason, ...times };
      book.putSilence(begun);
      // A deploy is marked when its release begins to run.
      if (kind === 'rollback') mark(kind, `${reason} (by ${by})`);
      onNews('begun', begun, by);
      onChange();
      return report();
    },
    'maintenance.end'(args): MaintenanceReport {
      const by = text(args, 'by', 100);
      const ended = end();
      if (ended) {
        onNews('ended', ended, by);
        onChange();
      }
      return { ...report(), ended: ended ?? null };
    },
    'maintenance.status': report,
    'history.mark'(args) {
      mark(oneOf(args, 'kind', ['deploy', 'rollback', 'bench']), text(args, 'detail', 200));
      return {};
    },
  };
}
