import { z } from 'zod';
import { type BreakerState, describe as describeBreaker } from '../../core/breaker.ts';
import { countOf, quantile } from '../../core/latency-delta.ts';
import { formatMicro } from '../../core/money.ts';
import type { BotStatus } from '../../core/status.ts';
import { READ_ONLY, type ToolDefinition, ToolFailure } from '../definition.ts';
import type { MonitoringPort } from '../port.ts';
import { shape } from '../shape.ts';

/** The newest status; a ToolFailure, never an old figure, when the bot is silent. */
function requireBot(port: MonitoringPort): BotStatus {
  const bot = port.bot();
  if ('problem' in bot) {
    throw new ToolFailure(
      'bot_silent',
      bot.problem,
      'Call get_system_health; trading state is unknown until the bot speaks.',
      5_000,
    );
  }
  return bot.status;
}

const latch = z.strictObject({
  state: z.enum(['armed', 'tripped', 'probing', 'halted']),
  summary: z.string(),
  cause: z.string().optional(),
  secondsLeft: z
    .number()
    .nullable()
    .describe('Until it ends by itself; null: only a human ends it, or it is armed.'),
});
const breakers = z.strictObject({
  entriesAllowed: z.boolean().nullable().describe('null: unknown, for the bot is silent.'),
  entriesReason: z.string(),
  trading: latch.nullable().describe('null: unknown, for the bot is silent.'),
  mcp: latch.describe('Of this process; the operator’s own where that holds more back.'),
});
type Breakers = z.output<typeof breakers>;

export function getBreakerState(
  port: MonitoringPort,
  ownLatch: () => BreakerState,
): ToolDefinition<object, Breakers> {
  return {
    name: 'get_circuit_breaker_state',
    title: 'Circuit breaker',
    description:
      'Whether new trades are allowed, and if not: cause and time left; and the same for the MCP ' +
      'servers. Works also while they are off. Only the operator can reset or resume.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(breakers, 'output'),
    availableWhileTripped: true,
    timeoutMs: 2_000,
    async run() {
      const nowMs = port.nowMs();
      const bot = port.bot();
      const own = ownLatch();
      if ('problem' in bot) {
        const unknown = { entriesAllowed: null, entriesReason: bot.problem, trading: null };
        return { ...unknown, mcp: toLatch(own, nowMs) };
      }
      const { breaker, entriesAllowed, entriesReason } = bot.status;
      const mcp = toLatch(own.kind === 'armed' ? breaker.mcp : own, nowMs);
      return { entriesAllowed, entriesReason, trading: toLatch(breaker.trading, nowMs), mcp };
    },
    render: ({ entriesAllowed, entriesReason, trading, mcp }) => {
      const told = (one: z.output<typeof latch>) =>
        one.secondsLeft === null ? one.summary : `${one.summary}, ${one.secondsLeft} s left`;
      if (!trading) return `New trades unknown: ${entriesReason}\nmcp: ${told(mcp)}`;
      const entries = entriesAllowed ? 'allowed' : `stopped: ${entriesReason}`;
      return `New trades ${entries}\ntrading: ${told(trading)}\nmcp: ${told(mcp)}`;
    },
  };
}

function toLatch(state: BreakerState, nowMs: number): z.output<typeof latch> {
  const until = state.kind === 'tripped' ? state.untilMs : null;
  const secondsLeft = until === null ? null : Math.max(0, Math.ceil((until - nowMs) / 1_000));
  const base = { state: state.kind, summary: describeBreaker(state), secondsLeft };
  return 'cause' in state ? { ...base, cause: state.cause } : base;
}

