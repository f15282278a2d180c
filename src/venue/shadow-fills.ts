import { takerFee } from '../core/fees.ts';
import type { Book, MarketInfo } from '../core/market.ts';
import { MICRO, mulDiv, notional } from '../core/money.ts';
import type { OrderDraft } from '../core/order.ts';

/** What an order would have got from a book. */
export interface SimulatedFill {
  sharesMicro: number;
  usdcMicro: number;
  feeMicro: number;
}

/** Walks the visible book within the order's own bound; undefined when nothing would fill. */
export function simulateFill(
  draft: OrderDraft,
  book: Book,
  market: MarketInfo,
): SimulatedFill | undefined {
  const buys = draft.side === 'BUY';
  const cash = buys ? draft.makerAmountMicro : draft.takerAmountMicro;
  const shares = buys ? draft.takerAmountMicro : draft.makerAmountMicro;
  if (shares <= 0) return undefined;
  const limitMicro = mulDiv(cash, MICRO, shares, buys ? 'down' : 'up');
  const fill = { sharesMicro: 0, usdcMicro: 0, feeMicro: 0 };
  for (const { priceMicro, sizeMicro } of buys ? book.asks : book.bids) {
    if (buys ? priceMicro > limitMicro : priceMicro < limitMicro) break;
    const rest = buys
      ? mulDiv(cash - fill.usdcMicro, MICRO, priceMicro, 'down')
      : shares - fill.sharesMicro;
    const take = Math.min(rest, sizeMicro);
    if (take <= 0) break;
    fill.sharesMicro += take;
    fill.usdcMicro += notional(take, priceMicro, buys ? 'up' : 'down');
    fill.feeMicro += takerFee(take, priceMicro, market.feeRate, market.feeExponent);
  }
  const whole = buys ? fill.sharesMicro >= shares : fill.sharesMicro === shares;
  if (fill.sharesMicro === 0 || (draft.orderType === 'FOK' && !whole)) return undefined;
  return fill;
}
