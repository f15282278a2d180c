import { balanceWithout, type State, type TokenAccount } from './ledger-state.ts';
import type { MicroUsdc } from './money.ts';
import {
  DUST_SHARES_MICRO,
  sharesOf,
  type TokenBalance,
  type TokenEntry,
} from './token-account.ts';

/** What one token holds of the limits. */
export interface AtRisk {
  /** Whether it counts as a position. */
  isOpen: boolean;
  costs: readonly WalletCost[];
}

export interface WalletCost {
  wallet: string;
  costMicro: MicroUsdc;
}

/**
 * With nothing undecided, what is held: nearly every token of nearly every decision, so that it
 * costs no copy.
 */
export function atRisk(state: State, account: TokenAccount): AtRisk {
  return account.pending.length === 0 ? asHeld(account.now) : mostAtRisk(state, account);
}

function asHeld(held: TokenBalance): AtRisk {
  return { isOpen: sharesOf(held) >= DUST_SHARES_MICRO, costs: held.lots };
}

/**
 * The most that the token may cost however its undecided fills end, so that no settlement that
 * fails can bring back what was given away in the meantime:
 *
 * - a sale that fails brings its shares back, so they count until it is settled;
 * - a buy that fails gives all that it used, its fee included, back to its order if that stands.
 */
function mostAtRisk(state: State, account: TokenAccount): AtRisk {
  const returns = (entry: TokenEntry) => mayFail(entry, 'BUY') && stands(state, account, entry);
  const held = balanceWithout(account, (entry) => mayFail(entry, 'SELL'));
  // A matched order stands no longer: of most fills only their confirmation is awaited.
  if (!account.pending.some(returns)) return asHeld(held);
  const used = new Map<string, MicroUsdc>();
  for (const entry of account.pending) {
    if (entry.kind !== 'fill' || !returns(entry)) continue;
    used.set(entry.wallet, (used.get(entry.wallet) ?? 0) + entry.usdcMicro + entry.feeMicro);
  }
  const least = balanceWithout(account, (entry) => mayFail(entry, 'SELL') || returns(entry));
  const kept = costByWallet(least.lots);
  const micro = costByWallet(held.lots);
  for (const [wallet, cost] of used) {
    const returned = (kept.get(wallet) ?? 0) + cost;
    micro.set(wallet, Math.max(micro.get(wallet) ?? 0, returned));
  }
  const costs = Array.from(micro, ([wallet, costMicro]) => ({ wallet, costMicro }));
  return { isOpen: true, costs };
}

function mayFail(entry: TokenEntry, side: 'BUY' | 'SELL'): boolean {
  return entry.kind === 'fill' && entry.side === side && !entry.final;
}

function stands(state: State, { ref }: TokenAccount, entry: TokenEntry): boolean {
  return entry.kind === 'fill' && state.reservations.get(entry.orderId)?.tokenId === ref.tokenId;
}

function costByWallet(lots: readonly WalletCost[]) {
  return new Map(lots.map(({ wallet, costMicro }) => [wallet, costMicro]));
}
