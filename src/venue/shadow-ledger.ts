import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MICRO, mulDiv } from '../core/money.ts';
import type { VenueTrade } from '../core/order.ts';
import { isFields, parseJson } from './json.ts';

export interface Redemption {
  /** Condition id. */
  redeemed: string;
  tokenId: string;
  sizeMicro: number;
  payoutMicro: number;
}

/** What shadow mode has imagined so far: fills and redemptions, and what they add up to. */
export interface ShadowLedger {
  readonly trades: readonly VenueTrade[];
  add(entry: VenueTrade | Redemption): void;
  held(tokenId: string): number;
  cash(): number;
}

/** One JSON line each in `file`, so that a restart goes on from it. */
export function openShadowLedger(file: string, startCashMicro: number): ShadowLedger {
  const trades: VenueTrade[] = [];
  const sizes = new Map<string, number>();
  let cashMicro = startCashMicro;
  const apply = (entry: VenueTrade | Redemption) => {
    const { tokenId } = entry;
    let change = -entry.sizeMicro;
    if ('redeemed' in entry) {
      cashMicro += entry.payoutMicro;
    } else {
      const usdcMicro = mulDiv(entry.sizeMicro, entry.priceMicro, MICRO, 'nearest');
      if (entry.side === 'BUY') change = entry.sizeMicro;
      cashMicro += (entry.side === 'BUY' ? -usdcMicro : usdcMicro) - entry.feeMicro;
      trades.push(entry);
    }
    sizes.set(tokenId, (sizes.get(tokenId) ?? 0) + change);
  };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A line cut short by a kill was never answered as a fill; the next must not be joined to it.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  for (const line of text.split('\n')) {
    const entry = parseJson(line);
    if (isFields(entry)) apply(entry as unknown as VenueTrade | Redemption);
  }
  return {
    trades,
    add(entry) {
      appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      apply(entry);
    },
    held: (tokenId) => sizes.get(tokenId) ?? 0,
    cash: () => cashMicro,
  };
}
