import type { BreakerState } from './breaker.ts';
import type { Book, MarketInfo } from './market.ts';
import type { MicroShares, MicroUsdc, PriceMicro } from './money.ts';
import type { OrderDraft } from './order.ts';
import type { TargetTrade } from './trade.ts';

/** Why a fill was not copied. A bounded set: it labels metrics. */
export const SKIP_REASONS = [
  'baseline', // traded before this bot first followed the wallet
  'halted',
  'breaker_tripped',
  'breaker_probing', // a probe is already out
  'starting', // not reconciled with the venue yet
  'reduce_only', // the venue holds something the journal does not know
  'paused', // by the operator, for a switch of releases
  'blind', // discovery cannot be trusted
  'stale', // older than the staleness limit
  'wallet_disabled',
  'market_denied',
  'market_unknown',
  'market_closed',
  'no_book', // no live book, or one too old to trust
  'slippage', // the book is worse than the leader's price by more than allowed
  'below_min', // sized below the configured or the venue's minimum
  'max_position',
  'max_positions', // count of concurrent positions
  'wallet_limit',
  'market_limit',
  'event_limit',
  'total_limit',
  'insufficient_cash',
  'no_position', // the leader sold what we do not hold
  'pending_exit', // everything we hold is already being sold
  'unconfirmed_repeat', // identical live row, not confirmed by the Data API as a second fill
  'journal_unwritable',
  'internal_error',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** All that a decision may look at. A missing field is unknown, and unknown is a skip. */
export interface Snapshot {
  nowMs: number;
  breaker: BreakerState;
  /** Set while something forbids entries: starting, reduce_only, paused, blind, journal_unwritable. */
  entryBlock: SkipReason | undefined;
  /** A probing breaker has one order out. */
  probeInFlight: boolean;
  cashMicro: MicroUsdc;
  equityMicro: MicroUsdc;
  market: MarketInfo | undefined;
  book: Book | undefined;
  /**
   * Our shares of this token that may be sold now (confirmed or provisional, minus pending sells).
   */
  heldMicro: MicroShares;
  pendingSellMicro: MicroShares;
  /** The leader's holding of this token just before this trade; undefined: unknown. */
  leaderHoldingMicro: MicroShares | undefined;
  /** Exposure = cost of open positions + reservations of orders in flight. */
  exposure: {
    tokenMicro: MicroUsdc;
    walletMicro: MicroUsdc;
    marketMicro: MicroUsdc;
    eventMicro: MicroUsdc;
    totalMicro: MicroUsdc;
    openPositions: number;
    /** This token is already open or reserved, so that adding to it opens no new position. */
    positionOpen: boolean;
  };
}

export type Sizing =
  | { mode: 'proportional'; ratio: number }
  | { mode: 'fixed'; usdcMicro: MicroUsdc }
  | { mode: 'bankroll'; fraction: number };

/** Everything of the configuration that a decision depends on, in integers. */
export interface Policy {
  sizing: Sizing;
  minTradeMicro: MicroUsdc;
  maxTradeMicro: MicroUsdc;
  maxPositionMicro: MicroUsdc;
  maxConcurrentPositions: number;
  maxWalletExposureMicro: MicroUsdc;
  maxMarketExposureMicro: MicroUsdc;
  maxEventExposureMicro: MicroUsdc;
  maxTotalExposureMicro: MicroUsdc;
  /** Fraction of the leader's price, 0.02 = 2 %. */
  maxSlippage: number;
  maxTradeAgeMs: number;
  maxBookAgeMs: number;
  /** Per wallet: overrides of the above, and `enabled`. */
  wallets: ReadonlyMap<string, WalletPolicy>;
  allowMarkets: ReadonlySet<string>;
  denyMarkets: ReadonlySet<string>;
}

export interface WalletPolicy {
  enabled: boolean;
  label: string;
  sizing?: Sizing;
  maxTradeMicro?: MicroUsdc;
  maxExposureMicro?: MicroUsdc;
}

export type Decision =
  | {
      result: 'copy';
      trade: TargetTrade;
      draft: OrderDraft;
      /** Worst price at which the order may fill. */
      limitMicro: PriceMicro;
      /** Cash set aside until the order is settled: cost at the limit plus fee; 0 for a sell. */
      reserveMicro: MicroUsdc;
      /** Shares set aside from our position; 0 for a buy. */
      reserveSharesMicro: MicroShares;
      /** The numbers the decision rests on, for `pmcp trades explain`. */
      facts: Record<string, string | number>;
    }
  | {
      result: 'skip';
      trade: TargetTrade;
      reason: SkipReason;
      detail: string;
      facts: Record<string, string | number>;
    };
