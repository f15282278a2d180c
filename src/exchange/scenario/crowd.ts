import { MICRO } from '../../core/money.ts';
import { holdingOf } from '../accounts.ts';
import type { Prng } from '../prng.ts';
import type { MarketState, World } from '../world.ts';
import { buyNow, keepFunded, quotesOf, sellNow } from './actors.ts';
import { walletFrom } from './listings.ts';

const PEOPLE = 24;
const CASH = 5_000 * MICRO;
const SELL_AT_LEAST = 5 * MICRO;

/** People nobody follows: they make the tape busy and nothing else. */
export function crowdTrade(
  world: World,
  seed: number,
  open: readonly MarketState[],
  dice: Prng,
): void {
  if (open.length === 0) return;
  const wallet = walletFrom(`crowd:${seed}:${dice.between(1, PEOPLE)}`);
  keepFunded(world, wallet, CASH);
  const state = dice.pick(open);
  const outcome = dice.chance(0.5) ? 0 : 1;
  const { bid, ask } = quotesOf(state, outcome);
  const tokenId = state.market.tokenIds[outcome];
  const account = world.accounts.get(wallet);
  const free = account ? holdingOf(account, tokenId).freeMicro : 0;
  if (free >= SELL_AT_LEAST && bid !== undefined) {
    sellNow(world, wallet, tokenId, free, bid);
  } else if (ask !== undefined) {
    buyNow(world, wallet, tokenId, dice.between(2, 60) * MICRO, ask);
  }
}
