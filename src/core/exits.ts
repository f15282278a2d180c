import type { SkipReason } from './decision.ts';
import type { Position } from './ledger-types.ts';
import type { Book, MarketInfo } from './market.ts';
import type { MicroShares, PriceMicro } from './money.ts';
import type { OrderDraft } from './order.ts';

export type ExitReason = 'stop_loss' | 'take_profit' | 'max_holding';

export interface ExitPolicy {
  /** Fraction of the cost; 0 is off. */
  stopLoss: number;
  takeProfit: number;
  /** 0 is off. */
  maxHoldingMs: number;
  maxBookAgeMs: number;
}

/** What the exit rules say of one open position. */
export type ExitVerdict =
  | { kind: 'hold' }
  | { kind: 'exit'; reason: ExitReason; detail: string }
  /** No book to judge it by: reported, never guessed. */
  | { kind: 'unmarked'; detail: string };

export function judgeExit(
  _position: Position,
  _book: Book | undefined,
  _nowMs: number,
  _policy: ExitPolicy,
): ExitVerdict {
  throw new Error('not built yet');
}

/** A FAK sell of at most `sharesMicro`, or why there can be none. */
export type ExitPlan =
  | { draft: OrderDraft; limitMicro: PriceMicro; reserveSharesMicro: MicroShares }
  | { skip: SkipReason; detail: string };

export function planExit(
  _tokenId: string,
  _sharesMicro: MicroShares,
  _market: MarketInfo | undefined,
  _book: Book | undefined,
  _maxSlippage: number,
): ExitPlan {
  throw new Error('not built yet');
}
