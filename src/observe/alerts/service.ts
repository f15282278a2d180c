import type { Config } from '../../config/schema.ts';
import { secretValues } from '../../config/secret.ts';
import {
  EMPTY_ENGINE,
  type EngineState,
  type Entry,
  look,
  nextDueMs,
} from '../../core/alerts/engine.ts';
import { ALERT_RULES } from '../../core/alerts/rules.ts';
import { isSilenced } from '../../core/alerts/silence.ts';
import { maintenanceText, messageOf } from '../../core/alerts/text.ts';
import type { BreakerState } from '../../core/breaker.ts';
import { createRedact } from '../../core/redact.ts';
import type { ControlHandlers } from '../../host/control-server.ts';
import { pathsOf } from '../../state/paths.ts';
import type { HealthDocument } from '../health.ts';
import type { History } from '../history/history.ts';
import type { Monitor } from '../monitor.ts';
import { type Approval, askApproval } from './approvals.ts';
import { type Book, createBook } from './book.ts';
import { createDesk } from './desk.ts';
import { createGatherer, type Gatherer } from './gather.ts';
import { openLink } from './link.ts';
import { maintenanceVerbs } from './maintenance.ts';
import { alertVerbs, createOperations, newId } from './operations.ts';
import { OUTBOX_TIMES, type OutboxTimes } from './outbox.ts';
import type { Alerts, Severity } from './port.ts';
import { openAlertStore } from './store.ts';

export interface AlertService {
  alerts: Alerts;
  /** For the operator's control socket. */
  verbs: ControlHandlers;
  /** The latch of this process, after every round of its integrator. */
  latch(state: BreakerState): void;
  /** Coverage as just verified from a fresh report. */
  coverage: Gatherer['coverage'];
  close(): void;
}

export interface AlertServiceOptions {
  config: Config;
  dataDir: string;
  monitor: Monitor;
  history: History;
  /** For the operator's terminal, or this process's log. */
  onNote(text: string): void;
  /** Real time: people wait in it, whatever trading's clock does. */
  nowMs?: () => number;
  /** Trading's clock, in which history is kept. */
  tradingNowMs?: () => number;
  times?: OutboxTimes;
}

const MINUTE_MS = 60_000;
/** What waits although it is due is hidden by another: no hurry. */
const LEAST_PAUSE_MS = 1_000;
const ESCALATE_AFTER_MS = 30 * MINUTE_MS;

/** Judges every health document, keeps alerts, and takes them to Telegram. */
export function startAlerts(options: AlertServiceOptions): AlertService {
  const { config, dataDir, monitor, history, nowMs = () => Date.now() } = options;
  const { tradingNowMs = nowMs } = options;
  const { metrics } = monitor;
  const paths = pathsOf(dataDir);
  const book = createBook(openAlertStore(paths.monitor), nowMs);
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const operations = createOperations({
    book,
    nowMs,
    onChange: changed,
    onAcknowledged: (severity, isFalse) =>
      metrics.alertCounted(severity, isFalse ? 'false_positive' : 'acknowledged'),
  });
  const gather = createGatherer({ config, dataDir, monitor, history, nowMs });
  const desk = createDesk({
    environment: config.ENVIRONMENT,
    monitor,
    history,
    mcpLatch: gather.latchState,
    silence: operations.silence,
    ask: (wanted) => noted(askApproval(paths.approvals, wanted, nowMs()), options.onNote),
    nowMs,
    onCommand: metrics.commandCounted,
  });
  const link = openLink({
    config,
    book,
    times: options.times ?? OUTBOX_TIMES,
    nowMs,
    answer: desk,
    onDelivered: metrics.alertCounted,
    onIgnored: () => metrics.commandCounted('any', 'ignored'),
  });
  monitor.alertSystem(link.evidence);
  const judge = createJudge({ config, book, gather, nowMs, count: metrics.alertCounted, changed });
  const redact = createRedact({ secrets: secretValues(config), env: process.env });
  const maintenance = maintenanceVerbs({
    book,
    nowMs,
    onChange: changed,
    onNews(kind, silence, by) {
      const text = maintenanceText(config.ENVIRONMENT, kind, silence, by);
      link.send({ severity: 'info', text: redact(text), quiet: true });
    },
    mark: (kind, detail) => history.mark({ atMs: tradingNowMs(), kind, detail: redact(detail) }),
  });
  let due: NodeJS.Timeout | undefined;
  const take = (document: HealthDocument) => {
    const { entries, dueMs } = judge(document);
    if (entries.length > 0) {
      const message = messageFor(entries, config.ENVIRONMENT, nowMs());
      link.send({ ...message, text: redact(message.text) });
    }
    clearTimeout(due);
    if (dueMs === undefined) return;
    due = setTimeout(() => take(monitor.health()), Math.max(dueMs - nowMs(), LEAST_PAUSE_MS));
  };
  const stop = monitor.subscribe({
    health: take,
    event(event) {
      if (gather.event(event)) take(monitor.health());
    },
  });

  return {
    alerts: {
      list: operations.list,
      silences: book.silences,
      acknowledge: operations.acknowledge,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    verbs: { ...alertVerbs(operations), ...maintenance, 'alerts.test': link.test },
    latch: gather.latch,
    coverage: gather.coverage,
    close() {
      stop();
      clearTimeout(due);
      link.close();
      book.close();
    },
  };
}

interface JudgeParts {
  config: Config;
  book: Book;
  gather: Gatherer;
  nowMs(): number;
  count(severity: Severity, result: string): void;
  changed(): void;
}

/** One look: what it changed is in the book, what is news comes back. */
function createJudge({ config, book, gather, nowMs, count, changed }: JudgeParts) {
  let engine: EngineState = EMPTY_ENGINE;
  const settings = {
    windowMs: config.DUPLICATE_ALERT_WINDOW_MINUTES * MINUTE_MS,
    cooldownMs: config.ALERT_COOLDOWN_MINUTES * MINUTE_MS,
    escalateAfterMs: ESCALATE_AFTER_MS,
  };
  return (document: HealthDocument): { entries: Entry[]; dueMs: number | undefined } => {
    const facts = gather.facts(document);
    const silences = book.silences();
    const atMs = nowMs();
    const looked = look(
      // Acknowledgements come in between two looks.
      { ...engine, alerts: book.alerts() },
      {
        rules: ALERT_RULES,
        answers: new Map(ALERT_RULES.map((rule) => [rule.key, rule.check(facts)])),
        nowMs: atMs,
        settings,
        isSilenced: (rule) => isSilenced(silences, rule, atMs),
        newId: () => newId('a'),
      },
    );
    engine = looked.state;
    for (const { severity, result } of looked.counts) count(severity, result);
    if (looked.changed.length > 0) {
      book.putAlerts(looked.changed);
      changed();
    }
    return { entries: looked.entries, dueMs: nextDueMs(engine, ALERT_RULES) };
  };
}

/** Good news arrives without a sound. */
function messageFor(entries: readonly Entry[], environment: string, nowMs: number) {
  const open = entries.filter(({ kind }) => kind !== 'resolved' && kind !== 'flapped');
  const isCritical = open.some(({ alert }) => alert.severity === 'critical');
  const severity: Severity = isCritical ? 'critical' : open.length > 0 ? 'warning' : 'info';
  return { severity, text: messageOf(entries, { environment, nowMs }), quiet: open.length === 0 };
}

function noted(approval: Approval, onNote: (text: string) => void): Approval {
  const { by, verb, code } = approval;
  onNote(`${by} asks for ${verb}: \`pmcp approve ${code}\` within 10 minutes does it`);
  return approval;
}
