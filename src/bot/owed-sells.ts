import { MAKER_STEP_MICRO } from '../core/amounts.ts';
import type { MicroShares } from '../core/money.ts';
import type { JournalTransaction } from '../state/journal.ts';
import type { JournalReads } from '../state/journal-reads.ts';

/** Shares that a leader has sold and we, following him, have not been able to. */
export interface OwedSell {
  tokenId: string;
  wallet: string;
  sharesMicro: MicroShares;
  sinceMs: number;
}

type Of = Pick<OwedSell, 'tokenId' | 'wallet'>;

/** Nothing was written and nothing changes until `keep`, which comes after the commit. */
export interface OwedChange {
  write(transaction: JournalTransaction): void;
  keep(): void;
}

/** What is owed, durable with the facts that it follows from: a restart still sells it. */
export interface OwedSells {
  /** A mirrored sale fell short by this much, or a fill of it failed. */
  more(of: Of, sharesMicro: MicroShares, nowMs: number): OwedChange;
  /** So much of it has been sold after all. */
  less(of: Of, sharesMicro: MicroShares): OwedChange;
  /** No longer to be followed, by a rule that would drop it again after a restart. */
  drop(owed: OwedSell): void;
  all(): readonly OwedSell[];
}

const KEY = 'owed_sells';

export function createOwedSells(journal: Pick<JournalReads, 'meta'>): OwedSells {
  let owed: readonly OwedSell[] = JSON.parse(journal.meta(KEY) ?? '[]');
  const changeTo = (next: readonly OwedSell[]): OwedChange => ({
    write(transaction) {
      if (next !== owed) transaction.meta(KEY, JSON.stringify(next));
    },
    keep() {
      owed = next;
    },
  });
  const change = (of: Of, byMicro: number, nowMs: number) => {
    const known = owed.find((one) => isOf(one, of));
    const sharesMicro = (known?.sharesMicro ?? 0) + byMicro;
    const others = owed.filter((one) => one !== known);
    if (sharesMicro < MAKER_STEP_MICRO) return changeTo(known ? others : owed);
    const { tokenId, wallet } = of;
    return changeTo([
      ...others,
      { tokenId, wallet, sharesMicro, sinceMs: known?.sinceMs ?? nowMs },
    ]);
  };
  return {
    more: (of, sharesMicro, nowMs) =>
      sharesMicro < MAKER_STEP_MICRO ? changeTo(owed) : change(of, sharesMicro, nowMs),
    less: (of, sharesMicro) => change(of, -sharesMicro, 0),
    drop(item) {
      owed = owed.filter((one) => !isOf(one, item));
    },
    all: () => owed,
  };
}

function isOf(one: Of, other: Of): boolean {
  return one.tokenId === other.tokenId && one.wallet === other.wallet;
}
