import type { MicroUsdc } from '../core/money.ts';
import type { ExchangeOrder, ExchangePosition, ExchangeTrade } from './engine.ts';

/** One movement of an account's cash. */
export interface CashFlow {
  kind: 'deposit' | 'buy' | 'sell' | 'fee' | 'redeem' | 'merge';
  amountMicro: MicroUsdc;
  atMs: number;
  /** Trade id, or condition id of a redemption; empty for the deposit. */
  reference: string;
}

/** Everything about one account, for proofs. */
export interface AccountLedger {
  wallet: string;
  orders: ExchangeOrder[];
  trades: ExchangeTrade[];
  /** From deposits, trades and redemptions, oldest first. */
  flows: CashFlow[];
  /** What the flows add up to. */
  flowsMicro: MicroUsdc;
  /** What the account holds, free and locked: equal to `flowsMicro`, or the engine is wrong. */
  cashMicro: MicroUsdc;
  positions: ExchangePosition[];
}

/** Conservation over all accounts; each problem is a sentence, and none is the good answer. */
export interface Audit {
  depositsMicro: MicroUsdc;
  cashMicro: MicroUsdc;
  /** Cash of trades that are matched and not settled. */
  escrowMicro: MicroUsdc;
  feesMicro: MicroUsdc;
  /** Behind outstanding pairs of shares. */
  collateralMicro: MicroUsdc;
  problems: string[];
}
