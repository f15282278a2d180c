import { z } from 'zod';
import { formatMicro } from '../../core/money.ts';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import { decodeCursor, encodeCursor, moreWith } from '../page.ts';
import type { DecisionEvent, MonitoringPort, StepEvent } from '../port.ts';
import { shape } from '../shape.ts';
import { shortWallet } from './trading-tools.ts';

const decision = z.strictObject({
  fillId: z.string(),
  at: z.string(),
  result: z.enum(['copy', 'skip']),
  reason: z.string(),
  detail: z.string(),
  market: z.string(),
  outcome: z.string(),
  side: z.enum(['BUY', 'SELL']),
  leader: z.string(),
  leaderShares: z.string(),
  leaderPrice: z.string(),
  orderId: z.string().nullable(),
  usdc: z.string().nullable(),
});

const listInput = z.strictObject({
  result: z.enum(['copy', 'skip']).optional().describe('Only those copied, or skipped.'),
  reason: z
    .string()
    .max(50)
    .optional()
    .describe('Such as stale, slippage, wallet_limit or breaker_tripped.'),
  minutes: z.number().min(1).max(43_200).optional().describe('Only of the last so many minutes.'),
  limit: z.int().min(1).max(100).default(20).describe('Decisions in one answer.'),
  cursor: z.string().optional().describe('The nextCursor of the page before.'),
});
const listShape = z.strictObject({
  trades: z.array(decision),
  total: z.int(),
  nextCursor: z.string().optional(),
});

export function listTrades(
  port: MonitoringPort,
): ToolDefinition<z.output<typeof listInput>, z.output<typeof listShape>> {
  return {
    name: 'list_trades',
    title: 'List decisions',
    description:
      'What the bot decided about the leaders’ trades, newest first: copied or skipped, and why. ' +
      'explain_trade tells one in full.',
    hints: READ_ONLY,
    input: shape(listInput, 'input'),
    output: shape(listShape, 'output'),
    timeoutMs: 5_000,
    async run({ minutes, limit, cursor, result, reason }) {
      const offset = cursor === undefined ? 0 : decodeCursor(cursor);
      const sinceMs = minutes === undefined ? undefined : port.nowMs() - minutes * 60_000;
      const { decisions, total } = port.decisions({ result, reason, sinceMs, limit, offset });
      const answer = { trades: decisions.map(({ atMs, event }) => toDecision(atMs, event)), total };
      return offset + limit < total
        ? { ...answer, nextCursor: encodeCursor(offset + limit) }
        : answer;
    },
    render: ({ trades, total, nextCursor }) =>
      [`${total} decisions`, ...trades.map(line), ...moreWith(nextCursor)].join('\n'),
  };
}

const step = z.strictObject({ at: z.string(), what: z.string() });
const explanation = z.strictObject({
  ...decision.shape,
  facts: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('The numbers the decision rests on.'),
  trail: z.array(step),
});

export function explainTrade(
  port: MonitoringPort,
): ToolDefinition<{ id: string }, z.output<typeof explanation>> {
  return {
    name: 'explain_trade',
    title: 'Explain a trade',
    description:
      'Why one trade of a leader was copied or skipped, the numbers behind it, and what became of ' +
      'the order.',
    hints: READ_ONLY,
    input: shape(
      z.strictObject({
        id: z.string().min(4).max(300).describe('Fill id or order id, or its beginning.'),
      }),
      'input',
    ),
    output: shape(explanation, 'output'),
    timeoutMs: 5_000,
    async run({ id }) {
      const found = port.find(id, 3);
      const [first] = found;
      if (!first)
        throw new ToolFailure(
          'not_found',
          `no decision begins with ${JSON.stringify(id)}`,
          'List them with list_trades.',
        );
      if (found.length > 1 && first.event.fillId !== id) {
        throw new ToolFailure(
          'ambiguous',
          `more than one decision begins with ${JSON.stringify(id)}`,
          `Such as: ${found.map((one) => one.event.fillId).join(' and ')}.`,
        );
      }
      const { atMs, event } = first;
      const steps = event.orderId === null ? [] : port.trail(event.orderId);
      const trail = steps.map((one) => ({
        at: new Date(one.atMs).toISOString(),
        what: describeStep(one.event),
      }));
      return { ...toDecision(atMs, event), facts: { ...event.facts }, trail };
    },
    render: ({ facts, trail, ...one }) =>
      [
        line(one),
        ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
        ...trail.map(({ at, what }) => `${at} ${what}`),
      ].join('\n'),
  };
}

function toDecision(atMs: number, event: DecisionEvent): z.output<typeof decision> {
  const { fillId, result, reason, detail, title, outcome, side, orderId } = event;
  return {
    fillId,
    at: new Date(atMs).toISOString(),
    result,
    reason,
    detail,
    market: title,
    outcome,
    side,
    leader: shortWallet(event.wallet),
    leaderShares: formatMicro(event.leaderSharesMicro),
    leaderPrice: formatMicro(event.leaderPriceMicro),
    orderId,
    usdc: event.usdcMicro === null ? null : formatMicro(event.usdcMicro),
  };
}

function line(one: z.output<typeof decision>): string {
  const done = one.result === 'copy' ? `COPIED for ${one.usdc} USDC` : `SKIPPED: ${one.reason}`;
  return (
    `${one.at} ${one.leader} ${one.side} ${one.leaderShares} ${one.market} / ${one.outcome} at ` +
    `${one.leaderPrice}: ${done} (${one.detail}) [${one.fillId}]`
  );
}

function describeStep(event: StepEvent): string {
  if (event.kind === 'order') {
    return (
      `order ${event.outcome}: ${formatMicro(event.sharesMicro)} shares, ` +
      `${formatMicro(event.usdcMicro)} USDC ${event.detail}`.trim()
    );
  }
  return (
    `settlement ${event.status}: ${formatMicro(event.sharesMicro)} shares at ` +
    `${formatMicro(event.priceMicro)}, fee ${formatMicro(event.feeMicro)}`
  );
}
