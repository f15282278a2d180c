import type { LedgerEvent } from '../core/ledger-types.ts';
import { notional } from '../core/money.ts';
import type { Side } from '../core/trade.ts';

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

/** Replays all events of a ledger, leader by leader, at average cost. Failed fills count nothing. */
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
      const score = scoreOf(scores, event.wallet);
      score.feesMicro += event.feeMicro;
      score.realisedMicro -= event.feeMicro;
      trade(score, lotOf(lots, event.tokenId, event.wallet), event);
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

function trade(
  score: WalletScore,
  lot: Lot,
  fill: { side: Side; sharesMicro: number; usdcMicro: number },
): void {
  if (fill.side === 'BUY') {
    score.boughtMicro += fill.usdcMicro;
    lot.shares += fill.sharesMicro;
    lot.cost += fill.usdcMicro;
    return;
  }
  const part = lot.shares === 0 ? 0 : Math.min(1, fill.sharesMicro / lot.shares);
  const cost = Math.round(lot.cost * part);
  score.soldMicro += fill.usdcMicro;
  score.realisedMicro += fill.usdcMicro - cost;
  lot.shares = Math.max(0, lot.shares - fill.sharesMicro);
  lot.cost -= cost;
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

function lotOf(lots: Map<string, Map<string, Lot>>, tokenId: string, wallet: string): Lot {
  let byWallet = lots.get(tokenId);
  if (!byWallet) {
    byWallet = new Map();
    lots.set(tokenId, byWallet);
  }
  let lot = byWallet.get(wallet);
  if (!lot) {
    lot = { shares: 0, cost: 0 };
    byWallet.set(wallet, lot);
  }
  return lot;
}
