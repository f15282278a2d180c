import { formatMicro } from '../core/money.ts';
import type { BotEvent } from '../core/status.ts';

/** An event of the bot in one line, for a terminal or a log. */
export function describeEvent(event: BotEvent): string {
  switch (event.kind) {
    case 'decision':
      return decision(event);
    case 'order': {
      const amounts =
        event.sharesMicro > 0
          ? ` ${formatMicro(event.sharesMicro)} shares, ${formatMicro(event.usdcMicro)} USDC`
          : '';
      return `order ${short(event.orderId)} ${event.outcome}${amounts}: ${event.detail}`;
    }
    case 'settlement': {
      const what = `${formatMicro(event.sharesMicro)} at ${formatMicro(event.priceMicro)}`;
      const fee = `fee ${formatMicro(event.feeMicro)}`;
      return `fill ${short(event.tradeId)} ${event.status}: ${what}, ${fee}`;
    }
    case 'exit':
      return `exit ${event.title}: ${event.reason} (${event.detail})`;
    case 'breaker':
      return `breaker ${event.latch}: ${event.from} -> ${event.to}, ${event.cause} (${event.by})`;
    case 'resolution': {
      const pnl = formatMicro(event.pnlMicro);
      return `resolved ${event.title}: pays ${formatMicro(event.payoutMicro)}, PnL ${pnl}`;
    }
    case 'feed':
      return `feed ${event.state}: ${event.detail}`;
    case 'notice':
      return `${event.level}: ${event.message}`;
  }
}

function decision(event: Extract<BotEvent, { kind: 'decision' }>): string {
  const leader = `${event.side} ${formatMicro(event.leaderSharesMicro)} ${event.outcome}`;
  const price = formatMicro(event.leaderPriceMicro);
  const verdict =
    event.result === 'copy'
      ? `copied for ${formatMicro(event.usdcMicro ?? 0)} USDC`
      : `skipped, ${event.reason}: ${event.detail}`;
  return `${event.wallet.slice(0, 8)} ${leader} at ${price} of ${event.title}: ${verdict}`;
}

function short(id: string): string {
  return id.slice(0, 10);
}
