import { createLedger, restoreLedger } from '../core/ledger.ts';
import type { Ledger, LedgerEvent, LedgerState } from '../core/ledger-types.ts';
import { createMarks, type Marks } from '../core/marks.ts';
import type { MicroUsdc } from '../core/money.ts';
import { RefusedError, reasonOf } from '../errors.ts';
import type { Durability, Journal, JournalTransaction } from '../state/journal.ts';
import type { JournalReads } from '../state/journal-reads.ts';

/** The ledger and its durable form, always in step: on disk first, then in memory. */
export interface Books {
  readonly ledger: Ledger;
  readonly marks: Marks;
  /** Rises with every recorded event: tells whether the books stood still meanwhile. */
  version(): number;
  /**
   * One transaction: whatever `body` writes, with these ledger events; synced before it returns
   * unless said otherwise. Throws, and changes nothing at all, when the journal cannot be written.
   */
  record(
    events: readonly LedgerEvent[],
    body?: (transaction: JournalTransaction) => void,
    durability?: Durability,
  ): void;
  /** Equity at the marks, transfers left out: what profits and losses are measured by. */
  tradedEquityMicro(): MicroUsdc;
  equityMicro(): MicroUsdc;
  checkpoint(): void;
}

/** Events after which the ledger is checkpointed, so that a start replays few. */
const CHECKPOINT_EVERY = 2000;

export function openBooks(journal: Journal, ledger: Ledger): Books {
  const marks = createMarks();
  let version = 0;
  let sinceCheckpoint = 0;
  const books: Books = {
    ledger,
    marks,
    version: () => version,
    record(events, body, durability) {
      journal.write((transaction) => {
        body?.(transaction);
        for (const event of events) transaction.ledger(event, event.atMs);
      }, durability);
      for (const event of events) applySoundly(ledger, event);
      version += events.length;
      sinceCheckpoint += events.length;
    },
    equityMicro: () => ledger.equity(marks.markOf),
    tradedEquityMicro: () => ledger.equity(marks.markOf) - ledger.totals().adjustmentsMicro,
    checkpoint() {
      if (sinceCheckpoint < CHECKPOINT_EVERY) return;
      journal.checkpointLedger(ledger.serialise());
      sinceCheckpoint = 0;
    },
  };
  return books;
}

/** An event with unsound amounts changes nothing, now or in any later replay. */
function applySoundly(ledger: Ledger, event: LedgerEvent): void {
  try {
    ledger.apply(event);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

/** The ledger as the journal tells it; undefined when the journal is new. */
export function loadLedger(journal: JournalReads): Ledger | undefined {
  const { checkpoint, events } = journal.ledgerHistory();
  if (checkpoint === undefined) return undefined;
  try {
    const ledger = restoreLedger(checkpoint as LedgerState);
    for (const event of events) applySoundly(ledger, event as LedgerEvent);
    return ledger;
  } catch (error) {
    throw new RefusedError(`journal: its ledger cannot be read: ${reasonOf(error)}`, {
      hint: 'Restore journal.db with its -wal file from a backup; nothing was changed.',
      cause: error,
    });
  }
}

/** The first ledger of a new journal, made durable at once. */
export function beginLedger(journal: Journal, openingMicro: MicroUsdc): Ledger {
  const ledger = createLedger(openingMicro);
  journal.checkpointLedger(ledger.serialise());
  return ledger;
}
