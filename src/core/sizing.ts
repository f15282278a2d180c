import type { Policy, Sizing, WalletPolicy } from './decision.ts';
import { MICRO, type MicroShares, type MicroUsdc, mulDiv, notional } from './money.ts';
import { toPpm } from './slippage.ts';
import type { TargetTrade } from './trade.ts';

/** A marketable BUY below 1 USD is refused by the venue. */
const VENUE_MIN_BUY_MICRO = MICRO;

/** Sums beyond this are cut to it first: no cap lets them through, and products stay exact. */
const LARGEST_SUM_MICRO = 100_000_000 * MICRO;

/** What a copy of this trade should cost by the sizing mode, before caps and limits. */
export function wantedCost(trade: TargetTrade, sizing: Sizing, equityMicro: MicroUsdc): MicroUsdc {
  switch (sizing.mode) {
    case 'fixed':
      return sizing.usdcMicro;
    case 'bankroll':
      return share(Math.max(0, equityMicro), sizing.fraction);
    case 'proportional':
      return share(notional(trade.sizeMicro, trade.priceMicro, 'down'), sizing.ratio);
  }
}

const LARGEST_FRACTION = 10;

/** An unsound fraction takes nothing, and nothing is below every minimum. */
function share(sum: MicroUsdc, fraction: number): MicroUsdc {
  if (!(fraction >= 0 && fraction <= LARGEST_FRACTION)) return 0;
  return mulDiv(Math.min(sum, LARGEST_SUM_MICRO), toPpm(fraction), MICRO, 'down');
}

/** Largest copy of this wallet's trades. */
export function tradeCap(policy: Policy, wallet: WalletPolicy): MicroUsdc {
  return wallet.maxTradeMicro ?? policy.maxTradeMicro;
}

/** Smallest entry: the configured minimum, and the venue's. */
export function smallestEntry(policy: Policy): MicroUsdc {
  return Math.max(policy.minTradeMicro, VENUE_MIN_BUY_MICRO);
}

/**
 * How much of what we hold follows the leader's reduction: the fraction he sold of HIS holding. An
 * unknown holding, or one smaller than the sale, counts as all of it: leaving with him is the safe
 * side. Never more than we hold.
 */
export function mirroredReduction(
  soldMicro: MicroShares,
  leaderHoldingMicro: MicroShares | undefined,
  heldMicro: MicroShares,
): MicroShares {
  if (leaderHoldingMicro === undefined || !(leaderHoldingMicro > soldMicro)) return heldMicro;
  return mulDiv(heldMicro, soldMicro, leaderHoldingMicro, 'up');
}
