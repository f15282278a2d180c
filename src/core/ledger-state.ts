import type { TokenRef } from './ledger-types.ts';
import type { Reservation } from './reservations.ts';
import {
  book,
  type Close,
  copyBalance,
  emptyBalance,
  sharesOf,
  type TokenBalance,
  type TokenEntry,
} from './token-account.ts';

/**
 * One token: a base of entries that can no longer change, and the entries since the oldest one
 * that still can. Voiding an entry means booking the others again from the base, so that a fill
 * that failed is undone exactly, with everything that was computed on top of it.
 */
export interface TokenAccount {
  ref: Omit<TokenRef, 'wallet'>;
  base: TokenBalance;
  pending: TokenEntry[];
  /** Base and all pending entries: what is asked for. */
  now: TokenBalance;
  /** Trades closed by pending entries. */
  closes: Close[];
}

export interface State {
  openingMicro: number;
  adjustmentsMicro: number;
  seq: number;
  day: { dayKey: string; equityMicro: number; adjustmentsMicro: number } | undefined;
  accounts: Map<string, TokenAccount>;
  reservations: Map<string, Reservation>;
  /** Sums of accounts that ended and were dropped. */
  retired: { cashFlowMicro: number; realisedMicro: number; feesMicro: number };
  /** Trades closed for good, oldest first, the latest KEEP_CLOSES. */
  closes: Close[];
  /** Token of each fill that may still be confirmed or voided. */
  openTrades: Map<string, string>;
  /**
   * Fills confirmed or voided, the latest KEEP_TRADES: older repeats are the journal's to refuse.
   */
  settledTrades: Set<string>;
}

export const KEEP_CLOSES = 100;
const KEEP_TRADES = 4096;

export function emptyState(openingMicro: number): State {
  return {
    openingMicro,
    adjustmentsMicro: 0,
    seq: 0,
    day: undefined,
    accounts: new Map(),
    reservations: new Map(),
    retired: { cashFlowMicro: 0, realisedMicro: 0, feesMicro: 0 },
    closes: [],
    openTrades: new Map(),
    settledTrades: new Set(),
  };
}

export function accountOf(state: State, ref: TokenRef): TokenAccount {
  const known = state.accounts.get(ref.tokenId);
  if (known !== undefined) return known;
  const { tokenId, conditionId, eventSlug } = ref;
  const account: TokenAccount = {
    ref: { tokenId, conditionId, eventSlug },
    base: emptyBalance(),
    pending: [],
    now: emptyBalance(),
    closes: [],
  };
  state.accounts.set(tokenId, account);
  return account;
}

/** Books a new entry on top. */
export function append(state: State, account: TokenAccount, entry: TokenEntry): void {
  account.pending.push(entry);
  const close = book(account.now, entry, account.ref.tokenId);
  if (close !== undefined) account.closes.push(close);
  fold(state, account);
}

/** Books everything pending again, after one entry was taken out. */
export function rebook(state: State, account: TokenAccount): void {
  account.now = copyBalance(account.base);
  account.closes = [];
  for (const entry of account.pending) {
    const close = book(account.now, entry, account.ref.tokenId);
    if (close !== undefined) account.closes.push(close);
  }
  fold(state, account);
}

/** What would be held had the pending entries that `without` names never been. */
export function balanceWithout(
  account: TokenAccount,
  without: (entry: TokenEntry) => boolean,
): TokenBalance {
  if (!account.pending.some(without)) return account.now;
  const balance = copyBalance(account.base);
  for (const entry of account.pending) {
    if (!without(entry)) book(balance, entry, account.ref.tokenId);
  }
  return balance;
}

/** Moves entries that are final, and have nothing undecided before them, into the base. */
export function fold(state: State, account: TokenAccount): void {
  let folded = 0;
  for (const entry of account.pending) {
    if (!entry.final) break;
    const close = book(account.base, entry, account.ref.tokenId);
    if (close !== undefined) keepClose(state, account, close);
    folded += 1;
  }
  if (folded > 0) account.pending.splice(0, folded);
  if (account.pending.length === 0) retire(state, account);
}

function keepClose(state: State, account: TokenAccount, close: Close): void {
  account.closes = account.closes.filter(({ seq }) => seq !== close.seq);
  state.closes.push(close);
  state.closes.sort((a, b) => a.seq - b.seq);
  if (state.closes.length > KEEP_CLOSES) state.closes.shift();
}

/** An account with nothing held, owed or undecided is only sums: kept, while the account goes. */
function retire(state: State, account: TokenAccount): void {
  const { now } = account;
  if (sharesOf(now) > 0 || now.shortMicro > 0 || now.receivableMicro !== 0) return;
  state.retired.cashFlowMicro += now.cashFlowMicro;
  state.retired.realisedMicro += now.realisedMicro;
  state.retired.feesMicro += now.feesMicro;
  state.accounts.delete(account.ref.tokenId);
}

export function settleTrade(state: State, tradeId: string): void {
  state.openTrades.delete(tradeId);
  state.settledTrades.add(tradeId);
  if (state.settledTrades.size > KEEP_TRADES) {
    for (const oldest of state.settledTrades) {
      state.settledTrades.delete(oldest);
      break;
    }
  }
}
