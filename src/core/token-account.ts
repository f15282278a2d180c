import type { ClosedTrade, Lot } from './ledger-types.ts';
import { type MicroShares, type MicroUsdc, mulDiv, notional, type PriceMicro } from './money.ts';
import type { Side } from './trade.ts';

/**
 * Less cannot be sold: the venue's step is 0.01 shares, while buys fill in finer ones. A position
 * with so little left has ended; what is left of it is still ours, and is paid out with its market.
 */
export const DUST_SHARES_MICRO = 10_000;

/** What happened to our shares of one token, in the order it was booked. */
export type TokenEntry =
  | {
      kind: 'fill';
      seq: number;
      tradeId: string;
      orderId: string;
      side: Side;
      wallet: string;
      sharesMicro: MicroShares;
      usdcMicro: MicroUsdc;
      feeMicro: MicroUsdc;
      atMs: number;
      /** CONFIRMED: can no longer be voided. */
      final: boolean;
    }
  | { kind: 'resolve'; seq: number; payoutMicro: PriceMicro; atMs: number; final: true }
  | { kind: 'redeem'; seq: number; atMs: number; final: true };

export type Close = ClosedTrade & { seq: number };

/** Where all entries so far leave us with one token. */
export interface TokenBalance {
  lots: Lot[];
  /** Sold beyond what is held: the buy behind it was voided. Covered by the next buy. */
  shortMicro: MicroShares;
  /** Cash in minus cash out, all time. */
  cashFlowMicro: number;
  /** Net of fees, all time. */
  realisedMicro: number;
  feesMicro: MicroUsdc;
  /** The two above at the moment the open position was opened. */
  openRealisedMicro: number;
  openFeesMicro: MicroUsdc;
  openedAtMs: number;
  payoutMicro: PriceMicro | null;
  receivableMicro: number;
}

export function emptyBalance(): TokenBalance {
  return {
    lots: [],
    shortMicro: 0,
    cashFlowMicro: 0,
    realisedMicro: 0,
    feesMicro: 0,
    openRealisedMicro: 0,
    openFeesMicro: 0,
    openedAtMs: 0,
    payoutMicro: null,
    receivableMicro: 0,
  };
}

export function copyBalance(balance: TokenBalance): TokenBalance {
  return { ...balance, lots: balance.lots.map((lot) => ({ ...lot })) };
}

export function sharesOf(balance: TokenBalance): MicroShares {
  let shares = 0;
  for (const lot of balance.lots) shares += lot.sharesMicro;
  return shares;
}

export function costOf(balance: TokenBalance): MicroUsdc {
  let cost = 0;
  for (const lot of balance.lots) cost += lot.costMicro;
  return cost;
}

/**
 * Books one entry; the closed trade, when it ended the position. Fees are realised at once, so that
 * cash = flow and `cashFlow = realised - cost of the lots - receivable` holds after every entry.
 */
export function book(balance: TokenBalance, entry: TokenEntry, tokenId: string): Close | undefined {
  const heldBefore = sharesOf(balance);
  const wallet = balance.lots[0]?.wallet ?? (entry.kind === 'fill' ? entry.wallet : '');
  if (entry.kind === 'fill') {
    if (entry.side === 'BUY') {
      if (heldBefore < DUST_SHARES_MICRO) open(balance, entry.atMs);
      bookBuy(balance, entry);
    } else bookSell(balance, entry);
  } else if (entry.kind === 'resolve') {
    balance.payoutMicro = entry.payoutMicro;
  } else {
    balance.cashFlowMicro += balance.receivableMicro;
    balance.receivableMicro = 0;
  }
  payOut(balance);
  const bought = entry.kind === 'fill' && entry.side === 'BUY';
  const left = sharesOf(balance);
  const ended = left === 0 || (!bought && left < DUST_SHARES_MICRO);
  if (!ended || !(bought || heldBefore >= DUST_SHARES_MICRO)) return undefined;
  return {
    seq: entry.seq,
    tokenId,
    wallet,
    closedAtMs: entry.atMs,
    pnlMicro: balance.realisedMicro - balance.openRealisedMicro,
  };
}

function open(balance: TokenBalance, atMs: number): void {
  balance.openedAtMs = atMs;
  balance.openRealisedMicro = balance.realisedMicro;
  balance.openFeesMicro = balance.feesMicro;
}

type FillEntry = Extract<TokenEntry, { kind: 'fill' }>;

function bookBuy(balance: TokenBalance, fill: FillEntry): void {
  balance.cashFlowMicro -= fill.usdcMicro + fill.feeMicro;
  balance.feesMicro += fill.feeMicro;
  balance.realisedMicro -= fill.feeMicro;
  const covered = Math.min(balance.shortMicro, fill.sharesMicro);
  const coverCost =
    covered === 0 ? 0 : mulDiv(fill.usdcMicro, covered, fill.sharesMicro, 'nearest');
  balance.shortMicro -= covered;
  balance.realisedMicro -= coverCost;
  const shares = fill.sharesMicro - covered;
  if (shares === 0) return;
  let lot = balance.lots.find((candidate) => candidate.wallet === fill.wallet);
  if (lot === undefined) {
    lot = { wallet: fill.wallet, sharesMicro: 0, costMicro: 0 };
    balance.lots.push(lot);
  }
  lot.sharesMicro += shares;
  lot.costMicro += fill.usdcMicro - coverCost;
}

/** Takes from the lot of the leader who sold, then from the others, oldest first. */
function bookSell(balance: TokenBalance, fill: FillEntry): void {
  balance.cashFlowMicro += fill.usdcMicro - fill.feeMicro;
  balance.feesMicro += fill.feeMicro;
  let left = fill.sharesMicro;
  let cost = 0;
  const own = balance.lots.find((lot) => lot.wallet === fill.wallet);
  for (const lot of own === undefined ? balance.lots : [own, ...balance.lots]) {
    const sold = Math.min(left, lot.sharesMicro);
    if (sold === 0) continue;
    const part =
      sold === lot.sharesMicro
        ? lot.costMicro
        : mulDiv(lot.costMicro, sold, lot.sharesMicro, 'nearest');
    lot.sharesMicro -= sold;
    lot.costMicro -= part;
    cost += part;
    left -= sold;
  }
  balance.shortMicro += left;
  balance.realisedMicro += fill.usdcMicro - fill.feeMicro - cost;
  balance.lots = balance.lots.filter((lot) => lot.sharesMicro > 0);
}

/** Once the market is resolved, whatever is held, now or by a fill learned later, is paid out. */
function payOut(balance: TokenBalance): void {
  if (balance.payoutMicro === null) return;
  const shares = sharesOf(balance);
  const worth =
    notional(shares, balance.payoutMicro, 'down') -
    notional(balance.shortMicro, balance.payoutMicro, 'down');
  balance.realisedMicro += worth - costOf(balance);
  balance.receivableMicro += worth;
  balance.lots = [];
  balance.shortMicro = 0;
}
