import { formatMicro, notional } from '../core/money.ts';
import type { JournalArchive } from '../state/journal-archive.ts';
import type { DecisionRow, OrderRow } from '../state/journal-rows.ts';

/** One line of an export: a decision, and what its order came to. */
export interface ExportRow {
  fill_id: string;
  decided_at: string;
  traded_at: string;
  wallet: string;
  side: string;
  title: string;
  outcome: string;
  token_id: string;
  condition_id: string;
  leader_shares: string;
  leader_price: string;
  result: string;
  reason: string;
  detail: string;
  order_id: string;
  order_status: string;
  filled_shares: string;
  filled_usdc: string;
  transaction_hash: string;
}

export function exportRow(archive: JournalArchive, row: DecisionRow): ExportRow {
  const order = row.result === 'copy' ? archive.orderOfFill(row.fillId) : undefined;
  return {
    fill_id: row.fillId,
    decided_at: new Date(row.decidedAtMs).toISOString(),
    traded_at: new Date(row.tradedAtMs).toISOString(),
    wallet: row.wallet,
    side: row.side,
    title: row.title,
    outcome: row.outcome,
    token_id: row.tokenId,
    condition_id: row.conditionId,
    leader_shares: formatMicro(row.sizeMicro),
    leader_price: formatMicro(row.priceMicro),
    result: row.result,
    reason: row.reason,
    detail: row.detail,
    order_id: order?.orderId ?? '',
    order_status: order?.status ?? '',
    ...filled(archive, order),
    transaction_hash: row.transactionHash,
  };
}

/** From the fills themselves, failed ones left out. */
function filled(archive: JournalArchive, order: OrderRow | undefined) {
  if (!order) return { filled_shares: '', filled_usdc: '' };
  let shares = 0;
  let usdc = 0;
  for (const trade of archive.tradesOf(order.orderId)) {
    if (trade.status === 'FAILED') continue;
    shares += trade.sizeMicro;
    usdc += notional(trade.sizeMicro, trade.priceMicro, 'nearest');
  }
  return { filled_shares: formatMicro(shares), filled_usdc: formatMicro(usdc) };
}

export const CSV_COLUMNS: readonly (keyof ExportRow)[] = [
  'fill_id',
  'decided_at',
  'traded_at',
  'wallet',
  'side',
  'title',
  'outcome',
  'token_id',
  'condition_id',
  'leader_shares',
  'leader_price',
  'result',
  'reason',
  'detail',
  'order_id',
  'order_status',
  'filled_shares',
  'filled_usdc',
  'transaction_hash',
];

export function csvLine(row: ExportRow): string {
  return CSV_COLUMNS.map((column) => csvCell(row[column])).join(',');
}

/**
 * A leading =, +, - or @ would be run as a formula by a spreadsheet: titles come from strangers.
 */
function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
