/** What the bot's status says, in words: shared by the terminal of `up` and by `status`. */
import type { Paint } from '../command.ts';
import type { BreakerState } from '../core/breaker.ts';
import type { BotStatus, LatencySummary } from '../core/status.ts';
import { age, duration, integer, milliseconds, money, signedMoney } from './format.ts';
import type { Span } from './spans.ts';

/** Whether new trades are possible, and if not, why and for how long. */
export function breakerWords(state: BreakerState, nowMs: number): Span {
  if (state.kind === 'armed') return ['armed', 'good'];
  if (state.kind === 'probing') return [`probing after ${spaced(state.cause)}`, 'warn'];
  if (state.kind === 'halted') return [`HALTED by ${state.by}: ${state.reason}`, 'bad'];
  const left = state.untilMs === null ? 'until a reset' : `${duration(state.untilMs - nowMs)} left`;
  const detail = state.detail ? ` (${state.detail})` : '';
  return [`TRIPPED: ${spaced(state.cause)}${detail}, ${left}`, 'bad'];
}

/** Gains are green, losses red. */
function gain(micro: number): Span {
  return [signedMoney(micro), toneOfGain(micro)];
}

export function toneOfGain(micro: number | null): keyof Paint | undefined {
  if (micro === null || micro === 0) return undefined;
  return micro > 0 ? 'good' : 'bad';
}

/** A line of figures: its name, and what it says. */
export interface Figure {
  label: string;
  spans: Span[];
}

/** The state of trading in eight lines, most important first. */
export function figures(status: BotStatus, nowMs: number): Figure[] {
  const { copied, skipped, skips } = decisionCounts(status);
  const why = tallyWords(skips);
  const unknown = status.unknownOrders;
  const entries: Span = status.entriesAllowed
    ? ['entries open', 'good']
    : [`no entries: ${spaced(status.entriesReason)}`, 'warn'];
  return [
    {
      label: 'breaker',
      spans: [breakerWords(status.breaker.trading, nowMs), [' · '], entries],
    },
    {
      label: 'PnL',
      spans: [
        ['today '],
        gain(status.dailyPnlMicro),
        ['   realised '],
        gain(status.realisedPnlMicro),
        ['   open '],
        gain(status.unrealisedPnlMicro),
        [`   fees ${money(status.feesMicro)}`],
      ],
    },
    {
      label: 'money',
      spans: [
        ['equity '],
        [money(status.equityMicro), 'strong'],
        [`   cash ${money(status.cashMicro)}   exposure ${money(status.exposureMicro)}`],
        [`   reserved ${money(status.reservedMicro)}`],
      ],
    },
    { label: 'latency', spans: latencyWords(status) },
    { label: 'discovery', spans: discoveryWords(status) },
    {
      label: 'decisions',
      spans: [
        [`${integer(copied)} copied`, copied > 0 ? 'good' : undefined],
        [`, ${integer(skipped)} skipped`],
        [why === '' ? '' : ` (${why})`],
      ],
    },
    {
      label: 'orders',
      spans: [
        [unknown > 0 ? `${unknown} unresolved, ` : '', 'warn'],
        [tallyWords(status.orders) || 'none yet'],
      ],
    },
  ];
}

function discoveryWords({ discovery, followedWallets }: BotStatus): Span[] {
  const { blind, connected, lastMessageAgeMs, completeness, rows, quarantined } = discovery;
  const last = lastMessageAgeMs === null ? 'nothing yet' : `last ${age(lastMessageAgeMs)} ago`;
  const complete =
    completeness === null ? '' : `, ${Math.floor(completeness * 1000) / 10} % complete`;
  return [
    blind ? ['BLIND', 'bad'] : connected ? ['live', 'good'] : ['not connected', 'warn'],
    [`, ${last}${complete}, ${integer(rows)} rows, ${integer(followedWallets)} wallets`],
    [quarantined > 0 ? `, ${integer(quarantined)} bad rows` : '', 'warn'],
  ];
}

function latencyWords({ latency }: BotStatus): Span[] {
  const stage = (name: string, { count, p50Ms, p99Ms }: LatencySummary): Span =>
    count === 0
      ? [`${name} -   `, 'dim']
      : [`${name} ${milliseconds(p50Ms)}/${milliseconds(p99Ms)}   `];
  return [
    stage('feed', latency.feed),
    stage('internal', latency.internal),
    stage('ack', latency.ack),
    ['ms p50/p99', 'dim'],
  ];
}

/** Counts by reason, the largest first: "slippage 3, stale 2". */
function tallyWords(counts: Record<string, number>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([key, count]) => `${spaced(key)} ${integer(count)}`)
    .join(', ');
}

/** Decisions so far: copied, skipped, and the reasons for skipping. */
export function decisionCounts(status: BotStatus) {
  const skips: Record<string, number> = {};
  let copied = 0;
  let skipped = 0;
  for (const [key, count] of Object.entries(status.decisions)) {
    const [result, reason = ''] = key.split(':');
    if (result === 'copy') copied += count;
    else {
      skipped += count;
      skips[reason] = (skips[reason] ?? 0) + count;
    }
  }
  return { copied, skipped, skips };
}

export function spaced(word: string): string {
  return word.replaceAll('_', ' ');
}
