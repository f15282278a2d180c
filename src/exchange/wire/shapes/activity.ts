import { MICRO } from '../../../core/money.ts';
import type { ActivityRow, ExchangeEngine } from '../../engine.ts';

/** One wallet's side of a fill: Data API trades and activity, and the live feed's payload. */

export function tradeRow(engine: ExchangeEngine, row: ActivityRow) {
  const market = engine.market(row.conditionId);
  return {
    proxyWallet: row.wallet,
    side: row.side,
    asset: row.tokenId,
    conditionId: row.conditionId,
    size: row.sizeMicro / MICRO,
    price: row.priceMicro / MICRO,
    timestamp: Math.floor(row.timestampMs / 1000),
    title: market?.question ?? '',
    slug: market?.slug ?? '',
    icon: '',
    eventSlug: market?.eventSlug ?? '',
    outcome: market?.outcomes[row.outcomeIndex] ?? '',
    outcomeIndex: row.outcomeIndex,
    ...personOf(engine, row.wallet),
    transactionHash: row.transactionHash,
  };
}

export function activityRow(engine: ExchangeEngine, row: ActivityRow) {
  return { ...tradeRow(engine, row), type: row.type, usdcSize: row.usdcMicro / MICRO };
}

/** The feed has no `profileImageOptimized`. */
export function feedRow(engine: ExchangeEngine, row: ActivityRow) {
  const { profileImageOptimized: _, ...rest } = tradeRow(engine, row);
  return rest;
}

function personOf(engine: ExchangeEngine, wallet: string) {
  const name = engine.leaders().find((leader) => leader.wallet === wallet)?.name ?? '';
  return { name, pseudonym: name, bio: '', profileImage: '', profileImageOptimized: '' };
}

const BREAKAGES: readonly object[] = [
  { price: 'a lot' },
  { size: -1 },
  { side: 'HOLD' },
  { transactionHash: '0xnothing' },
  { asset: '' },
  { timestamp: 'yesterday' },
  { conditionId: null },
  { size: 1e300 },
];
let breakage = 0;

/** The row with one bad field, another one each time. */
export function breakRow(row: object): object {
  breakage += 1;
  return { ...row, ...BREAKAGES[breakage % BREAKAGES.length] };
}
