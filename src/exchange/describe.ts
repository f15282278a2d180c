import { formatMicro } from '../core/money.ts';
import type { EngineEvent, ExchangeEngine } from './engine.ts';

/** What happened, for somebody who watches: one line, and the same as fields. */
export interface Description {
  kind: string;
  text: string;
  [field: string]: unknown;
}

/** Market makers quote all the time; only fills, own orders and the life of markets are news. */
export function describe(engine: ExchangeEngine, event: EngineEvent): Description | undefined {
  switch (event.kind) {
    case 'activity':
      return describeFill(engine, event.row);
    case 'order': {
      const { order, change } = event;
      if (order.owner === undefined) return undefined;
      const what = `${order.side} ${formatMicro(order.originalSizeMicro)} ${order.orderType}`;
      const price = formatMicro(order.priceMicro);
      const text = `order ${change.toLowerCase()} ${what} @ ${price}: ${order.status}`;
      return { kind: 'order', text, orderId: order.orderId, status: order.status };
    }
    case 'trade': {
      const { trade } = event;
      if (trade.takerOwner === undefined) return undefined;
      const size = formatMicro(trade.sizeMicro);
      const price = formatMicro(trade.priceMicro);
      const text = `trade ${trade.status.toLowerCase()} ${trade.side} ${size} @ ${price}`;
      return { kind: 'trade', text, tradeId: trade.id, status: trade.status };
    }
    case 'resolved': {
      const { slug, outcomes, resolution } = event.market;
      const winner = typeof resolution === 'number' ? outcomes[resolution] : 'split';
      return { kind: 'resolved', text: `market ${slug} resolved: ${winner}`, slug, winner };
    }
    case 'tick': {
      const { slug, tickMicro } = event.market;
      return { kind: 'tick', text: `market ${slug}: tick is now ${formatMicro(tickMicro)}`, slug };
    }
    default:
      return undefined;
  }
}

function describeFill(
  engine: ExchangeEngine,
  row: Extract<EngineEvent, { kind: 'activity' }>['row'],
): Description | undefined {
  const leader = engine.leaders().find(({ wallet }) => wallet === row.wallet);
  if (!leader) return undefined;
  const market = engine.market(row.conditionId);
  const outcome = market?.outcomes[row.outcomeIndex] ?? '';
  const deal =
    row.type !== 'TRADE'
      ? `${row.type === 'MERGE' ? 'merged' : 'redeemed'} ${formatMicro(row.usdcMicro)}`
      : `${row.side} ${formatMicro(row.sizeMicro)} ${outcome} @ ${formatMicro(row.priceMicro)}`;
  return {
    kind: 'leader-fill',
    text: `leader ${leader.name} ${deal}  ${market?.slug ?? ''}`,
    wallet: row.wallet,
    transactionHash: row.transactionHash,
  };
}
