import type { Decision, Policy, Snapshot } from './decision.ts';
import { ENTRY_GATES, type Entry } from './entry.ts';
import { planExit } from './exits.ts';
import { formatMicro } from './money.ts';
import type { OrderDraft } from './order.ts';
import { mirroredReduction } from './sizing.ts';
import type { TargetTrade } from './trade.ts';

/**
 * Whether and how a leader's fill is copied. Pure: everything it looks at is in its arguments.
 *
 * A BUY passes every gate of ENTRY_GATES or is skipped. A SELL only ever reduces what we hold, so
 * no breaker, entry block, age or limit stops it: it needs shares, a market and a bid.
 */
export function decide(trade: TargetTrade, snapshot: Snapshot, policy: Policy): Decision {
  return trade.side === 'BUY' ? enter(trade, snapshot, policy) : leave(trade, snapshot, policy);
}

function enter(trade: TargetTrade, snapshot: Snapshot, policy: Policy): Decision {
  const entry: Entry = {
    trade,
    snapshot,
    policy,
    wallet: undefined,
    bestAskMicro: 0,
    limitMicro: 0,
    budgetMicro: 0,
    draft: undefined,
    reserveMicro: 0,
    facts: {},
  };
  for (const gate of ENTRY_GATES) {
    const refusal = gate(entry);
    if (refusal !== undefined) {
      return { result: 'skip', trade, reason: refusal[0], detail: refusal[1], facts: entry.facts };
    }
  }
  return {
    result: 'copy',
    trade,
    draft: entry.draft as OrderDraft,
    limitMicro: entry.limitMicro,
    reserveMicro: entry.reserveMicro,
    reserveSharesMicro: 0,
    facts: entry.facts,
  };
}

function leave(trade: TargetTrade, snapshot: Snapshot, policy: Policy): Decision {
  const { heldMicro, pendingSellMicro, leaderHoldingMicro, market, book } = snapshot;
  const facts: Record<string, string | number> = { heldMicro, pendingSellMicro };
  facts.leaderHoldingMicro = leaderHoldingMicro ?? 'unknown';
  const skip = (reason: 'no_position' | 'pending_exit', detail: string): Decision => ({
    result: 'skip',
    trade,
    reason,
    detail,
    facts,
  });
  if (!(heldMicro > 0)) {
    return pendingSellMicro > 0
      ? skip('pending_exit', `${formatMicro(pendingSellMicro)} shares are being sold already`)
      : skip('no_position', 'nothing of this is held for this wallet');
  }
  const wanted = mirroredReduction(trade.sizeMicro, leaderHoldingMicro, heldMicro);
  facts.wantedSharesMicro = wanted;
  const plan = planExit(trade.tokenId, wanted, market, book, policy.maxSlippage);
  if ('skip' in plan) {
    return { result: 'skip', trade, reason: plan.skip, detail: plan.detail, facts };
  }
  const { bestBidMicro, ...order } = plan;
  facts.bestBidMicro = bestBidMicro;
  facts.limitMicro = order.limitMicro;
  return { result: 'copy', trade, reserveMicro: 0, ...order, facts };
}
