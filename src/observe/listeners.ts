import type { BotEvent, BotStatus } from '../core/status.ts';
import type { HealthDocument } from './health.ts';

/** What others may follow: history, alerts, open dashboards. A listener must not throw. */
export interface MonitorListener {
  /** Told nothing while monitoring is over its budget. Alerts are never such; a page is. */
  sheds?: boolean;
  event?(event: BotEvent, atMs: number): void;
  status?(status: BotStatus, atMs: number): void;
  /** After every round of checks, and when the bot's life changed between two. */
  health?(document: HealthDocument): void;
  connection?(connected: boolean): void;
}

/** `canAfford`: whether there is room for those that can be shed. */
export function createListeners(canAfford: () => boolean) {
  const listeners = new Set<MonitorListener>();
  return {
    add(listener: MonitorListener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(say: (listener: MonitorListener) => void): void {
      const all = canAfford();
      for (const one of listeners) if (all || one.sheds !== true) say(one);
    },
  };
}
