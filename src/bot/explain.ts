import { formatMicro } from '../core/money.ts';
import { UsageError } from '../errors.ts';
import type { JournalArchive } from '../state/journal-archive.ts';
import type { DecisionRow, OrderRow, TradeRow } from '../state/journal-rows.ts';

/** Everything that the journal knows of one fill or exit, from detection to settlement. */
export interface Trail {
  /** null for an exit: it copies nobody. */
  decision: DecisionRow | null;
  order: OrderRow | null;
  fills: TradeRow[];
  steps: { atMs: number; what: string; detail: string }[];
}

/** By fill id or its beginning, order id, transaction hash, or `exit:<token>:<n>`. */
export function explain(archive: JournalArchive, id: string): Trail[] {
  if (id.length < 6) {
    throw new UsageError(`${JSON.stringify(id)}: at least 6 characters are needed`, {
      hint:
        'A fill id (or its beginning), an order id, or a transaction hash; see `pmcp trades ' +
        'list`.',
    });
  }
  const trails = archive.findDecisions(id).map((decision) => {
    const order = decision.result === 'copy' ? archive.orderOfFill(decision.fillId) : undefined;
    return trailOf(archive, decision, order);
  });
  for (const order of archive.findExits(id)) trails.push(trailOf(archive, null, order));
  return trails;
}

function trailOf(
  archive: JournalArchive,
  decision: DecisionRow | null,
  order: OrderRow | undefined,
): Trail {
  const fills = order ? archive.tradesOf(order.orderId) : [];
  const steps: Trail['steps'] = [];
  if (decision) {
    const { side, sizeMicro, priceMicro, tradedAtMs, seenAtMs, decidedAtMs } = decision;
    const what = `${side} ${formatMicro(sizeMicro)} at ${formatMicro(priceMicro)}`;
    steps.push({ atMs: tradedAtMs, what: 'leader traded', detail: what });
    const lag = `${seenAtMs - tradedAtMs} ms after the trade, by ${decision.source}`;
    steps.push({ atMs: seenAtMs, what: 'seen', detail: lag });
    const words =
      decision.result === 'copy' ? 'copied' : `skipped, ${decision.reason}: ${decision.detail}`;
    steps.push({ atMs: decidedAtMs, what: 'decided', detail: words });
  }
  for (const { atMs, kind, detail } of order ? archive.orderEvents(order.orderId) : []) {
    steps.push({ atMs, what: kind, detail });
  }
  return { decision, order: order ?? null, fills, steps };
}
