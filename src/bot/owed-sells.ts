import { MAKER_STEP_MICRO } from '../core/amounts.ts';
import type { MicroShares } from '../core/money.ts';

/** Shares that a leader has sold and we, following him, have not been able to. */
export interface OwedSell {
  tokenId: string;
  wallet: string;
  sharesMicro: MicroShares;
  sinceMs: number;
}

export interface OwedSells {
  /** A mirrored sale fell short by this much, or a fill of it failed. */
  add(of: { tokenId: string; wallet: string }, sharesMicro: MicroShares, nowMs: number): void;
  /** So much of it has been sold after all. */
  sold(of: { tokenId: string; wallet: string }, sharesMicro: MicroShares): void;
  drop(owed: OwedSell): void;
  all(): OwedSell[];
}

export function createOwedSells(): OwedSells {
  const owed = new Map<string, OwedSell>();
  const keyOf = ({ tokenId, wallet }: { tokenId: string; wallet: string }) =>
    `${tokenId}/${wallet}`;
  return {
    add(of, sharesMicro, nowMs) {
      if (sharesMicro < MAKER_STEP_MICRO) return;
      const known = owed.get(keyOf(of));
      if (known) known.sharesMicro += sharesMicro;
      else {
        const { tokenId, wallet } = of;
        owed.set(keyOf(of), { tokenId, wallet, sharesMicro, sinceMs: nowMs });
      }
    },
    sold(of, sharesMicro) {
      const known = owed.get(keyOf(of));
      if (!known) return;
      known.sharesMicro -= sharesMicro;
      if (known.sharesMicro < MAKER_STEP_MICRO) owed.delete(keyOf(of));
    },
    drop: (item) => void owed.delete(keyOf(item)),
    all: () => [...owed.values()],
  };
}
