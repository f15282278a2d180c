import type { Decision, Policy, Snapshot } from './decision.ts';
import type { TargetTrade } from './trade.ts';

export function decide(_trade: TargetTrade, _snapshot: Snapshot, _policy: Policy): Decision {
  throw new Error('not built yet');
}
