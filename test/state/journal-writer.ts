/**
 * Child process of journal.test.ts: writes copies until it is killed or the disk is full, and says
 * on stdout what is durable. argv: journal path.
 */
import { JournalUnwritableError, openJournal } from '../../src/state/journal.ts';
import { sampleDecision, sampleOrder } from './samples.ts';

const path = process.argv[2] ?? '';
const journal = openJournal(path);
const start = Number(journal.meta('next') ?? 0);
for (let n = start; n < start + 100_000; n++) {
  journal.queueDecision(sampleDecision(n * 2 + 1));
  try {
    journal.write((tx) => {
      tx.decision(sampleDecision(n * 2, { result: 'copy', orderId: `0xorder${n * 2}` }));
      tx.order(sampleOrder(n * 2));
      tx.ledger({ kind: 'reserved', n }, n);
      tx.meta('next', String(n + 1));
    });
  } catch (error) {
    if (!(error instanceof JournalUnwritableError)) throw error;
    process.stdout.write(`unwritable ${journal.failure()}\n`);
    process.stdout.write(`probe ${journal.probe(1)}\n`);
    process.exit(0);
  }
  process.stdout.write(`${n}\n`);
}
