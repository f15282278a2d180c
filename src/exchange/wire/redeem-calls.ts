import { selectorOf } from './crypto.ts';
import type { Wire } from './wire.ts';

const REDEEM = selectorOf('redeemPositions(address,bytes32,bytes32,uint256[])');
const APPROVALS = [
  selectorOf('approve(address,uint256)'),
  selectorOf('setApprovalForAll(address,bool)'),
];
const WORD = 64;

/**
 * Runs the calls of one transaction of a wallet; the text is why it reverted, empty when it did
 * not. Approvals succeed, as everything is approved; what has no effect here (a merge) must not
 * look done.
 */
export function runCalls(wire: Wire, wallet: string, calls: readonly string[]): string {
  const conditions = calls.flatMap(redeemedConditions);
  if (conditions.length === 0) {
    const approval = calls.every((data) => APPROVALS.includes(data.slice(2, 10)));
    return approval ? '' : 'execution reverted: not supported on paper';
  }
  for (const condition of conditions) {
    if (wire.engine.market(condition)?.resolution === undefined) {
      return `execution reverted: condition ${condition} is not resolved`;
    }
    wire.engine.redeem(wallet, condition);
  }
  return '';
}

/**
 * The conditions that the `redeemPositions` calls in this data redeem. Batches of smart wallets
 * hold the calls of their contracts as they are, so it is enough to find the function's selector.
 */
function redeemedConditions(data: string): string[] {
  const found: string[] = [];
  let at = data.indexOf(REDEEM);
  while (at !== -1) {
    // Arguments: collateral, parent collection, condition, index sets.
    const start = at + REDEEM.length + 2 * WORD;
    const condition = data.slice(start, start + WORD);
    if (at % 2 === 0 && condition.length === WORD) found.push(`0x${condition}`);
    at = data.indexOf(REDEEM, at + 1);
  }
  return found;
}
