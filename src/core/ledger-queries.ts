import { atRisk, type WalletCost } from './ledger-risk.ts';
import { KEEP_CLOSES, type State, type TokenAccount } from './ledger-state.ts';
import type {
  ClosedTrade,
  Exposure,
  LedgerTotals,
  MarkOf,
  Position,
  TokenRef,
} from './ledger-types.ts';
import { type MicroShares, type MicroUsdc, notional } from './money.ts';
import { cashLeft, sharesLeft } from './reservations.ts';
import { type Close, costOf, sharesOf, type TokenBalance } from './token-account.ts';

export function positionOf(state: State, tokenId: string): Position | undefined {
  const account = state.accounts.get(tokenId);
  const first = account?.now.lots[0];
  if (account === undefined || first === undefined) return undefined;
  const { now } = account;
  const sharesMicro = sharesOf(now);
  return {
    ...account.ref,
    wallet: first.wallet,
    sharesMicro,
    provisionalSharesMicro: Math.min(sharesMicro, unconfirmedBuys(account)),
    pendingSellMicro: pendingSell(state, tokenId),
    costMicro: costOf(now),
    realisedMicro: now.realisedMicro - now.openRealisedMicro,
    feesMicro: now.feesMicro - now.openFeesMicro,
    openedAtMs: now.openedAtMs,
    lots: now.lots.map((lot) => ({ ...lot })),
  };
}

export function positions(state: State): Position[] {
  const found: Position[] = [];
  for (const tokenId of state.accounts.keys()) {
    const position = positionOf(state, tokenId);
    if (position !== undefined) found.push(position);
  }
  return found.sort((a, b) => a.openedAtMs - b.openedAtMs || (a.tokenId < b.tokenId ? -1 : 1));
}

function unconfirmedBuys(account: TokenAccount): MicroShares {
  let shares = 0;
  for (const entry of account.pending) {
    if (entry.kind === 'fill' && entry.side === 'BUY' && !entry.final) shares += entry.sharesMicro;
  }
  return shares;
}

export function pendingSell(state: State, tokenId: string, wallet?: string): MicroShares {
  let shares = 0;
  for (const reservation of state.reservations.values()) {
    if (reservation.tokenId !== tokenId) continue;
    if (wallet === undefined || reservation.wallet === wallet) shares += sharesLeft(reservation);
  }
  return shares;
}

/** All that is not being sold; for one leader no more than his lot less his own pending sells. */
export function sellable(state: State, tokenId: string, wallet?: string): MicroShares {
  const balance = state.accounts.get(tokenId)?.now;
  if (balance === undefined) return 0;
  const free = sharesOf(balance) - pendingSell(state, tokenId);
  const own =
    wallet === undefined ? free : lotOf(balance, wallet) - pendingSell(state, tokenId, wallet);
  return Math.max(0, Math.min(free, own));
}

function lotOf(balance: TokenBalance, wallet: string): MicroShares {
  return balance.lots.find((lot) => lot.wallet === wallet)?.sharesMicro ?? 0;
}

export const NO_EXPOSURE: Exposure = {
  tokenMicro: 0,
  walletMicro: 0,
  marketMicro: 0,
  eventMicro: 0,
  totalMicro: 0,
  openPositions: 0,
  positionOpen: false,
};

/** A walk over what is open: a few dozen entries at most, by the position limit. */
export function exposure(state: State, ref: TokenRef): Exposure {
  const sum = { ...NO_EXPOSURE };
  const add = (at: Omit<TokenRef, 'wallet'>, costs: readonly WalletCost[]) => {
    let micro = 0;
    for (const { wallet, costMicro } of costs) {
      micro += costMicro;
      if (wallet === ref.wallet) sum.walletMicro += costMicro;
    }
    sum.totalMicro += micro;
    if (at.tokenId === ref.tokenId) sum.tokenMicro += micro;
    if (at.conditionId === ref.conditionId) sum.marketMicro += micro;
    if (at.eventSlug === ref.eventSlug) sum.eventMicro += micro;
  };
  const open: string[] = [];
  for (const account of state.accounts.values()) {
    const { isOpen, costs } = atRisk(state, account);
    if (isOpen) open.push(account.ref.tokenId);
    add(account.ref, costs);
  }
  for (const reservation of state.reservations.values()) {
    const left = cashLeft(reservation);
    if (left === 0) continue;
    if (!open.includes(reservation.tokenId)) open.push(reservation.tokenId);
    add(reservation, [{ wallet: reservation.wallet, costMicro: left }]);
  }
  sum.openPositions = open.length;
  sum.positionOpen = open.includes(ref.tokenId);
  return sum;
}

export function totals(state: State): LedgerTotals {
  let { cashFlowMicro, realisedMicro, feesMicro } = state.retired;
  let openCostMicro = 0;
  let receivableMicro = 0;
  for (const { now } of state.accounts.values()) {
    cashFlowMicro += now.cashFlowMicro;
    realisedMicro += now.realisedMicro;
    feesMicro += now.feesMicro;
    openCostMicro += costOf(now);
    receivableMicro += now.receivableMicro;
  }
  let reservedMicro = 0;
  for (const reservation of state.reservations.values()) reservedMicro += cashLeft(reservation);
  const cashMicro = state.openingMicro + state.adjustmentsMicro + cashFlowMicro;
  return {
    cashMicro,
    reservedMicro,
    freeMicro: cashMicro - reservedMicro,
    openCostMicro,
    receivableMicro,
    realisedMicro,
    feesMicro,
    adjustmentsMicro: state.adjustmentsMicro,
  };
}

export function unrealised(state: State, markOf: MarkOf): MicroUsdc {
  let gain = 0;
  for (const account of state.accounts.values()) {
    const mark = markOf(account.ref.tokenId);
    if (mark === undefined) continue;
    gain += notional(sharesOf(account.now), mark, 'down') - costOf(account.now);
  }
  return gain;
}

export function equity(state: State, markOf: MarkOf): MicroUsdc {
  const { cashMicro, openCostMicro, receivableMicro } = totals(state);
  return cashMicro + openCostMicro + receivableMicro + unrealised(state, markOf);
}

export function dailyPnl(state: State, markOf: MarkOf): MicroUsdc {
  const start = state.day ?? { equityMicro: state.openingMicro, adjustmentsMicro: 0 };
  return (
    equity(state, markOf) - start.equityMicro - (state.adjustmentsMicro - start.adjustmentsMicro)
  );
}

export function closedTrades(state: State): ClosedTrade[] {
  const all: Close[] = [...state.closes];
  for (const account of state.accounts.values()) all.push(...account.closes);
  all.sort((a, b) => a.seq - b.seq);
  return all.slice(-KEEP_CLOSES).map(({ seq: _, ...trade }) => trade);
}

export function consecutiveLosses(trades: readonly ClosedTrade[]): number {
  return trades.length - 1 - trades.findLastIndex(({ pnlMicro }) => pnlMicro >= 0);
}

export function redeemable(state: State): { conditionId: string; receivableMicro: MicroUsdc }[] {
  const owed = new Map<string, number>();
  for (const { ref, now } of state.accounts.values()) {
    if (now.receivableMicro > 0) {
      owed.set(ref.conditionId, (owed.get(ref.conditionId) ?? 0) + now.receivableMicro);
    }
  }
  return Array.from(owed, ([conditionId, receivableMicro]) => ({ conditionId, receivableMicro }));
}
