import type { MicroUsdc } from '../core/money.ts';
import {
  type Account,
  accountOf,
  bookDisposal,
  holdingOf,
  receiveShares,
  touch,
} from './accounts.ts';
import type { LiveTrade, World } from './world.ts';

/** Takes what each side gives out of its account. Locked parts were released before. */
export function takeIntoEscrow(world: World, trade: LiveTrade): void {
  give(world, trade.taker, trade.tokenId, trade.side, trade.sizeMicro, takerCash(trade));
  for (const maker of trade.makers) {
    give(world, maker.maker, maker.tokenId, maker.side, maker.sizeMicro, maker.usdcMicro);
  }
}

function takerCash(trade: LiveTrade): MicroUsdc {
  return trade.usdcMicro + (trade.side === 'BUY' ? trade.takerFeeMicro : 0);
}

function give(
  world: World,
  wallet: string,
  tokenId: string,
  side: string,
  size: number,
  cash: number,
) {
  const account = accountOf(world, wallet);
  if (side === 'BUY') account.freeMicro -= cash;
  else {
    const holding = holdingOf(account, tokenId);
    holding.freeMicro -= size;
    holding.outgoingMicro += size;
  }
  touch(world, account);
}

/** Two buyers made a pair of shares, or two sellers gave one up. */
function mintOrMerge(world: World, trade: LiveTrade, size: number): void {
  const state = world.markets.get(trade.conditionId);
  if (!state) return;
  state.collateralMicro += trade.side === 'BUY' ? size : -size;
  world.dirty.markets.add(trade.conditionId);
}

export function handOver(world: World, trade: LiveTrade): void {
  const taker = accountOf(world, trade.taker);
  const proceeds = trade.usdcMicro;
  receive(taker, trade.tokenId, trade.side, trade.sizeMicro, proceeds);
  if (trade.side === 'SELL') taker.freeMicro -= trade.takerFeeMicro;
  world.feesMicro += trade.takerFeeMicro;
  touch(world, taker);
  for (const maker of trade.makers) {
    const account = accountOf(world, maker.maker);
    receive(account, maker.tokenId, maker.side, maker.sizeMicro, maker.usdcMicro);
    touch(world, account);
    if (maker.tokenId !== trade.tokenId) mintOrMerge(world, trade, maker.sizeMicro);
  }
}

function receive(account: Account, tokenId: string, side: string, size: number, usdc: number) {
  const holding = holdingOf(account, tokenId);
  if (side === 'BUY') return receiveShares(holding, size, usdc);
  holding.outgoingMicro -= size;
  bookDisposal(holding, size, usdc);
  account.freeMicro += usdc;
}

export function handBack(world: World, trade: LiveTrade): void {
  restore(world, trade.taker, trade.tokenId, trade.side, trade.sizeMicro, takerCash(trade));
  for (const maker of trade.makers) {
    restore(world, maker.maker, maker.tokenId, maker.side, maker.sizeMicro, maker.usdcMicro);
  }
}

function restore(
  world: World,
  wallet: string,
  tokenId: string,
  side: string,
  size: number,
  cash: number,
) {
  const account = accountOf(world, wallet);
  if (side === 'BUY') account.freeMicro += cash;
  else {
    const holding = holdingOf(account, tokenId);
    holding.outgoingMicro -= size;
    holding.freeMicro += size;
  }
  touch(world, account);
}

/** Cash that waits with unsettled trades. */
export function escrowCash(world: World): MicroUsdc {
  let cash = 0;
  for (const trade of world.pending) {
    if (trade.side === 'BUY') cash += takerCash(trade);
    for (const maker of trade.makers) if (maker.side === 'BUY') cash += maker.usdcMicro;
  }
  return cash;
}
