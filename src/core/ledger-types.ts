import type { Snapshot } from './decision.ts';
import type { MicroShares, MicroUsdc, PriceMicro } from './money.ts';
import type { Reservation } from './reservations.ts';
import type { Close, TokenBalance, TokenEntry } from './token-account.ts';
import type { Side } from './trade.ts';

/** What an order or a fill is about, for limits and attribution. */
export interface TokenRef {
  tokenId: string;
  conditionId: string;
  eventSlug: string;
  /** The leader it copies; for an own exit the position's first leader. */
  wallet: string;
}

export type LedgerEvent =
  /** An order is about to be signed: cash (BUY) or shares (SELL) are set aside. */
  | (TokenRef & {
      kind: 'reserve';
      orderId: string;
      side: Side;
      cashMicro: MicroUsdc;
      sharesMicro: MicroShares;
      atMs: number;
    })
  /** The order is settled for good: what its fills did not use is free again. */
  | { kind: 'release'; orderId: string; atMs: number }
  /** MATCHED: provisional until confirmed. `usdcMicro` excludes the fee. */
  | (TokenRef & {
      kind: 'fill';
      tradeId: string;
      orderId: string;
      side: Side;
      sharesMicro: MicroShares;
      usdcMicro: MicroUsdc;
      feeMicro: MicroUsdc;
      atMs: number;
    })
  | { kind: 'confirm'; tradeId: string; atMs: number }
  /** FAILED: as if the fill had never been. */
  | { kind: 'void'; tradeId: string; atMs: number }
  /** Each share of the token is worth `payoutMicro` from now on: 1,000,000, 0 or 500,000. */
  | { kind: 'resolve'; tokenId: string; payoutMicro: PriceMicro; atMs: number }
  /** What the market's resolved shares are worth has been paid out. */
  | { kind: 'redeem'; conditionId: string; atMs: number }
  /** Cash in (+) or out (-) that no trade explains. Not a profit. */
  | { kind: 'adjust'; cashMicro: MicroUsdc; reason: string; atMs: number }
  /** A UTC day begins with this equity: the daily PnL is measured from here. */
  | { kind: 'day'; dayKey: string; equityMicro: MicroUsdc; atMs: number };

/** Shares bought on behalf of one leader. */
export interface Lot {
  wallet: string;
  sharesMicro: MicroShares;
  /** What they cost, fees excluded. */
  costMicro: MicroUsdc;
}

export interface Position {
  tokenId: string;
  conditionId: string;
  eventSlug: string;
  /** The leader of the oldest lot. */
  wallet: string;
  sharesMicro: MicroShares;
  /** Of these, bought in fills that are not confirmed yet. */
  provisionalSharesMicro: MicroShares;
  /** Shares set aside by sells in flight. */
  pendingSellMicro: MicroShares;
  costMicro: MicroUsdc;
  /** Since it was opened: proceeds minus cost of what was sold, minus all fees. */
  realisedMicro: MicroUsdc;
  feesMicro: MicroUsdc;
  openedAtMs: number;
  lots: readonly Lot[];
}

/** A position that ended: sold out or resolved. */
export interface ClosedTrade {
  tokenId: string;
  wallet: string;
  closedAtMs: number;
  /** Net of fees. */
  pnlMicro: MicroUsdc;
}

export type Exposure = Snapshot['exposure'];

/** Price a share is valued at; undefined values it at cost. */
export type MarkOf = (tokenId: string) => PriceMicro | undefined;

/** Totals. `cash = opening + adjustments + realised - openCost - receivable`, to the micro-unit. */
export interface LedgerTotals {
  /** All our cash, reservations included. */
  cashMicro: MicroUsdc;
  reservedMicro: MicroUsdc;
  /** Cash minus reservations: what a new order may use. */
  freeMicro: MicroUsdc;
  openCostMicro: MicroUsdc;
  /** Owed to us by resolved markets, not yet redeemed. */
  receivableMicro: MicroUsdc;
  /** Net of all fees. */
  realisedMicro: MicroUsdc;
  feesMicro: MicroUsdc;
  adjustmentsMicro: MicroUsdc;
}

export interface Ledger {
  /**
   * Books one event. False: it changes nothing (an order, fill or day known already, or unknown).
   * Throws RangeError for amounts that are not non-negative safe integers.
   */
  apply(event: LedgerEvent): boolean;
  position(tokenId: string): Position | undefined;
  /** Open positions: shares held, oldest first. */
  positions(): Position[];
  /** Shares that may be sold now; with `wallet`, of those bought for this leader. */
  sellable(tokenId: string, wallet?: string): MicroShares;
  /** Shares in sells that are in flight. */
  pendingSell(tokenId: string): MicroShares;
  exposure(ref: TokenRef): Exposure;
  totals(): LedgerTotals;
  /** Cash, receivables and open positions at their marks. */
  equity(markOf: MarkOf): MicroUsdc;
  unrealised(markOf: MarkOf): MicroUsdc;
  /** Key of the day begun last. */
  dayKey(): string | undefined;
  /**
   * Equity now minus equity when the day began, transfers left out: realised, plus the change of
   * unrealised. Before the first day event it is measured from the opening. A loss is negative.
   */
  dailyPnl(markOf: MarkOf): MicroUsdc;
  /** The latest closed trades, oldest first, at most 100. */
  closed(): ClosedTrade[];
  /** Losing positions in a row, counted back from the latest. */
  consecutiveLosses(): number;
  /** Markets with something to redeem. */
  redeemable(): { conditionId: string; receivableMicro: MicroUsdc }[];
  /** Orders whose reservation stands. */
  reservations(): { orderId: string; tokenId: string; cashMicro: number; sharesMicro: number }[];
  knowsTrade(tradeId: string): boolean;
  /** Plain JSON data, for restoreLedger. */
  serialise(): LedgerState;
}

/** Plain JSON data: what a checkpoint holds. */
export interface LedgerState {
  version: 1;
  openingMicro: MicroUsdc;
  adjustmentsMicro: MicroUsdc;
  seq: number;
  day: { dayKey: string; equityMicro: MicroUsdc; adjustmentsMicro: MicroUsdc } | null;
  accounts: { ref: Omit<TokenRef, 'wallet'>; base: TokenBalance; pending: TokenEntry[] }[];
  reservations: Reservation[];
  retired: { cashFlowMicro: number; realisedMicro: number; feesMicro: number };
  closes: Close[];
  settledTrades: string[];
}
