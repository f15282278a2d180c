import type { Clock } from '../clock.ts';
import type { Book, MarketInfo } from '../core/market.ts';
import { MICRO, mulDiv } from '../core/money.ts';
import type {
  OrderDraft,
  PostOutcome,
  SignedOrder,
  VenueOrder,
  VenuePosition,
  VenueTrade,
} from '../core/order.ts';
import { FailedError } from '../errors.ts';
import { simulateFill } from './shadow-fills.ts';
import { openShadowLedger } from './shadow-ledger.ts';

export interface ShadowOptions {
  /** Every fill and redemption, one JSON line each: the account goes on from it. */
  file: string;
  startCashMicro: number;
  clock: Clock;
  market(tokenId: string): MarketInfo | undefined;
  book(tokenId: string): Book | undefined;
  onTrade(trade: VenueTrade): void;
}

/** The account of shadow mode: real books, imagined fills, and no order anywhere. */
export interface ShadowAccount {
  post(order: SignedOrder, draft: OrderDraft): PostOutcome;
  order(orderId: string): VenueOrder | undefined;
  trades(orderId: string | undefined, sinceMs: number): VenueTrade[];
  positions(): VenuePosition[];
  cash(): number;
  redeem(conditionId: string): void;
}

export function createShadowAccount(options: ShadowOptions): ShadowAccount {
  const ledger = openShadowLedger(options.file, options.startCashMicro);
  const positions = (): VenuePosition[] => {
    const tokens = new Map(ledger.trades.map((trade) => [trade.tokenId, trade.conditionId]));
    return [...tokens].flatMap(([tokenId, conditionId]) => {
      const sizeMicro = ledger.held(tokenId);
      const redeemable = options.market(tokenId)?.resolution !== undefined;
      return sizeMicro > 0 ? [{ tokenId, conditionId, sizeMicro, redeemable }] : [];
    });
  };
  return {
    post({ orderId }, draft) {
      const refusal = refusalOf(draft, options);
      if (typeof refusal === 'string') return rejected(refusal);
      const { market, book } = refusal;
      const fill = simulateFill(draft, book, market);
      if (!fill) return rejected('fak_no_match');
      const { tokenId, side } = draft;
      const short =
        side === 'BUY'
          ? fill.usdcMicro + fill.feeMicro > ledger.cash()
          : fill.sharesMicro > ledger.held(tokenId);
      if (short) return rejected('insufficient_balance');
      const trade: VenueTrade = {
        tradeId: `shadow-${orderId}`,
        orderId,
        tokenId,
        conditionId: market.conditionId,
        side,
        sizeMicro: fill.sharesMicro,
        priceMicro: mulDiv(fill.usdcMicro, MICRO, fill.sharesMicro, 'nearest'),
        feeMicro: fill.feeMicro,
        status: 'CONFIRMED',
        matchedAtMs: options.clock.now(),
        transactionHash: '',
      };
      ledger.add(trade);
      setImmediate(() => options.onTrade(trade));
      return {
        kind: 'accepted',
        status: 'matched',
        filledSharesMicro: fill.sharesMicro,
        filledUsdcMicro: fill.usdcMicro,
        tradeIds: [trade.tradeId],
      };
    },
    order(orderId) {
      const trade = ledger.trades.find((entry) => entry.orderId === orderId);
      return trade && orderFrom(trade);
    },
    trades: (orderId, sinceMs) =>
      ledger.trades.filter(
        (trade) =>
          (orderId === undefined || trade.orderId === orderId) && trade.matchedAtMs >= sinceMs,
      ),
    positions,
    cash: ledger.cash,
    redeem(conditionId) {
      for (const { tokenId, sizeMicro, ...position } of positions()) {
        if (position.conditionId !== conditionId) continue;
        const share = payoutOf(options.market(tokenId), tokenId);
        if (share === undefined) {
          throw new FailedError(`market ${conditionId} is not resolved: nothing to redeem`);
        }
        const payoutMicro = mulDiv(sizeMicro, share, MICRO, 'down');
        ledger.add({ redeemed: conditionId, tokenId, sizeMicro, payoutMicro });
      }
    },
  };
}

function refusalOf(draft: OrderDraft, { market, book }: ShadowOptions) {
  if (draft.orderType !== 'FAK' && draft.orderType !== 'FOK') return 'not_supported';
  const found = { market: market(draft.tokenId), book: book(draft.tokenId) };
  if (!found.market || !found.book) return 'market_not_found';
  if (!found.market.acceptingOrders) return 'market_closed';
  return { market: found.market, book: found.book };
}

function rejected(code: string): PostOutcome {
  return { kind: 'rejected', code, message: `shadow mode: ${code}` };
}

function orderFrom(trade: VenueTrade): VenueOrder {
  const { orderId, tokenId, conditionId, side, sizeMicro, priceMicro, tradeId } = trade;
  return {
    orderId,
    tokenId,
    conditionId,
    side,
    status: 'MATCHED',
    originalSizeMicro: sizeMicro,
    matchedSizeMicro: sizeMicro,
    priceMicro,
    tradeIds: [tradeId],
  };
}

/** Micro-USDC per share of this token; undefined until the market is resolved. */
function payoutOf(market: MarketInfo | undefined, tokenId: string): number | undefined {
  if (market?.resolution === undefined) return undefined;
  if (market.resolution === 'split') return MICRO / 2;
  return market.tokenIds[market.resolution] === tokenId ? MICRO : 0;
}
