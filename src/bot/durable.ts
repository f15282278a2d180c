import { JournalUnwritableError } from '../state/journal.ts';
import type { Parts } from './parts.ts';

type Needs = Pick<Parts, 'guard' | 'notice'>;

/** Runs one durable step; false when the disk refused it, and then entries are stopped. */
export function durable({ guard, notice }: Needs, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!(error instanceof JournalUnwritableError)) throw error;
    if (!guard.has('journal_unwritable')) notice('error', error.message);
    guard.block('journal_unwritable', error.message);
    return false;
  }
}

/** Tries the disk again and reopens entries once it takes a write. */
export function recoverJournal({ guard, notice, journal, clock }: Parts): void {
  if (!guard.has('journal_unwritable') || !journal.probe(clock.now())) return;
  guard.clear('journal_unwritable');
  notice('info', 'the journal can be written again');
}
