import { floorTo, MICRO, mulDiv, notional, type PriceMicro, sharesFor } from './money.ts';
import type { OrderDraft } from './order.ts';

/** What the venue takes for FOK and FAK, at every tick: maker 2 decimals, taker 4. */
export const MAKER_STEP_MICRO = 10_000;
const TAKER_STEP_MICRO = 100;

/** What an order needs of its market. */
export interface OrderTerms {
  tokenId: string;
  tickMicro: PriceMicro;
  negRisk: boolean;
}

/** Inside [tick, 1 - tick] and on the price grid. */
export function isOrderPrice(price: PriceMicro, tick: PriceMicro): boolean {
  return price >= tick && price <= MICRO - tick && price % tick === 0;
}

/**
 * A FAK buy that spends at most `budgetMicro` at `limitMicro` or better; undefined when the venue's
 * decimals cannot express it.
 *
 * The shares asked for are rounded DOWN, so that the order can trade at the limit itself: rounded
 * up, as the official client does, the implied price lies below the limit and is never met. The
 * implied price then lies above the limit, by less than one tick: no grid price lies between.
 */
export function draftBuy(
  terms: OrderTerms,
  limitMicro: PriceMicro,
  budgetMicro: number,
): OrderDraft | undefined {
  if (!isOrderPrice(limitMicro, terms.tickMicro) || !(budgetMicro >= MAKER_STEP_MICRO)) {
    return undefined;
  }
  const makerAmountMicro = floorTo(budgetMicro, MAKER_STEP_MICRO);
  const takerAmountMicro = floorTo(
    sharesFor(makerAmountMicro, limitMicro, 'down'),
    TAKER_STEP_MICRO,
  );
  const implied = mulDiv(makerAmountMicro, MICRO, takerAmountMicro, 'down');
  if (implied >= limitMicro + terms.tickMicro) return undefined;
  return fak(terms, 'BUY', makerAmountMicro, takerAmountMicro);
}

/**
 * A FAK sell of at most `sharesMicro` at `limitMicro` or better; undefined when the venue's
 * decimals cannot express it: nothing below 0.01 shares, and on a fine grid some dust below one
 * share.
 */
export function draftSell(
  terms: OrderTerms,
  limitMicro: PriceMicro,
  sharesMicro: number,
): OrderDraft | undefined {
  if (!isOrderPrice(limitMicro, terms.tickMicro) || !(sharesMicro >= MAKER_STEP_MICRO)) {
    return undefined;
  }
  const makerAmountMicro = floorTo(sharesMicro, MAKER_STEP_MICRO);
  const takerAmountMicro = floorTo(
    notional(makerAmountMicro, limitMicro, 'down'),
    TAKER_STEP_MICRO,
  );
  if (takerAmountMicro === 0) return undefined;
  const implied = mulDiv(takerAmountMicro, MICRO, makerAmountMicro, 'up');
  if (implied <= limitMicro - terms.tickMicro) return undefined;
  return fak(terms, 'SELL', makerAmountMicro, takerAmountMicro);
}

function fak(
  terms: OrderTerms,
  side: 'BUY' | 'SELL',
  makerAmountMicro: number,
  takerAmountMicro: number,
): OrderDraft {
  return {
    tokenId: terms.tokenId,
    side,
    makerAmountMicro,
    takerAmountMicro,
    orderType: 'FAK',
    negRisk: terms.negRisk,
  };
}
