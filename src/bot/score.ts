import type { LedgerEvent } from '../core/ledger-types.ts';
import { mulDiv, notional } from '../core/money.ts';

/** What following one wallet has brought. Micro-USDC. */
export interface WalletScore {
  wallet: string;
  copied: number;
  skipped: number;
  boughtMicro: number;
  soldMicro: number;
  paidOutMicro: number;
  feesMicro: number;
  /** Of what is still open, at cost. */
  openCostMicro: number;
  /** Sold and paid out, minus the cost of just that, minus all fees. */
  realisedMicro: number;
}

interface Lot {
  shares: number;
  cost: number;
}

/**
 * Replays all events of a ledger, leader by leader, at average cost. Failed fills count nothing.
 */
export function scoresFrom(
  events: readonly LedgerEvent[],
  counts: readonly { wallet: string; result: string; count: number }[],
): WalletScore[] {
  const scores = new Map<string, WalletScore>();
  const lots = new Map<string, Map<string, Lot>>();
  const failed = new Set<string>();
  for (const event of events) if (event.kind === 'void') failed.add(event.tradeId);
  for (const { wallet, result, count } of counts) {
    const score = scoreOf(scores, wallet);
    if (result === 'copy') score.copied += count;
    else score.skipped += count;
  }
  for (const event of events) {
    if (event.kind === 'fill' && !failed.has(event.tradeId)) {
      const byWallet = lotsOf(lots, event.tokenId);
      if (event.side === 'BUY') buy(scoreOf(scores, event.wallet), byWallet, event);
      else sell((wallet) => scoreOf(scores, wallet), byWallet, event);
    } else if (event.kind === 'resolve') {
      for (const [wallet, lot] of lots.get(event.tokenId) ?? []) {
        const score = scoreOf(scores, wallet);
        const paid = notional(lot.shares, event.payoutMicro, 'down');
        score.paidOutMicro += paid;
        score.realisedMicro += paid - lot.cost;
      }
      lots.delete(event.tokenId);
    }
  }
  for (const byWallet of lots.values()) {
    for (const [wallet, { cost }] of byWallet) scoreOf(scores, wallet).openCostMicro += cost;
  }
  return [...scores.values()].sort((a, b) => b.realisedMicro - a.realisedMicro);
}

interface Fill {
  wallet: string;
  sharesMicro: number;
  usdcMicro: number;
  feeMicro: number;
}

function buy(score: WalletScore, lots: Map<string, Lot>, fill: Fill): void {
  const lot = lots.get(fill.wallet) ?? { shares: 0, cost: 0 };
  lots.set(fill.wallet, lot);
  lot.shares += fill.sharesMicro;
  lot.cost += fill.usdcMicro;
  score.boughtMicro += fill.usdcMicro;
  score.feesMicro += fill.feeMicro;
  score.realisedMicro -= fill.feeMicro;
}

/** As the ledger does: from the lot of the fill's own leader first, then from the others. */
function sell(scoreOf: (wallet: string) => WalletScore, lots: Map<string, Lot>, fill: Fill): void {
  let left = fill.sharesMicro;
  const order = [fill.wallet, ...[...lots.keys()].filter((wallet) => wallet !== fill.wallet)];
  for (const wallet of order) {
    const lot = lots.get(wallet);
    const shares = Math.min(left, lot?.shares ?? 0);
    if (!lot || shares === 0) continue;
    const cost = mulDiv(lot.cost, shares, lot.shares, 'nearest');
    const proceeds = mulDiv(fill.usdcMicro, shares, fill.sharesMicro, 'nearest');
    const fee = mulDiv(fill.feeMicro, shares, fill.sharesMicro, 'nearest');
    const score = scoreOf(wallet);
    score.soldMicro += proceeds;
    score.feesMicro += fee;
    score.realisedMicro += proceeds - cost - fee;
    lot.shares -= shares;
    lot.cost -= cost;
    left -= shares;
  }
}

function scoreOf(scores: Map<string, WalletScore>, wallet: string): WalletScore {
  let score = scores.get(wallet);
  if (!score) {
    score = {
      wallet,
      copied: 0,
      skipped: 0,
      boughtMicro: 0,
      soldMicro: 0,
      paidOutMicro: 0,
      feesMicro: 0,
      openCostMicro: 0,
      realisedMicro: 0,
    };
    scores.set(wallet, score);
  }
  return score;
}

function lotsOf(lots: Map<string, Map<string, Lot>>, tokenId: string): Map<string, Lot> {
  let byWallet = lots.get(tokenId);
  if (!byWallet) {
    byWallet = new Map();
    lots.set(tokenId, byWallet);
  }
  return byWallet;
}
