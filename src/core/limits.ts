import type { Policy, SkipReason, Snapshot, WalletPolicy } from './decision.ts';
import type { MicroUsdc } from './money.ts';

/** What one limit still leaves for a new entry, fees included. */
export interface Room {
  reason: SkipReason;
  name: string;
  limitMicro: MicroUsdc;
  usedMicro: MicroUsdc;
}

/** Every money limit on entries, in the order in which equals are blamed. */
export function rooms(snapshot: Snapshot, policy: Policy, wallet: WalletPolicy): Room[] {
  const { exposure } = snapshot;
  const walletLimit = wallet.maxExposureMicro ?? policy.maxWalletExposureMicro;
  return [
    room('max_position', 'position', policy.maxPositionMicro, exposure.tokenMicro),
    room('wallet_limit', 'wallet', walletLimit, exposure.walletMicro),
    room('market_limit', 'market', policy.maxMarketExposureMicro, exposure.marketMicro),
    room('event_limit', 'event', policy.maxEventExposureMicro, exposure.eventMicro),
    room('total_limit', 'total', policy.maxTotalExposureMicro, exposure.totalMicro),
    room('insufficient_cash', 'cash', snapshot.cashMicro, 0),
  ];
}

function room(reason: SkipReason, name: string, limitMicro: number, usedMicro: number): Room {
  return { reason, name, limitMicro, usedMicro };
}

/** The limit that leaves least. NaN leaves nothing: an unreadable limit is a closed one. */
export function tightest(candidates: readonly Room[]): Room & { leftMicro: MicroUsdc } {
  let best: (Room & { leftMicro: MicroUsdc }) | undefined;
  for (const candidate of candidates) {
    const left = candidate.limitMicro - candidate.usedMicro;
    const leftMicro = Number.isNaN(left) ? 0 : Math.max(left, 0);
    if (best === undefined || leftMicro < best.leftMicro) best = { ...candidate, leftMicro };
  }
  if (best === undefined) throw new RangeError('no limits given');
  return best;
}
