import { applyEvent } from './ledger-events.ts';
import * as query from './ledger-queries.ts';
import { emptyState, rebook, type State } from './ledger-state.ts';
import type { Ledger, LedgerState } from './ledger-types.ts';
import type { MicroUsdc } from './money.ts';
import { cashLeft, sharesLeft } from './reservations.ts';
import { copyBalance } from './token-account.ts';

/** Our books: a state that only `apply` changes, one event at a time, and questions about it. */
export function createLedger(openingCashMicro: MicroUsdc): Ledger {
  if (!Number.isSafeInteger(openingCashMicro) || openingCashMicro < 0) {
    throw new RangeError(`ledger: opening cash cannot be ${openingCashMicro}`);
  }
  return ledgerOf(emptyState(openingCashMicro));
}

function ledgerOf(state: State): Ledger {
  return {
    apply: (event) => applyEvent(state, event),
    position: (tokenId) => query.positionOf(state, tokenId),
    positions: () => query.positions(state),
    sellable: (tokenId, wallet) => query.sellable(state, tokenId, wallet),
    pendingSell: (tokenId) => query.pendingSell(state, tokenId),
    exposure: (ref) => query.exposure(state, ref),
    totals: () => query.totals(state),
    equity: (markOf) => query.equity(state, markOf),
    unrealised: (markOf) => query.unrealised(state, markOf),
    dayKey: () => state.day?.dayKey,
    dailyPnl: (markOf) => query.dailyPnl(state, markOf),
    closed: () => query.closedTrades(state),
    consecutiveLosses: () => query.consecutiveLosses(query.closedTrades(state)),
    redeemable: () => query.redeemable(state),
    reservations: () =>
      Array.from(state.reservations.values(), (reservation) => ({
        orderId: reservation.orderId,
        tokenId: reservation.tokenId,
        cashMicro: cashLeft(reservation),
        sharesMicro: sharesLeft(reservation),
      })),
    knowsTrade: (tradeId) => state.openTrades.has(tradeId) || state.settledTrades.has(tradeId),
    serialise: () => serialise(state),
  };
}

function serialise(state: State): LedgerState {
  return structuredClone({
    version: 1 as const,
    openingMicro: state.openingMicro,
    adjustmentsMicro: state.adjustmentsMicro,
    seq: state.seq,
    day: state.day ?? null,
    accounts: Array.from(state.accounts.values(), ({ ref, base, pending }) => ({
      ref,
      base,
      pending,
    })),
    reservations: [...state.reservations.values()],
    retired: state.retired,
    closes: state.closes,
    settledTrades: [...state.settledTrades],
  });
}

/** The ledger that `serialise` came from. The state is trusted: its keeper checks it is whole. */
export function restoreLedger(saved: LedgerState): Ledger {
  if (saved.version !== 1) {
    throw new RangeError(`ledger: saved version ${saved.version} is not 1`);
  }
  const { accounts, reservations, settledTrades, day, ...rest } = structuredClone(saved);
  const state: State = {
    openingMicro: rest.openingMicro,
    adjustmentsMicro: rest.adjustmentsMicro,
    seq: rest.seq,
    retired: rest.retired,
    closes: rest.closes,
    day: day ?? undefined,
    accounts: new Map(),
    reservations: new Map(reservations.map((item) => [item.orderId, item])),
    openTrades: new Map(),
    settledTrades: new Set(settledTrades),
  };
  for (const { ref, base, pending } of accounts) {
    const account = { ref, base, pending, now: copyBalance(base), closes: [] };
    state.accounts.set(ref.tokenId, account);
    for (const entry of pending) {
      if (entry.kind === 'fill' && !entry.final) state.openTrades.set(entry.tradeId, ref.tokenId);
    }
    rebook(state, account);
  }
  return ledgerOf(state);
}
