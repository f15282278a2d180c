/** What the commands of the chat answer: plain text, short lines for a phone. */
import type { BreakerState } from '../breaker.ts';
import { describe } from '../breaker.ts';
import { MICRO } from '../money.ts';
import type { BotEvent, BotStatus, ComponentVerdict } from '../status.ts';
import { shorten, time } from './text.ts';

const MOST_ROWS = 15;

export const HELP = `What this bot understands:
/status what is going on
/positions open positions
/pnl profit and loss
/trades the last decisions
/health every component
/breaker the breakers
/halt WHY stops new trades at once
/silence KEY SPAN no alerts of these keys, as in /silence mcp.* 30m
/resume ends a halt, after \`pmcp approve\` at a terminal
/reset arms the trading breaker, after \`pmcp approve\` at a terminal
/help this`;

export function statusReply(bot: BotStatus): string {
  const entries = bot.entriesAllowed ? 'entering' : `not entering: ${bot.entriesReason}`;
  return [
    `${bot.mode}, ${entries}`,
    `breaker ${describe(bot.breaker.trading)}`,
    `equity ${usdc(bot.equityMicro)}, cash ${usdc(bot.cashMicro)}, exposure ${usdc(bot.exposureMicro)}`,
    `today ${signed(bot.dailyPnlMicro)} USDC`,
    `${bot.positions.length} positions, ${bot.openOrders} open orders, ${bot.unknownOrders} unknown`,
    `following ${bot.followedWallets} wallets, up ${Math.floor(bot.vitals.uptimeSeconds / 60)} min`,
  ].join('\n');
}

export function positionsReply(bot: BotStatus): string {
  const rows = bot.positions.map(({ title, outcome, costMicro, unrealisedMicro, wallet }) => {
    const pnl = unrealisedMicro === null ? 'no book' : signed(unrealisedMicro);
    return `${title.slice(0, 60)}: ${outcome}\n  ${usdc(costMicro)} USDC, ${pnl}, leader ${shorten(wallet)}`;
  });
  return listed(rows, 'no open positions');
}

export function pnlReply(bot: BotStatus): string {
  return [
    `today ${signed(bot.dailyPnlMicro)} USDC (loss counted ${usdc(bot.dailyLossMicro)})`,
    `realised ${signed(bot.realisedPnlMicro)}, open ${signed(bot.unrealisedPnlMicro)}`,
    `fees ${usdc(bot.feesMicro)}, equity ${usdc(bot.equityMicro)}`,
  ].join('\n');
}

type Decision = Extract<BotEvent, { kind: 'decision' }>;

export function tradesReply(decisions: readonly { atMs: number; event: Decision }[]): string {
  const rows = decisions.map(({ atMs, event }) => {
    const { result, reason, side, title, usdcMicro } = event;
    const sum = usdcMicro === null ? '' : ` ${usdc(usdcMicro)} USDC`;
    const what = result === 'copy' ? `${side}${sum}` : `skipped (${reason})`;
    return `${time(atMs).slice(11, 19)} ${what}: ${title.slice(0, 60)}`;
  });
  return listed(rows, 'no decisions yet');
}

export interface HealthFacts {
  status: string;
  components: Readonly<Record<string, { status: ComponentVerdict; message: string }>>;
}

export function healthReply({ status, components }: HealthFacts): string {
  const rows = Object.entries(components).map(([name, one]) =>
    one.status === 'healthy' || one.status === 'disabled'
      ? `${name} ${one.status}`
      : `${name} ${one.status.toUpperCase()}: ${one.message}`,
  );
  return shorten([status.toUpperCase(), ...rows].join('\n'));
}

export function breakerReply(latches: Readonly<Record<string, BreakerState>>): string {
  return Object.entries(latches)
    .map(([name, state]) => `${name} ${describe(state)}`)
    .join('\n');
}

function listed(rows: readonly string[], none: string): string {
  if (rows.length === 0) return none;
  const more = rows.length - MOST_ROWS;
  const shown = rows.slice(0, MOST_ROWS);
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function usdc(micro: number): string {
  return (micro / MICRO).toFixed(2);
}

function signed(micro: number): string {
  return `${micro > 0 ? '+' : ''}${usdc(micro)}`;
}
