/**
 * What is known of alerts, in memory and on disk. Memory leads: when the disk is full, alerts are
 * still raised and sent, and what could not be written is written later.
 */
import type { TrackedAlert } from '../../core/alerts/engine.ts';
import type { Silence } from '../../core/alerts/silence.ts';
import { reasonOf } from '../../errors.ts';
import type { AlertFilter } from './port.ts';
import type { AlertStore, Message } from './store.ts';

export interface Book {
  alerts(): ReadonlyMap<string, TrackedAlert>;
  silences(): readonly Silence[];
  waiting(): readonly Message[];
  value(key: string): string | undefined;
  nextMessageId(): number;
  putAlerts(alerts: readonly TrackedAlert[]): void;
  putMessage(message: Message): void;
  putSilence(silence: Silence): void;
  putValue(key: string, value: string): void;
  /** Writes what is new; never throws. */
  flush(): void;
  /** Why the last write failed; undefined when it did not. */
  problem(): string | undefined;
  list(filter: AlertFilter): { alerts: TrackedAlert[]; total: number };
  find(id: string): TrackedAlert | undefined;
  close(): void;
}

const TIDY_MS = 3_600_000;

export function createBook(store: AlertStore, nowMs: () => number): Book {
  const loaded = store.load();
  const alerts = new Map(loaded.alerts.map((one) => [one.key, one]));
  const silences = new Map(loaded.silences.map((one) => [one.id, one]));
  const waiting = new Map(loaded.messages.map((one) => [one.id, one]));
  const { values } = loaded;
  let { lastMessageId } = loaded;
  let problem: string | undefined;
  let tidiedAtMs = 0;
  const isNew = {
    alerts: new Map<string, TrackedAlert>(),
    messages: new Map<number, Message>(),
    silences: new Map<string, Silence>(),
    values: new Map<string, string>(),
  };

  const flush = () => {
    const { alerts, messages, silences, values } = isNew;
    try {
      if (alerts.size + messages.size + silences.size + values.size > 0) {
        store.save({
          alerts: alerts.values(),
          messages: messages.values(),
          silences: silences.values(),
          values,
        });
      }
      if (nowMs() - tidiedAtMs > TIDY_MS) {
        store.tidy(nowMs());
        tidiedAtMs = nowMs();
      }
      for (const map of [alerts, messages, silences, values]) map.clear();
      problem = undefined;
    } catch (error) {
      problem = reasonOf(error);
    }
  };

  return {
    alerts: () => alerts,
    silences: () => [...silences.values()].filter(({ untilMs }) => untilMs > nowMs()),
    waiting: () => [...waiting.values()],
    value: (key) => values.get(key),
    nextMessageId() {
      lastMessageId += 1;
      return lastMessageId;
    },
    putAlerts(changed) {
      for (const one of changed) {
        const newest = alerts.get(one.key);
        if (!newest || newest.id === one.id || newest.raisedAtMs <= one.raisedAtMs) {
          alerts.set(one.key, one);
        }
        isNew.alerts.set(one.id, one);
      }
      flush();
    },
    putMessage(message) {
      if (message.state === 'sent' || message.state === 'rejected') waiting.delete(message.id);
      else waiting.set(message.id, message);
      isNew.messages.set(message.id, message);
      flush();
    },
    putSilence(silence) {
      silences.set(silence.id, silence);
      isNew.silences.set(silence.id, silence);
      flush();
    },
    putValue(key, value) {
      values.set(key, value);
      isNew.values.set(key, value);
      flush();
    },
    flush,
    problem: () => problem,
    list(filter) {
      flush();
      if (problem === undefined) return store.list(filter);
      const known = [...alerts.values()].filter((one) => one.resolvedAtMs === null);
      return {
        alerts: known.slice(filter.offset, filter.offset + filter.limit),
        total: known.length,
      };
    },
    find: (id) => [...alerts.values()].find((one) => one.id === id) ?? store.find(id),
    close() {
      flush();
      store.close();
    },
  };
}
