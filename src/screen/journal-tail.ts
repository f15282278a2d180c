import type { BotEvent } from '../core/status.ts';
import { type EventWords, eventWords } from './event-words.ts';

export interface Entry extends EventWords {
  atMs: number;
}

/** The latest events in words, newest first, in two lists. */
export interface JournalTail {
  add(event: BotEvent, atMs: number): Entry;
  decisions(): readonly Entry[];
  /** Orders, settlements, exits, and everything else that happened. */
  happenings(): readonly Entry[];
}

/** Far more than fits on any screen. */
const KEPT = 200;
const ORDERS_KEPT = 500;

export function createJournalTail(): JournalTail {
  const decisions: Entry[] = [];
  const happenings: Entry[] = [];
  const titles = new Map<string, string>();
  const titleOf = (orderId: string) => titles.get(orderId) ?? `order ${orderId.slice(0, 10)}…`;
  return {
    add: (event, atMs) => {
      if (event.kind === 'decision' && event.orderId !== null) {
        titles.set(event.orderId, `${event.outcome} · ${event.title}`);
        forgetOldest(titles);
      }
      if (event.kind === 'exit' && event.orderId !== null) {
        titles.set(event.orderId, event.title);
        forgetOldest(titles);
      }
      const entry = { ...eventWords(event, titleOf), atMs };
      if (entry.minor) return entry;
      const list = event.kind === 'decision' ? decisions : happenings;
      list.unshift(entry);
      if (list.length > KEPT) list.pop();
      return entry;
    },
    decisions: () => decisions,
    happenings: () => happenings,
  };
}

function forgetOldest(titles: Map<string, string>): void {
  if (titles.size <= ORDERS_KEPT) return;
  for (const oldest of titles.keys()) {
    titles.delete(oldest);
    return;
  }
}
