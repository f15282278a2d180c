import { selectorOf } from './crypto.ts';

const REDEEM = selectorOf('redeemPositions(address,bytes32,bytes32,uint256[])');
const WORD = 64;

/**
 * The conditions that `redeemPositions` calls inside this call data redeem. Batches of smart wallets
 * hold the calls of their contracts as they are, so it is enough to find the function's selector.
 */
export function redeemedConditions(data: string): string[] {
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
