import { createHash } from 'node:crypto';
import { notional } from '../core/money.ts';
import type { ActivityRow, ExchangeTrade } from './engine.ts';
import { handBack, handOver } from './escrow.ts';
import type { SweepLevel } from './matching.ts';
import { emit, indexOf, type LiveOrder, type LiveTrade, publicTrade, type World } from './world.ts';

/**
 * A trade's way to the chain. At the match, cash and shares leave both sides and wait with the
 * trade; CONFIRMED hands them over, FAILED hands them back. So bought shares cannot be sold before
 * they are there, and a failed trade leaves no trace but its record.
 */
export function openTrade(world: World, taker: LiveOrder, level: SweepLevel): LiveTrade {
  const trade: LiveTrade = {
    id: tradeId(world),
    conditionId: taker.conditionId,
    tokenId: taker.tokenId,
    takerOrderId: taker.orderId,
    takerOwner: taker.owner,
    taker: taker.maker,
    side: taker.side,
    sizeMicro: level.sizeMicro,
    priceMicro: level.priceMicro,
    usdcMicro: level.usdcMicro,
    takerFeeMicro: level.feeMicro,
    makers: level.fills.map(({ maker, sizeMicro }) => makerSide(taker, level, maker, sizeMicro)),
    status: 'MATCHED',
    matchedAtMs: world.nowMs,
    updatedAtMs: world.nowMs,
    transactionHash: undefined,
    nextAtMs: world.nowMs + world.settlement.minedMs + world.faults.settlementDelayMs,
    failing: false,
    kept: false,
  };
  trade.kept = ownersOf(trade).length > 0;
  trade.failing = taker.failSettlement || (trade.kept && drawFailure(world));
  world.trades.set(trade.id, trade);
  world.pending.add(trade);
  for (const owner of ownersOf(trade)) indexOf(world, owner).trades.push(trade.id);
  tell(world, trade);
  return trade;
}

function makerSide(taker: LiveOrder, level: SweepLevel, maker: LiveOrder, sizeMicro: number) {
  const same = maker.tokenId === taker.tokenId;
  // Exact: the size is a multiple of the step at which this price costs whole micro-USDC.
  const takerUsdc = notional(sizeMicro, level.priceMicro, 'down');
  const usdcMicro = same ? takerUsdc : sizeMicro - takerUsdc;
  return {
    orderId: maker.orderId,
    owner: maker.owner,
    maker: maker.maker,
    tokenId: maker.tokenId,
    side: maker.side,
    sizeMicro,
    priceMicro: maker.priceMicro,
    usdcMicro,
  };
}

function drawFailure(world: World): boolean {
  const { faults } = world;
  if (faults.failNextTrades > 0) {
    faults.failNextTrades--;
    return true;
  }
  return faults.failTradeRatio > 0 && world.faultDice.chance(faults.failTradeRatio);
}

/** The API keys in a trade, each once. */
function ownersOf(trade: ExchangeTrade): string[] {
  const owners = [trade.takerOwner, ...trade.makers.map((maker) => maker.owner)];
  return [...new Set(owners.filter((owner) => owner !== undefined))];
}

/** Moves every trade whose step is due. */
export function settleDue(world: World): void {
  for (const trade of world.pending) {
    while (trade.nextAtMs !== undefined && trade.nextAtMs <= world.nowMs) step(world, trade);
  }
}

function step(world: World, trade: LiveTrade): void {
  const delay = world.settlement.confirmedMs + world.faults.settlementDelayMs;
  trade.updatedAtMs = Math.max(trade.updatedAtMs, trade.nextAtMs ?? 0);
  if (trade.status === 'MATCHED') {
    trade.status = trade.failing ? 'RETRYING' : 'MINED';
    trade.nextAtMs = trade.updatedAtMs + delay;
    if (!trade.failing) mine(world, trade);
  } else if (trade.status === 'RETRYING') {
    finish(world, trade, 'FAILED');
    handBack(world, trade);
  } else {
    finish(world, trade, 'CONFIRMED');
    handOver(world, trade);
  }
  tell(world, trade);
}

function finish(world: World, trade: LiveTrade, status: 'CONFIRMED' | 'FAILED'): void {
  trade.status = status;
  trade.nextAtMs = undefined;
  world.pending.delete(trade);
  if (!trade.kept) world.trades.delete(trade.id);
}

function tell(world: World, trade: LiveTrade): void {
  world.dirty.trades.add(trade.id);
  emit(world, { kind: 'trade', trade: publicTrade(trade) });
}

/** All trades of one taker order at one moment are one transaction. */
function mine(world: World, trade: LiveTrade): void {
  const hash = createHash('sha256').update(`${trade.takerOrderId}:${trade.matchedAtMs}`);
  trade.transactionHash = `0x${hash.digest('hex')}`;
  const rows = [
    { ...trade, wallet: trade.taker, isTaker: true },
    ...trade.makers.map((maker) => ({ ...maker, wallet: maker.maker, isTaker: false })),
  ];
  for (const row of rows) {
    const market = world.markets.get(trade.conditionId)?.market;
    appendActivity(world, {
      type: 'TRADE',
      wallet: row.wallet,
      tokenId: row.tokenId,
      conditionId: trade.conditionId,
      side: row.side,
      sizeMicro: row.sizeMicro,
      priceMicro: row.priceMicro,
      usdcMicro: row.usdcMicro,
      timestampMs: trade.updatedAtMs,
      transactionHash: trade.transactionHash,
      outcomeIndex: market?.tokenIds[0] === row.tokenId ? 0 : 1,
      taker: row.isTaker,
    });
  }
}

export function appendActivity(world: World, row: Omit<ActivityRow, 'sequence'>): void {
  const complete = { ...row, sequence: ++world.sequence };
  world.activity.append(complete);
  emit(world, { kind: 'activity', row: complete });
}

/** Looks like the venue's UUIDs; the same run gives the same ids. */
function tradeId(world: World): string {
  const hex = createHash('sha256')
    .update(`trade:${world.seed}:${++world.sequence}`)
    .digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}
