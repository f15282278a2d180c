import {
  floorTo,
  type MicroShares,
  type MicroUsdc,
  notional,
  type PriceMicro,
  sharesFor,
} from '../../core/money.ts';
import type { Side } from '../../core/trade.ts';
import { accountOf, deposit, openAccount } from '../accounts.ts';
import { complement } from '../book.ts';
import type { NewOrder, SubmitResult } from '../engine.ts';
import { end } from '../order-life.ts';
import { submitOrder } from '../orders.ts';
import type { MarketState, World } from '../world.ts';

const CENT = 10_000;

/** How the scenario's own wallets trade: by the same door as everybody, without an API key. */
export function buyNow(
  world: World,
  wallet: string,
  tokenId: string,
  cash: MicroUsdc,
  limit: PriceMicro,
): SubmitResult {
  const makerAmountMicro = floorTo(cash, CENT);
  const takerAmountMicro = floorTo(sharesFor(makerAmountMicro, limit, 'down'), 100);
  return send(world, wallet, { tokenId, side: 'BUY', makerAmountMicro, takerAmountMicro }, 'FAK');
}

export function sellNow(
  world: World,
  wallet: string,
  tokenId: string,
  shares: MicroShares,
  limit: PriceMicro,
): SubmitResult {
  const makerAmountMicro = floorTo(shares, CENT);
  const takerAmountMicro = floorTo(notional(makerAmountMicro, limit, 'down'), 100);
  return send(world, wallet, { tokenId, side: 'SELL', makerAmountMicro, takerAmountMicro }, 'FAK');
}

/** A resting order; returns its id, or undefined when it was refused. */
export function rest(
  world: World,
  wallet: string,
  order: { tokenId: string; side: Side; priceMicro: PriceMicro; sizeMicro: MicroShares },
): string | undefined {
  const { tokenId, side, sizeMicro } = order;
  const usdc = notional(sizeMicro, order.priceMicro, 'down');
  const [makerAmountMicro, takerAmountMicro] =
    side === 'BUY' ? [usdc, sizeMicro] : [sizeMicro, usdc];
  const input = { tokenId, side, makerAmountMicro, takerAmountMicro };
  const orderId = actorOrderId(world);
  return send(world, wallet, input, 'GTC', orderId).ok ? orderId : undefined;
}

function actorOrderId(world: World): string {
  return `0xac${(++world.sequence).toString(16).padStart(62, '0')}`;
}

function send(
  world: World,
  maker: string,
  amounts: Pick<NewOrder, 'tokenId' | 'side' | 'makerAmountMicro' | 'takerAmountMicro'>,
  orderType: 'FAK' | 'GTC',
  orderId = actorOrderId(world),
): SubmitResult {
  return submitOrder(world, {
    ...amounts,
    orderId,
    owner: undefined,
    maker,
    orderType,
    postOnly: false,
    expiresAtMs: undefined,
  });
}

export function withdraw(world: World, orderId: string): void {
  const order = world.orders.get(orderId);
  if (order?.status === 'LIVE') end(world, order, 'CANCELED');
}

/** Opens the actor's account, and fills it up when it ran low: a run may go on for days. */
export function keepFunded(world: World, wallet: string, cash: MicroUsdc): void {
  openAccount(world, wallet, cash, false);
  const account = accountOf(world, wallet);
  if (account.freeMicro < cash / 10) deposit(world, account, cash);
}

/** Best prices of one outcome; undefined where its book is empty. */
export function quotesOf(state: MarketState, outcome: 0 | 1) {
  const bid = state.book.bids.best();
  const ask = state.book.asks.best();
  if (outcome === 0) return { bid, ask };
  return {
    bid: ask === undefined ? undefined : complement(ask),
    ask: bid === undefined ? undefined : complement(bid),
  };
}
