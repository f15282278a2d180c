import { formatMicro } from './money.ts';
import type { TargetRow } from './trade.ts';

/**
 * What makes two feed rows the same content: the venue sends no fill id and no log index, so this
 * is all there is. Exact; sizes and prices are already micro-units, because the sources print the
 * same number with different decimals. The timestamp is left out: sources disagree about it.
 */
export function contentKey(row: TargetRow): string {
  return `${row.transactionHash}/${row.wallet}/${row.tokenId}/${row.side}/${row.sizeMicro}/${row.priceMicro}`;
}

/**
 * The name of one fill, short enough to type: 64 bits of the transaction hash, the ends of wallet
 * and token, side, size, price and ordinal, at most 80 characters. Were two contents ever to share
 * it, the journal's unique key refuses the second: a copy missed, never a copy doubled.
 */
export function fillId(row: TargetRow, ordinal: number): string {
  const side = row.side === 'BUY' ? 'b' : 's';
  const size = formatMicro(row.sizeMicro);
  const price = formatMicro(row.priceMicro);
  const hash = row.transactionHash.slice(2, 18);
  const who = `${row.wallet.slice(-6)}-${row.tokenId.slice(-6)}`;
  return `${hash}-${who}-${side}${size}-${price}-${ordinal}`;
}
