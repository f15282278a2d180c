import type { MicroShares, MicroUsdc, PriceMicro } from './money.ts';
import type { Side } from './trade.ts';

export type OrderType = 'FAK' | 'FOK' | 'GTC' | 'GTD';

/**
 * An order in the venue's own integers, before signing. Rounded so that it can trade at its bound.
 */
export interface OrderDraft {
  tokenId: string;
  side: Side;
  /** What we give: micro-USDC for a BUY, micro-shares for a SELL. */
  makerAmountMicro: number;
  /** What we must at least get: micro-shares for a BUY, micro-USDC for a SELL. */
  takerAmountMicro: number;
  orderType: OrderType;
  negRisk: boolean;
}

/** Built and signed once; the only bytes that are ever posted for it. */
export interface SignedOrder {
  /** EIP-712 hash: the venue's order id, known before posting. */
  orderId: string;
  /** The JSON of the signed order, exactly as journaled and (re)sent. */
  payload: string;
}

/**
 * What became of a post. `unknown` keeps its reservation and is settled by hash or by sending the
 * same bytes again, never by a new signature.
 */
export type PostOutcome =
  | {
      kind: 'accepted';
      status: 'matched' | 'live' | 'delayed';
      filledSharesMicro: MicroShares;
      filledUsdcMicro: MicroUsdc;
      tradeIds: string[];
    }
  /**
   * Proven for THIS send only: after an earlier unknown send of the same bytes it proves nothing
   * about that one (code `duplicate` proves that the order exists; otherwise ask by its hash).
   */
  | { kind: 'rejected'; code: string; message: string; retryAfterMs?: number }
  | { kind: 'unknown'; message: string };

export type TradeStatus = 'MATCHED' | 'MINED' | 'CONFIRMED' | 'RETRYING' | 'FAILED';

/** One fill of one of our orders, by the venue. */
export interface VenueTrade {
  tradeId: string;
  orderId: string;
  tokenId: string;
  conditionId: string;
  side: Side;
  sizeMicro: MicroShares;
  priceMicro: PriceMicro;
  /** By the market's formula; the venue reports no per-trade fee. */
  feeMicro: MicroUsdc;
  status: TradeStatus;
  matchedAtMs: number;
  transactionHash: string;
}

export interface VenueOrder {
  orderId: string;
  tokenId: string;
  conditionId: string;
  side: Side;
  /** UNMATCHED: it was delayed and then found nothing; whether it rests now is not said. */
  status: 'LIVE' | 'MATCHED' | 'DELAYED' | 'UNMATCHED' | 'CANCELED' | 'INVALID';
  originalSizeMicro: MicroShares;
  matchedSizeMicro: MicroShares;
  priceMicro: PriceMicro;
  tradeIds: string[];
}

export interface VenuePosition {
  tokenId: string;
  conditionId: string;
  sizeMicro: MicroShares;
  redeemable: boolean;
}
