import type { Level } from '../../core/market.ts';
import { floorTo, MICRO } from '../../core/money.ts';
import { complement } from '../book.ts';
import type { MarketState, World } from '../world.ts';
import { keepFunded, rest, withdraw } from './actors.ts';
import { onGrid } from './recording.ts';

const CASH = 50_000_000 * MICRO;

/** One wallet that shows a recorded book as its own orders. */
export interface Mirror {
  show(
    world: World,
    state: MarketState,
    book: { tokenId: string; bids: readonly Level[]; asks: readonly Level[] },
  ): void;
  pull(world: World, conditionId: string): void;
}

export function createMirror(wallet: string): Mirror {
  const shown = new Map<string, Map<string, string>>();
  return {
    show(world, state, book) {
      keepFunded(world, wallet, CASH);
      const { tokenIds, tickMicro, conditionId } = state.market;
      const other = tokenIds[0] === book.tokenId ? tokenIds[1] : tokenIds[0];
      const wanted = new Map<string, { tokenId: string; priceMicro: number; sizeMicro: number }>();
      const want = (tokenId: string, price: number, size: number) => {
        const sizeMicro = floorTo(size, 10_000);
        const priceMicro = onGrid(price, tickMicro);
        if (sizeMicro > 0)
          wanted.set(`${tokenId}@${priceMicro}`, { tokenId, priceMicro, sizeMicro });
      };
      for (const { priceMicro, sizeMicro } of book.bids) want(book.tokenId, priceMicro, sizeMicro);
      for (const { priceMicro, sizeMicro } of book.asks) {
        want(other, complement(priceMicro), sizeMicro);
      }
      const orders = shown.get(conditionId) ?? new Map<string, string>();
      shown.set(conditionId, orders);
      for (const [key, orderId] of orders) {
        if (world.orders.get(orderId)?.remainingMicro === wanted.get(key)?.sizeMicro) continue;
        withdraw(world, orderId);
        orders.delete(key);
      }
      for (const [key, order] of wanted) {
        if (orders.has(key)) continue;
        const orderId = rest(world, wallet, { ...order, side: 'BUY' });
        if (orderId !== undefined) orders.set(key, orderId);
      }
    },
    pull(world, conditionId) {
      for (const orderId of shown.get(conditionId)?.values() ?? []) withdraw(world, orderId);
      shown.delete(conditionId);
    },
  };
}
