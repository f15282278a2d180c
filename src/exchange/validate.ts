import { formatMicro, MICRO, mulDiv } from '../core/money.ts';
import type { ExchangeMarket, NewOrder } from './engine.ts';
import type { LiveOrder, MarketState, World } from './world.ts';

/** FOK and FAK: what is given may have 2 decimals, what is asked for 4; in micro-units. */
const MAKER_STEP = 10_000;
const TAKER_STEP = 100;
/** The venue kills a GTD order this long before its stated expiration. */
export const EXPIRY_MARGIN_MS = 60_000;
const MARKETABLE_BUY_MIN = MICRO;

export const NO_FAK_MATCH = [
  'no orders found to match with FAK order.',
  'FAK orders are partially filled or killed if no match is found.',
].join(' ');
export const NO_FOK_FILL = "order couldn't be fully filled. FOK orders are fully filled or killed.";
const POST_ONLY_CROSSES = 'invalid post-only order: order crosses book';
const BAD_DECIMALS = [
  'invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals,',
  'taker amount a max of 4 decimals',
].join(' ');

export interface Refusal {
  httpStatus: number;
  message: string;
}

const refuse = (message: string, httpStatus = 400): Refusal => ({ httpStatus, message });

const invalid = (order: NewOrder, what: string): Refusal =>
  refuse(`order ${order.orderId} is invalid. ${what}`);

/** What can be said against an order from its own fields and the market's; undefined is nothing. */
export function checkOrder(
  world: World,
  state: MarketState | undefined,
  order: NewOrder,
): Refusal | undefined {
  if (world.faults.frozen) return refuse('matching engine is restarting, retry later', 425);
  if (!wellFormed(order)) return refuse('Invalid order payload');
  if (world.orders.has(order.orderId)) {
    return invalid(order, 'Duplicated.');
  }
  if (!state || state.market.closed) {
    return refuse(`the orderbook ${order.tokenId} does not exist`);
  }
  if (!state.market.acceptingOrders) {
    return refuse('the market is not yet ready to process new orders');
  }
  return (
    checkKind(world, order) ?? checkPrice(state.market, order) ?? checkSize(state.market, order)
  );
}

function wellFormed(order: NewOrder): boolean {
  const amounts = [order.makerAmountMicro, order.takerAmountMicro];
  const immediate = order.orderType === 'FAK' || order.orderType === 'FOK';
  return (
    amounts.every((amount) => Number.isSafeInteger(amount) && amount > 0) &&
    !(order.postOnly && immediate)
  );
}

function checkKind(world: World, order: NewOrder): Refusal | undefined {
  const expires = order.expiresAtMs;
  if (order.orderType === 'GTD') {
    const soonest = world.nowMs + EXPIRY_MARGIN_MS;
    if (expires === undefined || expires <= soonest) return refuse('invalid expiration');
  } else if (expires !== undefined) return refuse('invalid expiration');
  return undefined;
}

const isImmediate = (order: NewOrder) => order.orderType === 'FAK' || order.orderType === 'FOK';

function checkPrice(market: ExchangeMarket, order: NewOrder): Refusal | undefined {
  const { makerAmountMicro: maker, takerAmountMicro: taker } = order;
  if (isImmediate(order) && (maker % MAKER_STEP !== 0 || taker % TAKER_STEP !== 0)) {
    return refuse(BAD_DECIMALS);
  }
  const buy = order.side === 'BUY';
  const price = buy ? maker / taker : taker / maker;
  const tick = market.tickMicro;
  const nearest = Math.round((price * MICRO) / tick) * tick;
  const onGrid = nearest >= tick && nearest <= MICRO - tick && meansPrice(order, nearest);
  if (onGrid) return undefined;
  const shown = String(Number(price.toPrecision(8)));
  const rule = `breaks minimum tick size rule: ${formatMicro(tick)}`;
  return invalid(order, `Price (${shown}) ${rule}`);
}

/**
 * Whether the amounts are what an order at this price on the grid looks like: exact for an order
 * that may rest, and within its own decimals for one that will not.
 */
function meansPrice(order: NewOrder, price: number): boolean {
  const { makerAmountMicro: maker, takerAmountMicro: taker } = order;
  if (!isImmediate(order)) {
    const [usdc, shares] = order.side === 'BUY' ? [maker, taker] : [taker, maker];
    return BigInt(usdc) * BigInt(MICRO) === BigInt(shares) * BigInt(price);
  }
  const ideal =
    order.side === 'BUY'
      ? mulDiv(maker, MICRO, price, 'down')
      : mulDiv(maker, price, MICRO, 'down');
  return Math.abs(taker - ideal) <= TAKER_STEP;
}

/** The scenario's own wallets trade any size: recorded fills are as small as they were. */
const isActor = (order: { owner: string | undefined }) => order.owner === undefined;

function checkSize(market: ExchangeMarket, order: NewOrder): Refusal | undefined {
  if (isImmediate(order) || isActor(order)) return undefined;
  const size = order.side === 'BUY' ? order.takerAmountMicro : order.makerAmountMicro;
  if (size >= market.minOrderSizeMicro) return undefined;
  const minimum = formatMicro(market.minOrderSizeMicro);
  return invalid(order, `Size (${formatMicro(size)}) lower than the minimum: ${minimum}`);
}

/** What can be said against it once it is known that it would trade now. */
export function checkMarketable(order: LiveOrder, postOnly: boolean): Refusal | undefined {
  if (postOnly) return refuse(POST_ONLY_CROSSES);
  const small = order.side === 'BUY' && order.makerAmountMicro < MARKETABLE_BUY_MIN;
  if (small && !isActor(order)) {
    const amount = formatMicro(order.makerAmountMicro);
    return refuse(`invalid amount for a marketable BUY order ($${amount}), min size: $1`);
  }
  return undefined;
}

/** In base units, as the venue shows them. */
export function tooPoor(balance: number, needed: number): Refusal {
  const amounts = `balance: ${balance}, order amount: ${needed}`;
  return refuse(`not enough balance / allowance: the balance is not enough -> ${amounts}`);
}
