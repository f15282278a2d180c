import { formatMicro } from '../core/money.ts';
import type { VenuePosition } from '../core/order.ts';
import { durable } from './durable.ts';
import type { Parts } from './parts.ts';
import { type Comparison, compare } from './reconcile.ts';
import type { Inquiry } from './unknown.ts';

/** Keeps journal and venue in agreement, and entries closed while they are not. */
export interface Agreement {
  /**
   * Compares once. Entries open when all agrees; a disagreement seen twice running trips. Returns
   * what is left behind at the venue, in markets that are over.
   */
  check(): Promise<readonly VenuePosition[]>;
  /** Entries stay closed until the next check agrees. */
  doubt(detail: string): void;
  /** On an operator's word: the venue's cash is right, the difference is booked as a transfer. */
  adoptCash(reason: string): Promise<string>;
  /** Clock ms of the last check that agreed. */
  agreedAtMs(): number | undefined;
}

export function createAgreement(parts: Parts, inquiry: Inquiry): Agreement {
  const { clock, guard, desk, books, notice } = parts;
  let previous: readonly string[] = [];
  let agreedAtMs: number | undefined;
  let checking = false;

  const judge = ({ unexpected, disagreements }: Comparison) => {
    if (unexpected.length > 0) {
      const detail = unexpected.slice(0, 3).join('; ');
      if (!guard.has('reduce_only')) {
        notice('error', `only reducing: ${detail}. Close it at the venue; it is never adopted.`);
      }
      guard.block('reduce_only', detail);
    } else if (guard.has('reduce_only')) {
      guard.clear('reduce_only');
      notice('info', 'the venue holds nothing unexpected any more');
    }
    const repeated = disagreements.length > 0 && previous.length > 0;
    previous = disagreements;
    if (repeated) {
      const detail = disagreements.slice(0, 3).join('; ');
      notice('error', `journal and venue disagree: ${detail}`);
      desk.disagreement(detail);
      desk.look();
    }
    if (disagreements.length > 0) return;
    desk.disagreement(undefined);
    agreedAtMs = clock.now();
    if (guard.has('starting')) notice('info', 'journal and venue agree');
    guard.clear('starting');
  };

  return {
    async check() {
      if (checking) return [];
      checking = true;
      const asked = await inquiry.lookAtAll();
      const comparison = await compare(parts);
      checking = false;
      if (asked && comparison.inconclusive === undefined) judge(comparison);
      else if (guard.has('starting') && comparison.inconclusive !== undefined) {
        guard.block('starting', comparison.inconclusive);
      }
      return comparison.leftBehind;
    },
    doubt(detail) {
      guard.block('starting', detail);
    },
    async adoptCash(reason) {
      const { cashGapMicro, inconclusive } = await compare(parts);
      if (inconclusive !== undefined) return inconclusive;
      if (cashGapMicro === undefined) return 'orders or fills are in flight';
      if (cashGapMicro === 0) return 'cash agrees';
      const atMs = clock.now();
      durable(parts, () =>
        books.record([{ kind: 'adjust', cashMicro: cashGapMicro, reason, atMs }]),
      );
      return `${formatMicro(cashGapMicro)} USDC booked as a transfer`;
    },
    agreedAtMs: () => agreedAtMs,
  };
}
