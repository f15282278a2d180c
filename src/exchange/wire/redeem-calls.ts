import { selectorOf } from './crypto.ts';
import type { Wire } from './wire.ts';

const REDEEM = selectorOf('redeemPositions(address,bytes32,bytes32,uint256[])');
const MERGE = selectorOf('mergePositions(address,bytes32,bytes32,uint256[],uint256)');
const APPROVALS = [
  selectorOf('approve(address,uint256)'),
  selectorOf('setApprovalForAll(address,bool)'),
];
const WORD = 64;

/**
 * Runs the calls of one transaction of a wallet; the text is why it reverted, empty when it did
 * not. Approvals succeed, as everything is approved; what has no effect here must not look done.
 */
export function runCalls(wire: Wire, wallet: string, calls: readonly string[]): string {
  const redeemed = calls.flatMap((data) => argumentsOf(data, REDEEM, 4));
  const merged = calls.flatMap((data) => argumentsOf(data, MERGE, 5));
  if (redeemed.length + merged.length === 0) {
    const approval = calls.every((data) => APPROVALS.includes(data.slice(2, 10)));
    return approval ? '' : 'execution reverted: not supported on paper';
  }
  for (const [, , word] of redeemed) {
    const condition = `0x${word}`;
    if (wire.engine.market(condition)?.resolution === undefined) {
      return `execution reverted: condition ${condition} is not resolved`;
    }
    wire.engine.redeem(wallet, condition);
  }
  for (const [, , word, , amount] of merged) {
    if (!wire.engine.merge(wallet, `0x${word}`, Number(BigInt(`0x${amount}`)))) {
      return 'execution reverted: not so many pairs of shares';
    }
  }
  return '';
}

/**
 * The argument words of every call of this function in the data. Batches of smart wallets hold the
 * calls of their contracts as they are, so it is enough to find the function's selector.
 */
function argumentsOf(data: string, selector: string, count: number): string[][] {
  const found: string[][] = [];
  for (let at = data.indexOf(selector); at !== -1; at = data.indexOf(selector, at + 1)) {
    const start = at + selector.length;
    const words = data.slice(start, start + count * WORD).match(/[0-9a-f]{64}/g) ?? [];
    if (at % 2 === 0 && words.length === count) found.push(words);
  }
  return found;
}
