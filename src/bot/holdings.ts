import type { MicroShares } from '../core/money.ts';
import type { TargetRow } from '../core/trade.ts';

/**
 * What leaders hold of the tokens that we hold after them: a read of the venue now and then, moved
 * along by the fills seen since. Good enough for a fraction; unknown is undefined.
 */
export interface Holdings {
  /** Just before this trade, provided that it has not been noted yet. */
  before(wallet: string, tokenId: string): MicroShares | undefined;
  note(trade: TargetRow): void;
  /** A fresh read of everything that a wallet holds. */
  take(wallet: string, held: ReadonlyMap<string, MicroShares>): void;
  /** Forgets all wallets but these. */
  retain(wallets: ReadonlySet<string>): void;
}

export function createHoldings(): Holdings {
  const byWallet = new Map<string, Map<string, MicroShares>>();
  return {
    before: (wallet, tokenId) => {
      const held = byWallet.get(wallet);
      return held === undefined ? undefined : (held.get(tokenId) ?? 0);
    },
    note({ wallet, tokenId, side, sizeMicro }) {
      const held = byWallet.get(wallet);
      if (held === undefined) return;
      const change = side === 'BUY' ? sizeMicro : -sizeMicro;
      held.set(tokenId, Math.max(0, (held.get(tokenId) ?? 0) + change));
    },
    take: (wallet, held) => void byWallet.set(wallet, new Map(held)),
    retain(wallets) {
      for (const wallet of byWallet.keys()) if (!wallets.has(wallet)) byWallet.delete(wallet);
    },
  };
}