const stage = z.strictObject({
  count: z.int(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});
const latencyInput = z.strictObject({
  minutes: z.number().min(1).max(20_160).default(60).describe('How far back; 1440 is a day.'),
});
const latencyShape = z.strictObject({
  minutes: z.number(),
  feed: stage,
  internal: stage,
  ack: stage,
});

export function getTradingLatency(
  port: MonitoringPort,
): ToolDefinition<{ minutes: number }, z.output<typeof latencyShape>> {
  return {
    name: 'get_trading_latency',
    title: 'Trading latency',
    description:
      'Latency by stage over a span: feed (leader’s trade to its row here), internal (row to signed ' +
      'order on the socket), ' +
      'ack (order to the venue’s answer). A stage that measured nothing has null, never zero.',
    hints: READ_ONLY,
    input: shape(latencyInput, 'input'),
    output: shape(latencyShape, 'output'),
    timeoutMs: 5_000,
    async run({ minutes }) {
      const spans = port.latency(port.nowMs() - minutes * 60_000);
      const toStage = (name: 'feed' | 'internal' | 'ack') => ({
        count: countOf(spans[name]),
        p50Ms: inMs(quantile(spans[name], 0.5)),
        p99Ms: inMs(quantile(spans[name], 0.99)),
      });
      return { minutes, feed: toStage('feed'), internal: toStage('internal'), ack: toStage('ack') };
    },
    render: ({ minutes, ...stages }) =>
      [
        `Last ${minutes} minutes:`,
        ...Object.entries(stages).map(
          ([name, one]) =>
            `${name}: ${one.count} measured, p50 ${one.p50Ms ?? '-'} ms, p99 ${one.p99Ms ?? '-'} ms`,
        ),
      ].join('\n'),
  };
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1e6) / 1e3;
}

const position = z.strictObject({
  market: z.string(),
  outcome: z.string(),
  shares: z.string(),
  costUsdc: z.string(),
  mark: z.string().nullable(),
  unrealisedUsdc: z.string().nullable(),
  leader: z.string(),
});
const positionsShape = z.strictObject({
  cashUsdc: z.string(),
  equityUsdc: z.string(),
  exposureUsdc: z.string(),
  dailyPnlUsdc: z.string(),
  realisedUsdc: z.string(),
  feesUsdc: z.string(),
  positions: z.array(position),
});

export function getPositions(
  port: MonitoringPort,
): ToolDefinition<object, z.output<typeof positionsShape>> {
  return {
    name: 'get_positions',
    title: 'Positions and PnL',
    description:
      'Open positions with cost, mark and unrealised PnL; cash, equity, exposure and today’s PnL.',
    hints: READ_ONLY,
    input: shape(z.strictObject({}), 'input'),
    output: shape(positionsShape, 'output'),
    timeoutMs: 2_000,
    async run() {
      const status = requireBot(port);
      return {
        cashUsdc: formatMicro(status.cashMicro),
        equityUsdc: formatMicro(status.equityMicro),
        exposureUsdc: formatMicro(status.exposureMicro),
        dailyPnlUsdc: formatMicro(status.dailyPnlMicro),
        realisedUsdc: formatMicro(status.realisedPnlMicro),
        feesUsdc: formatMicro(status.feesMicro),
        positions: status.positions.map((one) => ({
          market: one.title,
          outcome: one.outcome,
          shares: formatMicro(one.sharesMicro),
          costUsdc: formatMicro(one.costMicro),
          mark: one.markMicro === null ? null : formatMicro(one.markMicro),
          unrealisedUsdc: one.unrealisedMicro === null ? null : formatMicro(one.unrealisedMicro),
          leader: shortWallet(one.wallet),
        })),
      };
    },
    render: ({ positions, ...sums }) => {
      const rows = positions.map(
        (one) =>
          `${one.market} / ${one.outcome}: ${one.shares} shares, cost ${one.costUsdc}, mark ` +
          `${one.mark ?? 'unknown'}, ${one.unrealisedUsdc ?? '?'} unrealised, after ` +
          `${one.leader}`,
      );
      return [
        Object.entries(sums)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
        ...rows,
      ].join('\n');
    },
  };
}

/** Enough to tell leaders apart, too little to be followed by a stranger. */
export function shortWallet(wallet: string): string {
  return wallet.length > 12 ? `${wallet.slice(0, 6)}…${wallet.slice(-4)}` : wallet;
}
